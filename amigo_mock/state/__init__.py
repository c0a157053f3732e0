"""The state of a fake beside its world."""
