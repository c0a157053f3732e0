"""Records made without a request."""
