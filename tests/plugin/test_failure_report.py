"""The report of a failure: what the test said to the fake, and nothing that is secret."""

from __future__ import annotations

import re

import pytest

from tests.plugin.inner import Inner, Result

pytest_plugins = ["pytester"]

SUITE = """
    import pytest
    from bodies import persona, persona_version
    from paths import PERSONAS

    HIDDEN = "hidden-" + "secret"
    pytestmark = pytest.mark.amigo(clock="2026-01-31T12:00:00Z", signing_key=HIDDEN)


    def test_refused(amigo, amigo_client):
        amigo_client.get(PERSONAS)
        amigo_client.post(PERSONAS, json=persona(role=5))
        with amigo.client() as client:
            client.get(PERSONAS)
        raise AssertionError("for a look")


    def test_warned(amigo_client):
        amigo_client.get(PERSONAS, params={"sort_by": "-name"})
        raise AssertionError("for a look")


    @pytest.mark.amigo(faker_seed=77)
    def test_standing(amigo, amigo_client):
        amigo.rate_limits.set("get-simulation-personas", 7)
        amigo.faults.add("get-simulation-scenarios", status=503, times=3)
        amigo.personas.create()
        amigo.clock.advance(90)
        amigo_client.get(PERSONAS)
        amigo.maintenance = True
        raise AssertionError("for a look")


    def test_secrets(amigo, amigo_client):
        secret = persona_version(sensitive_user_variables={"pin": HIDDEN})
        amigo_client.post(PERSONAS, json=persona(initial_version=secret))
        amigo_client.post(PERSONAS, json=persona(initial_version=secret))
        bare = {"Authorization": f"Bearer {HIDDEN}", "x-api-key": HIDDEN, "x-user-id": "who",
                "x-api-key-id": "which"}
        amigo_client.get(PERSONAS, headers=bare)
        amigo_client.post("/v1/mock-org/user/signin_with_api_key", headers=bare)
        raise AssertionError("for a look")


    @pytest.fixture
    def broken(amigo, amigo_client):
        amigo_client.get(PERSONAS)
        raise LookupError("in a fixture")

    def test_at_setup(broken):
        pass


    @pytest.fixture
    def leaky(amigo_client):
        yield
        amigo_client.get(PERSONAS)
        raise LookupError("at the end")

    def test_at_teardown(leaky):
        pass


    def test_passes(amigo_client):
        amigo_client.get(PERSONAS)


    def test_nothing_said(amigo):
        raise AssertionError("for a look")


    def test_without_the_fake():
        raise AssertionError("for a look")
"""

OUTCOMES = {
    "test_at_setup": "error",
    "test_at_teardown": "error passed",
    "test_nothing_said": "failed",
    "test_passes": "passed",
    "test_refused": "failed",
    "test_secrets": "failed",
    "test_standing": "failed",
    "test_warned": "failed",
    "test_without_the_fake": "failed",
}


def account(result: Result, test: str) -> list[str]:
    """The lines of the plugin's section in a report."""
    head, title, section = result.report(test).partition(f"{'-' * 20} amigo {'-' * 20}")
    assert title, head
    return section.strip("-").strip().splitlines()


def check(result: Result) -> None:
    assert result.outcomes == OUTCOMES, result.text

    refused = account(result, "test_refused")
    assert refused[0].startswith("3 requests, from 2026-01-31T12:00:00")
    found = [line for line in refused if "get-simulation-personas" in line and " 200 " in line]
    assert len(found) == 2
    assert [line for line in refused if " 422 " in line and "create-simulation-persona" in line]
    text = "\n".join(refused)
    assert re.search(r"sent +\{", text)
    assert '"role": 5' in text
    assert re.search(r"answered +\{", text)
    assert "Input should be a valid string" in text
    assert re.search("faker_seed=[0-9]+", text)
    assert "clock: 2026-01-31T12:00:00" in text

    assert "sort-field" in "\n".join(account(result, "test_warned"))

    standing = "\n".join(account(result, "test_standing"))
    assert "clock: 2026-01-31T12:01:30" in standing
    assert "get-simulation-personas 1 of 7" in standing
    assert re.search("armed fault: get-simulation-scenarios 503.*3", standing)
    assert "maintenance" in standing
    assert "faker_seed=77" in standing

    for test in ("test_at_setup", "test_at_teardown"):
        assert "get-simulation-personas" in "\n".join(account(result, test))
    assert account(result, "test_nothing_said")[0] == "no requests"
    assert " amigo --" not in result.report("test_without_the_fake")


def test_it_says_what_was_said(inner: Inner) -> None:
    """Rule: one line a request, the bodies of the refused ones, warnings, clock, limits, seed.

    Also when a fixture fails, before or after the test, and not when the fake had no part in it.
    Source: the wanted report of a failure.
    """
    inner.write("test_suite.py", SUITE)
    check(inner.run())


def test_it_comes_from_another_process_too(inner: Inner) -> None:
    """Rule: the same under xdist. Source: the wanted report of a failure."""
    inner.write("test_suite.py", SUITE)
    check(inner.run_apart("-n", "2"))


@pytest.mark.parametrize("more", [(), ("-vv", "--showlocals"), ("--junitxml=junit.xml",)])
def test_it_has_no_secrets(inner: Inner, more: tuple[str, ...]) -> None:
    """Rule: no key, token or sensitive variable is in it. Source: secrets reach no report."""
    inner.write("test_suite.py", SUITE)
    result = inner.run(*more, "-k", "secrets")
    lines = "\n".join(account(result, "test_secrets"))
    assert lines.count("create-simulation-persona") >= 2
    assert "401" in lines
    assert "***" in lines
    written = [file.read_text() for file in inner.folder.glob("*.xml")]
    # What the test itself has in its variables is pytest's to show.
    everything = lines if "--showlocals" in more else "".join([result.text, *written])
    for secret in ("hidden-secret", "mock-api-key", "eyJ"):
        assert secret not in everything


HOSTILE = """
    import pytest
    from paths import PERSONAS

    JSON = {"Content-Type": "application/json"}


    def test_deep(amigo_client):
        for depth in (150, 300, 950, 5000):
            deep = "[" * depth + "]" * depth
            amigo_client.post(PERSONAS, content=deep, headers=JSON)
        raise AssertionError("for a look")


    def test_spoiled(amigo, amigo_client):
        amigo_client.get(PERSONAS)
        amigo.requests.last.path = None
        raise AssertionError("for a look")


    def test_after(amigo_client):
        assert amigo_client.get(PERSONAS).status_code == 200
"""


def test_what_goes_wrong_in_a_report_is_a_line_in_it(inner: Inner) -> None:
    """Rule: a report that cannot be made says so, and the run goes on. Source: a failed test must
    be seen, whatever became of the fake.
    """
    inner.write("test_suite.py", HOSTILE)
    result = inner.run("--amigo-capsules", "capsules")
    assert "INTERNALERROR" not in result.text
    assert result.outcomes == {
        "test_deep": "failed",
        "test_spoiled": "failed",
        "test_after": "passed",
    }
    assert "amigo-mock replay" in result.report("test_deep")
    assert "could not be shown: " in result.report("test_spoiled")
