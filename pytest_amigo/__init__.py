"""The pytest plugin that hands a running `amigo_mock` to tests."""
