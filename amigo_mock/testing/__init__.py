"""What tests use beside the API."""
