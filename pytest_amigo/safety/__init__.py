"""Keeps a test from the real service and from real waiting."""
