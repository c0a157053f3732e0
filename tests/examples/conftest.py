"""The project in `downstream` has a configuration of its own: `test_downstream.py` runs it."""

collect_ignore = ["downstream"]
