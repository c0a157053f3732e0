"""The command line: one module a command."""

DEFAULT_PORT = 8484
DAY = 24 * 60 * 60.0  # seconds
