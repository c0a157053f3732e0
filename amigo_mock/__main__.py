"""`python -m amigo_mock` is `amigo-mock`."""

import sys

from amigo_mock.cli import main

if __name__ == "__main__":
    sys.exit(main())
