"""Persistence: a world is kept in a database while it is served."""
