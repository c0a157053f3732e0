"""The tests of `amigo_mock.contract`."""
