"""`python -m amigo_mock` is `amigo-mock`."""

import sys

from amigo_mock.commands.cli import main

if __name__ == "__main__":
    sys.exit(main())
