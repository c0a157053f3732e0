"""Change the code a little, and see whether a test fails: `python -m tests.mutation`."""
