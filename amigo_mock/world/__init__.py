"""Organizations and what is in them."""
