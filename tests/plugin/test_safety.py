"""Safe by default: what is too kind, unexpected, unused or real does not go unnoticed."""

from __future__ import annotations

import pytest

from tests.plugin.inner import Inner

pytest_plugins = ["pytester"]

LENIENT = """
    import warnings
    import pytest
    from bodies import persona
    from paths import PERSONAS

    def test_lenient(amigo_client):
        for _ in range(2):
            assert amigo_client.get(PERSONAS, params={"sort_by": "-name"}).status_code == 200

    def test_two(amigo_client):
        amigo_client.get(PERSONAS, params={"sort_by": "-name"})
        amigo_client.post(PERSONAS, json=persona(initial_version={"background": "b"}))

    @pytest.mark.amigo(strict=True)
    def test_strict(amigo_client):
        assert amigo_client.get(PERSONAS, params={"sort_by": "-name"}).status_code == 422

    @pytest.mark.filterwarnings("ignore::pytest_amigo.AmigoContractWarning")
    def test_ignored(amigo_client):
        amigo_client.get(PERSONAS, params={"sort_by": "-name"})

    @pytest.fixture
    def late(amigo_client):
        yield
        amigo_client.get(PERSONAS, params={"sort_by": "-name"})

    def test_late(late):
        pass

    def test_over_the_socket(amigo):
        with amigo.client() as client:
            client.get(PERSONAS, params={"sort_by": "-name"})

    def test_exact(amigo_client):
        assert amigo_client.get(PERSONAS, params={"sort_by": "-updated_at"}).status_code == 200
"""
TESTS = ("exact", "ignored", "late", "lenient", "over_the_socket", "strict", "two")
ALL_PASSED = {f"test_{name}": "passed" for name in TESTS}
WARNED = ALL_PASSED | {
    "test_late": "error passed",
    "test_lenient": "failed",
    "test_over_the_socket": "failed",
    "test_two": "failed",
}


def test_leniencies_are_warnings_at_their_test(inner: Inner) -> None:
    """Rule: an answer that the contract does not give is a warning that names the test that got
    it, once each. Source: safe by default.
    """
    inner.write("test_lenient.py", LENIENT)
    result = inner.run()
    assert result.outcomes == ALL_PASSED
    summary = result.section("warnings summary")
    lines = (inner.folder / "test_lenient.py").read_text().splitlines()
    for test, count in {"lenient": 1, "two": 2, "late": 1, "over_the_socket": 1}.items():
        number = next(n for n, line in enumerate(lines, 1) if f"def test_{test}(" in line)
        assert summary.count(f"test_lenient.py:{number}: AmigoContractWarning: ") == count
    assert summary.count("AmigoContractWarning: ") == 5
    assert "AmigoContractWarning: get-simulation-personas: sort-field: " in summary
    assert "create-simulation-persona: version-variables: " in summary
    assert summary.count("(the fake refuses it with strict=True)") == 5


def test_a_misspelt_filter_does_not_go_unnoticed(inner: Inner) -> None:
    """Rule: a name that changes nothing is a warning with the nearest, in strict mode too, does
    not say that this mode refuses it, and fails the test where warnings are errors. Source: safe
    by default.
    """
    inner.write(
        "test_misspelt.py",
        """
        import pytest
        from paths import PERSONAS

        @pytest.mark.amigo(strict=True)
        def test_misspelt(amigo, amigo_client):
            amigo.personas.create(role="patient")
            assert amigo_client.get(PERSONAS, params={"rol": "nurse"}).json()["simulation_personas"]
        """,
    )
    result = inner.run()
    assert result.outcomes == {"test_misspelt": "passed"}
    summary = result.section("warnings summary")
    assert "no parameter 'rol' (did you mean 'role'?)" in summary
    assert "strict=True)" not in summary.replace("mark.amigo(strict=True)", "")
    failed = inner.run("-W", "error::pytest_amigo.AmigoContractWarning")
    assert failed.outcomes == {"test_misspelt": "failed"}


@pytest.mark.parametrize(
    "how", ["flag", "filterwarnings = error::pytest_amigo.AmigoContractWarning"]
)
def test_leniencies_fail_their_test_on_demand(inner: Inner, how: str) -> None:
    """Rule: `-W error`, or a filter, makes the warning fail that test. Source: safe by default."""
    inner.configure("" if how == "flag" else how)
    inner.write("test_lenient.py", LENIENT)
    result = inner.run(*(["-W", "error"] if how == "flag" else []))
    assert result.outcomes == WARNED, result.text
    report = result.report("test_lenient")
    assert "AmigoContractWarning: get-simulation-personas: sort-field: " in report
    assert len(report.partition("---")[0].splitlines()) == 1
    assert " amigo --" in report


def test_strict_refuses_them(inner: Inner) -> None:
    """Rule: `amigo_strict` leaves nothing to warn of. Source: safe by default."""
    inner.write(
        "test_strict.py",
        """
        from paths import PERSONAS

        def test_it(amigo_client):
            assert amigo_client.get(PERSONAS, params={"sort_by": "-name"}).status_code == 422
        """,
    )
    inner.run("--amigo-strict", "-W", "error").passed(1)


UNSAFE = """
    import socket
    import pytest
    from paths import PERSONAS

    LIST = "get-simulation-personas"

    def test_unknown_path(amigo_client):
        assert amigo_client.get("/v1/nowhere").status_code == 404

    def test_wrong_method(amigo_client):
        assert amigo_client.patch(PERSONAS).status_code == 405

    def test_not_emulated(amigo):
        with amigo.client() as client:
            assert client.get("/v1/mock-org/organization/").status_code == 501

    def test_missing_record(amigo_client):
        assert amigo_client.delete(f"{PERSONAS}{'0' * 24}/").status_code == 404

    def test_unused_fault(amigo):
        amigo.faults.add(LIST, status=503)

    def test_used_in_part(amigo, amigo_client):
        amigo.faults.add(LIST, status=503, times=5)
        amigo_client.get(PERSONAS)

    def test_unused_block(amigo):
        with amigo.faulty("search-simulation-personas", status=503):
            pass

    def test_unused_race(amigo):
        amigo.between(LIST, "update-simulation-persona").deletes()

    def test_refused_race(amigo, amigo_client):
        amigo.between(None, LIST).does("delete-simulation-persona",
            simulation_persona_id="0" * 24)
        amigo_client.get(PERSONAS)

    def test_fails_anyway(amigo, amigo_client):
        amigo_client.get("/v1/nowhere")
        raise AssertionError("for a reason of its own")

    def test_skips_anyway(amigo, amigo_client):
        amigo_client.get("/v1/nowhere")
        pytest.skip("for a reason of its own")

    @pytest.mark.amigo(guard=True)
    def test_real_host(amigo):
        with pytest.raises(RuntimeError, match="the real service at api.amigo.ai"):
            socket.create_connection(("api.amigo.ai", 443))

    @pytest.mark.amigo(guard=True)
    def test_swallowed(amigo):
        try:
            socket.getaddrinfo("api-eu-central-1.amigo.ai", 443)
        except Exception:
            pass
"""
PASSING = ["test_missing_record", "test_used_in_part"]
TROUBLE = {
    "test_unknown_path": "GET /v1/nowhere was answered 404: ",
    "test_wrong_method": "PATCH /v1/mock-org/simulation/persona/ was answered 405: ",
    "test_not_emulated": "GET /v1/mock-org/organization/ was answered 501: ",
    "test_unused_fault": "an armed fault never hit: 'get-simulation-personas' was not called",
    "test_unused_block": "an armed fault never hit: 'search-simulation-personas' was not called",
    "test_unused_race": "'delete-simulation-persona' by another user never happened: ",
    "test_refused_race": "'delete-simulation-persona' by another user was refused with 404",
    "test_real_host": "the test tried to reach the real service at api.amigo.ai",
    "test_swallowed": "the test tried to reach the real service at api-eu-central-1.amigo.ai",
}


def test_what_went_amiss_fails_the_test_at_its_end(inner: Inner) -> None:
    """Rule: requests to nowhere or to what is not emulated, faults and races that came to
    nothing, and real hosts fail a test that passed, once; one sentence says why, where a fault or
    race was armed, and what lets it pass. Source: safe by default.
    """
    inner.write("test_unsafe.py", UNSAFE)
    result = inner.run()
    expected = dict.fromkeys(PASSING, "passed") | dict.fromkeys(TROUBLE, "failed")
    expected["test_fails_anyway"] = "failed"
    assert result.outcomes == expected, result.text
    assert "1 skipped" in result.text
    for test, text in TROUBLE.items():
        report = result.report(test)
        assert text in report
        assert "Traceback" not in report
        assert "pytest_amigo/" not in report
    lines = (inner.folder / "test_unsafe.py").read_text().splitlines()
    for test in ("test_unused_fault", "test_unused_block", "test_unused_race"):
        number = lines.index(f"def {test}(amigo):") + 2
        report = result.report(test)
        assert f' (armed at test_unsafe.py:{number}); unused="allow" lets it pass' in report
    for test in ("test_unknown_path", "test_wrong_method", "test_not_emulated"):
        assert '(unexpected="allow" lets it pass)' in result.report(test)
    assert "; this path has GET and POST (unexpected" in result.report("test_wrong_method")
    assert "does not emulate" in result.report("test_not_emulated")
    assert "for a reason of its own" in result.report("test_fails_anyway")


OUTCOMES = """
    import unittest

    import pytest

    @pytest.mark.xfail(strict=True)
    def test_expected(amigo_client):
        amigo_client.get("/v1/nowhere")

    @pytest.mark.xfail(strict=True)
    def test_not_met(amigo_client):
        pass

    @pytest.fixture
    def careless(amigo_client):
        yield
        amigo_client.get("/v1/nowhere")

    def test_in_a_fixture(careless):
        pass

    @pytest.mark.usefixtures("amigo")
    class TestCase(unittest.TestCase):
        def setUp(self):
            from urllib.request import urlopen
            import os
            with self.assertRaises(OSError):
                urlopen(os.environ["AMIGO_BASE_URL"] + "/v1/nowhere")

        def test_passes(self):
            pass

        def test_fails(self):
            self.fail("for a reason of its own")

        def test_skips(self):
            self.skipTest("for a reason of its own")
"""


def test_what_went_amiss_is_a_failure_as_any_other(inner: Inner) -> None:
    """Rule: the test counts as failed and not as passed too, with `xfail(strict=True)`, in JUnit
    and in a `TestCase` as well, which fails or skips for its own reason if it has one. Only what a
    fixture does afterwards is an error of the teardown. Source: pytest's own outcomes.
    """
    inner.write("test_outcomes.py", OUTCOMES)
    result = inner.run("--junitxml=junit.xml")
    assert result.outcomes == {
        "TestCase::test_fails": "failed",
        "TestCase::test_passes": "failed",
        "test_expected": "xfail",
        "test_in_a_fixture": "error passed",
        "test_not_met": "failed",
    }, result.text
    assert "3 failed, 1 passed, 1 skipped, 1 xfailed, 1 error" in result.lines[-1]
    assert "for a reason of its own" in result.report("TestCase.test_fails")
    assert "answered 404" in result.report("TestCase.test_passes")
    assert 'errors="1" failures="3" skipped="2"' in (inner.folder / "junit.xml").read_text()


def test_what_may_go_amiss(inner: Inner) -> None:
    """Rule: `unexpected` and `unused` allow what is meant so, the guard aside.

    Source: safe by default.
    """
    inner.write("test_unsafe.py", UNSAFE)
    result = inner.run(
        "--amigo-unexpected=allow", "--amigo-unused=allow", "--no-amigo-guard", "-k", "not anyway"
    )
    guarded = ("test_real_host", "test_swallowed")
    names = sorted([*PASSING, *TROUBLE])
    expected = {name: "failed" if name in guarded else "passed" for name in names}
    assert result.outcomes == expected, result.text


def test_the_guard_stands_only_where_the_fake_is_used(inner: Inner) -> None:
    """Rule: other tests have the network as it is, and so have those that turn the guard off.

    Source: safe by default.
    """
    inner.write(
        "test_guard.py",
        """
        import socket

        import pytest

        real = socket.getaddrinfo

        def test_before(): assert socket.getaddrinfo is real

        def test_guarded(amigo): assert socket.getaddrinfo is not real

        def test_between(): assert socket.getaddrinfo is real

        @pytest.mark.amigo(guard=False)
        def test_off(amigo): assert socket.getaddrinfo is real

        def test_again(amigo): assert socket.getaddrinfo is not real
        """,
    )
    inner.run().passed(5)
    inner.configure("amigo_guard = false")
    outcomes = inner.run().outcomes
    assert [name for name, words in outcomes.items() if words != "passed"] == [
        "test_again",
        "test_guarded",
    ]
