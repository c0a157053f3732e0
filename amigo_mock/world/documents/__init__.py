"""World documents: read, checked, turned into records, and written."""
