"""Storage: the containers that a collection keeps its records in."""
