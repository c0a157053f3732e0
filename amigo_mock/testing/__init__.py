"""Tools for tests: assertions, factories, reports, users."""
