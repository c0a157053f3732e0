"""A fake that runs elsewhere."""
