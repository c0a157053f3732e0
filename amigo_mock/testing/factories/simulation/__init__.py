"""Factories of the resources below `/v1/{organization}/simulation/`."""
