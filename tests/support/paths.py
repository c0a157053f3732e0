"""Paths of the API in the default organization."""

from __future__ import annotations

SIGN_IN = "/v1/mock-org/user/signin_with_api_key"
PERSONAS = "/v1/mock-org/simulation/persona/"
SCENARIOS = "/v1/mock-org/simulation/scenario/"
SERVICES = "/v1/mock-org/service/"
METRICS = "/v1/mock-org/metric/"
UNIT_TESTS = "/v1/mock-org/simulation/unit_test/"
SETS = "/v1/mock-org/simulation/unit_test_set/"
RUNS = "/v1/mock-org/simulation/unit_test_set_run/"

NOBODY = "0123456789abcdef01234567"
"""A well-formed id that no record has."""
