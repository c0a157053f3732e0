"""The declaration of endpoints."""
