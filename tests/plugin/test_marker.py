"""The marker: settings of the fake for one test, a class or a module."""

from __future__ import annotations

from pytest_amigo.settings import FIXED, MEANINGLESS, SuiteSettings
from tests.plugin.inner import Inner

pytest_plugins = ["pytester"]

NEAREST = """
    import pytest

    pytestmark = pytest.mark.amigo(strict=True, random_seed=1, journal_size=1)

    def test_module(amigo):
        found = amigo.settings
        assert (found.strict, found.random_seed, found.journal_size) == (True, 1, 1)

    @pytest.mark.amigo(random_seed=2, journal_size=2)
    class TestClass:
        def test_class(self, amigo):
            found = amigo.settings
            assert (found.strict, found.random_seed, found.journal_size) == (True, 2, 2)

        @pytest.mark.amigo(journal_size=3)
        def test_own(self, amigo):
            found = amigo.settings
            assert (found.strict, found.random_seed, found.journal_size) == (True, 2, 3)

        def test_nobody_needs_a_fixture_for_the_sake_of_the_class(self):
            pass

        @pytest.mark.amigo(journal_size=4)
        class TestInside:
            @pytest.mark.amigo(strict=False)
            @pytest.mark.usefixtures("amigo")
            def test_inside(self, amigo_server):
                found = amigo_server.settings
                assert (found.strict, found.random_seed, found.journal_size) == (False, 2, 4)

    @pytest.mark.parametrize(
        "strict",
        [True, pytest.param(False, marks=pytest.mark.amigo(strict=False))],
    )
    def test_one_of_several(amigo, strict):
        assert amigo.settings.strict is strict

    def test_afterwards_it_is_as_before(amigo_client, amigo):
        assert amigo.settings.journal_size == 1
        for _ in range(2):
            amigo_client.get("/v1/mock-org/simulation/persona/")
        assert len(amigo.requests) == 1
"""

KEYWORDS = """
    import httpx2
    import pytest
    from amigo_mock import MockError
    from bodies import persona
    from paths import PERSONAS

    mark = pytest.mark.amigo

    @mark(seed={"organizations": [{"id": "mine", "personas": [
        {"name": "Ann", "role": "patient", "versions": [{"background": "b"}]}]}]})
    def test_seed(amigo, amigo_client, amigo_env):
        assert amigo_env["AMIGO_ORGANIZATION_ID"] == amigo.organization == "mine"
        found = amigo_client.get("/v1/mine/simulation/persona/").json()["simulation_personas"]
        assert [one["name"] for one in found] == ["Ann"]

    @mark(strict=True)
    def test_strict(amigo_client):
        assert amigo_client.get(PERSONAS, params={"sort_by": "-name"}).status_code == 422

    @mark(rate_limits={"get-simulation-personas": 1})
    def test_rate_limits(amigo_client):
        assert [amigo_client.get(PERSONAS).status_code for _ in range(2)] == [200, 429]

    @mark(rate_limits=False)
    def test_no_rate_limits(amigo_client):
        assert {amigo_client.get(PERSONAS).status_code for _ in range(60)} == {200}

    @mark(rate_limit_scope="organization", rate_limits={"get-simulation-personas": 1})
    def test_rate_limit_scope(amigo, amigo_client):
        assert amigo_client.get(PERSONAS).status_code == 200
        with amigo.as_user(grants=["*"]).client() as client:
            assert client.get(PERSONAS).status_code == 429

    @mark(permissions=[{"permission_name": "Simulation:GetSimulationPersona"}])
    def test_permissions(amigo_client):
        assert amigo_client.get(PERSONAS).status_code == 200
        assert amigo_client.post(PERSONAS, json=persona()).status_code == 403

    @mark(clock="2026-01-31T12:00:00Z")
    def test_clock(amigo, amigo_client):
        assert amigo.clock.frozen
        assert amigo.clock.datetime().isoformat() == "2026-01-31T12:00:00+00:00"

    made = []

    @pytest.mark.parametrize("again", [
        pytest.param(0, marks=mark(random_seed=5)),
        pytest.param(1, marks=mark(random_seed=5)),
        pytest.param(2, marks=mark(random_seed=6)),
    ])
    @mark(clock="2026-01-31T12:00:00Z")
    def test_random_seed(amigo, again):
        made.append(amigo.personas.create().id)
        assert len(set(made)) == (1, 1, 2)[again]

    @mark(token_lifetime=10)
    def test_token_lifetime(amigo, amigo_client):
        amigo.clock.advance(9)
        assert amigo_client.get(PERSONAS).status_code == 200
        amigo.clock.advance(2)
        assert amigo_client.get(PERSONAS).status_code == 401

    @mark(run_duration=60, seed={"organizations": [{
        "id": "mock-org",
        "personas": [{"name": "Ann", "role": "r", "versions": [{"background": "b"}]}],
        "scenarios": [{"name": "Refill", "versions": [
            {"objective": "o", "instructions": "i", "initial_message_type": "skip"}]}],
        "unit_tests": [{"name": "Works", "persona_id": "Ann", "scenario_id": "Refill",
            "success_criterions": [{"name": "Done", "metric_id": "Goal Reached",
                "criterion": {"type": "boolean", "expected_value": True}}]}],
        "unit_test_sets": [{"name": "All", "unit_test_runs": [{"unit_test_id": "Works"}]}],
    }]})
    def test_run_duration(amigo, amigo_client):
        base = "/v1/mock-org/simulation/unit_test_set"
        (tests,) = amigo_client.get(f"{base}/").json()["simulation_unit_test_sets"]
        amigo_client.post(f"{base}_run/", json={"simulation_unit_test_set_id": tests["id"]})
        done = []
        for seconds in (59, 2):
            amigo.clock.advance(seconds)
            (run,) = amigo_client.get(f"{base}_run/").json()["simulation_unit_test_set_runs"]
            done.append(run["is_completed"])
        assert done == [False, True]

    @mark(max_body_size=10)
    def test_max_body_size(amigo_client):
        assert amigo_client.post(PERSONAS, json=persona()).status_code == 413

    @mark(journal_size=1)
    def test_journal_size(amigo, amigo_client):
        for _ in range(3):
            amigo_client.get(PERSONAS)
        assert (len(amigo.requests), amigo.requests.forgotten) == (1, 2)

    @mark(journal_body_size=10)
    def test_journal_body_size(amigo, amigo_client):
        amigo_client.post(PERSONAS, json=persona())
        assert len(amigo.requests.last.request_body) == 10

    def test_bodies_are_kept_whole(amigo, amigo_client):
        amigo_client.post(PERSONAS, json=persona(role="r" * 10_000))
        assert amigo.requests.last.request_json["role"] == "r" * 10_000

    @mark(signing_key="another")
    def test_signing_key(amigo, amigo_client):
        assert amigo.settings.signing_key.get_secret_value() == "another"
        assert amigo_client.get(PERSONAS).status_code == 200
        token = amigo.token()
        amigo.configure(amigo.settings.model_copy(update={"signing_key": type(
            amigo.settings.signing_key)("a third")}))
        answer = amigo_client.get(PERSONAS, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401

    people = []

    @pytest.mark.parametrize("again", range(3))
    @mark(faker_seed=5)
    def test_faker_seed(amigo, again):
        assert amigo.faker_seed == 5
        people.append(amigo.personas.create().name)
        assert len(set(people)) == 1

    @mark(guard=False)
    def test_guard(amigo):
        import socket
        assert not hasattr(socket.getaddrinfo, "__wrapped__")

    def test_guarded(amigo):
        import socket
        assert hasattr(socket.getaddrinfo, "__wrapped__")

    @mark(auto_advance=True, clock="2026-01-31T12:00:00Z")
    def test_auto_advance(amigo, amigo_client):
        import time
        amigo.rate_limits.set("get-simulation-personas", 0)
        before = amigo.clock.now()
        amigo_client.get(PERSONAS)
        time.sleep(3600)
        assert amigo.clock.now() - before == 3600

    @mark(unexpected="allow")
    def test_unexpected(amigo_client):
        assert amigo_client.get("/nowhere").status_code == 404

    @mark(unused="allow")
    def test_unused(amigo):
        amigo.faults.add("get-simulation-personas", status=503)
"""

REFUSED = """
    import pytest

    mark = pytest.mark.amigo

    @mark(strickt=True)
    def test_unknown(amigo): raise AssertionError

    @mark(True)
    def test_positional(amigo): raise AssertionError

    @mark(port=1)
    def test_port(amigo): raise AssertionError

    @mark(host="127.0.0.2")
    def test_host(amigo_client): raise AssertionError

    @mark(state="world.json")
    def test_state(amigo): raise AssertionError

    @mark(control_token="x")
    def test_control_token(amigo): raise AssertionError

    @mark(log_format="none")
    def test_log_format(amigo): raise AssertionError

    @mark(rate_limits={"create-simulation-person": 1})
    def test_limit(amigo): raise AssertionError

    @mark(rate_limits={"create-simulation-persona": -1})
    def test_negative(amigo): raise AssertionError

    @mark(clock="2026-01-31T12:00:00")
    def test_clock(amigo): raise AssertionError

    @mark(seed="nowhere.yaml")
    def test_seed(amigo): raise AssertionError

    @mark(unexpected="pass")
    def test_choice(amigo): raise AssertionError

    @mark(signing_key=["hidden-secret"])
    def test_secret(amigo): raise AssertionError

    @mark(seed={"organizations": []})
    def test_empty(amigo): raise AssertionError

    @mark(strict=True)
    def test_no_fixture(): raise AssertionError

    @mark(strict=True)
    def test_only_settings(amigo_settings): raise AssertionError

    def test_the_next_one_is_well(amigo):
        assert not amigo.settings.strict
        assert len(amigo.requests.listeners) == 1
"""

TEXTS = {
    "test_unknown": "unknown setting '@pytest.mark.amigo(strickt=...)' (did you mean 'strict'?)",
    "test_positional": "the marker takes keywords only, as in @pytest.mark.amigo(strict=True)",
    "test_port": "'port' belongs to the whole run, not to one test",
    "test_host": "'host' belongs to the whole run, not to one test",
    "test_state": "'state' belongs to the whole run, not to one test",
    "test_control_token": "'control_token' belongs to the whole run, not to one test",
    "test_log_format": "'log_format' belongs to the whole run, not to one test",
    "test_limit": "there is no limit on 'create-simulation-person' "
    "(did you mean 'create-simulation-persona'?)",
    "test_negative": "setting '@pytest.mark.amigo(rate_limits=...)'",
    "test_clock": "say the time zone too, as in 2026-01-31T12:00:00Z",
    "test_seed": "nowhere.yaml",
    "test_empty": "a world has at least one organization",
    "test_choice": "'@pytest.mark.amigo(unexpected=...)': Input should be 'fail' or 'allow'",
    "test_secret": "setting '@pytest.mark.amigo(signing_key=...)'",
    "test_no_fixture": "test_no_fixture is marked 'amigo' and uses none of its fixtures",
    "test_only_settings": "test_only_settings is marked 'amigo' and uses none of its fixtures",
}


def test_the_nearest_marker_wins(inner: Inner) -> None:
    """Rule: what the test's own marker says goes ahead of its class's, and that of its module's.

    Keyword by keyword: the others hold on. Source: the wanted behaviour of the marker.
    """
    inner.write("test_nearest.py", NEAREST)
    inner.run().passed(8)


def test_every_keyword_has_its_effect(inner: Inner) -> None:
    """Rule: the marker takes every setting that one test can have. Source: the settings."""
    possible = SuiteSettings.model_fields.keys() - FIXED - MEANINGLESS
    assert not [name for name in possible if f"def test_{name}(" not in KEYWORDS]
    inner.write("test_keywords.py", KEYWORDS)
    inner.run().passed(25)


def test_mistakes_fail_the_test_and_say_why(inner: Inner) -> None:
    """Rule: a marker that cannot be fails its test with one sentence, and no other test.

    Source: the rule for mistakes, and the wanted behaviour of the marker.
    """
    inner.write("test_refused.py", REFUSED)
    result = inner.run()
    expected = dict.fromkeys(TEXTS, "error") | {"test_the_next_one_is_well": "passed"}
    assert result.outcomes == dict(sorted(expected.items())), result.text
    for test, text in TEXTS.items():
        report = result.report(test)
        assert text in report
        assert len(report.splitlines()) == 1, report
    assert "hidden-secret" not in result.text.replace('["hidden-secret"]', "")
