"""Simulated users and what is tried with them: `/v1/{organization}/simulation/`."""
