"""HTTP clients of a fake."""
