"""A run recorded: requests, what they met and what they were answered, in a capsule."""
