"""Reports on what a test suite did."""
