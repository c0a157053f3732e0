"""The plugin: a fake for the session, as new for each test."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

TESTS = """
    PATH = "/v1/mock-org/simulation/scenario/"
    BODY = {"name": "One", "tags": {}, "initial_version": {
        "objective": "o", "instructions": "i", "initial_message_type": "skip",
        "conversation_starts_at": None}}

    def test_one(amigo):
        with amigo.client() as client:
            assert client.post(PATH, json=BODY).status_code == 201

    def test_two(amigo, amigo_server):
        assert amigo is amigo_server
        with amigo.client() as client:
            assert client.get(PATH).json()["simulation_scenarios"] == []
            assert client.post(PATH, json=BODY).status_code == 201
"""


def test_each_test_has_the_world_to_itself(pytester: pytest.Pytester) -> None:
    """Rule: a test never sees another test's world, in any order. Source: the fixture."""
    pytester.makepyfile(TESTS)
    pytester.runpytest_subprocess("-W", "error").assert_outcomes(passed=2)


def test_the_environment_sets_it_up(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule: AMIGO_MOCK_* variables are settings here too, and mistakes are refused."""
    pytester.makepyfile("def test_strict(amigo): assert amigo.settings.strict")
    monkeypatch.setenv("AMIGO_MOCK_STRICT", "1")
    pytester.runpytest_subprocess().assert_outcomes(passed=1)
    monkeypatch.setenv("AMIGO_MOCK_STRICKT", "1")
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*unknown setting 'AMIGO_MOCK_STRICKT' (did you mean 'strict'?)*"])
