"""How-tos: each is a test, and so a text that is true."""
