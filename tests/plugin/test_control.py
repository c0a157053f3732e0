"""The fixture's controls, as a test reaches for them."""

from __future__ import annotations

from tests.plugin.inner import Inner

pytest_plugins = ["pytester"]

CONTROLS = """
    import os

    import pytest
    from amigo_sdk import AmigoConfig
    from bodies import persona, persona_version
    from paths import PERSONAS

    CREATE, LIST = "create-simulation-persona", "get-simulation-personas"
    UPDATE, DELETE = "update-simulation-persona", "delete-simulation-persona"
    VERSION = "create-simulation-persona-version"


    def statuses(client, times, path=PERSONAS):
        return [client.get(path).status_code for _ in range(times)]


    def test_clock(amigo, amigo_client):
        assert statuses(amigo_client, 51)[-2:] == [200, 429]
        amigo.clock.advance(minutes=1)
        assert statuses(amigo_client, 1) == [200]


    def test_faults(amigo, amigo_client):
        armed = amigo.faults.add(LIST, status=503, times=2)
        assert statuses(amigo_client, 3) == [503, 503, 200]
        assert armed.hits == 2


    def test_faulty(amigo, amigo_client):
        with amigo.faulty(LIST, status=503, times=None) as armed:
            assert statuses(amigo_client, 3) == [503, 503, 503]
        assert armed.hits == 3
        assert statuses(amigo_client, 1) == [200]


    def test_maintenance(amigo, amigo_client):
        with amigo.maintenance():
            assert statuses(amigo_client, 1) == [503]
        assert statuses(amigo_client, 1) == [200]


    def test_headroom(amigo, amigo_client):
        assert amigo.rate_limits.headroom(CREATE) == 100
        for name in ("Ann", "Bob"):
            amigo_client.post(PERSONAS, json=persona(name))
        amigo.personas.create()
        assert amigo.rate_limits.headroom(CREATE) == 98
        with pytest.raises(ValueError, match=f"did you mean '{CREATE}'"):
            amigo.rate_limits.headroom("create-simulation-person")


    def test_factories(amigo, amigo_client):
        ann = amigo.personas.create(name="Ann", role="nurse", background="b", versions=3)
        refill = amigo.scenarios.create(name="Refill")
        page = amigo_client.get(PERSONAS).json()["simulation_personas"]
        assert [(found["id"], found["name"], found["role"]) for found in page] == [
            (ann.id, "Ann", "nurse")]
        assert [version.number if hasattr(version, "number") else version.version
                for version in ann.versions] == [1, 2, 3]
        assert refill.name == "Refill"
        assert amigo.rate_limits.used() == {LIST: 1}
        assert len(amigo.requests) == 1


    def test_as_user(amigo, amigo_client):
        reader = amigo.as_user(grants=["Simulation:GetSimulationPersona"])
        with reader.client() as client:
            assert client.get(PERSONAS).status_code == 200
            assert client.post(PERSONAS, json=persona()).status_code == 403
        before = os.environ["AMIGO_USER_ID"]
        with reader:
            assert AmigoConfig().user_id == reader.id == os.environ["AMIGO_USER_ID"]
        assert os.environ["AMIGO_USER_ID"] == before == "mock-user"
        assert {entry.user for entry in amigo.requests} == {reader.id}


    @pytest.fixture
    def ann(amigo):
        return amigo.personas.create(name="Ann", role="patient")


    def test_another_user_edits(amigo, amigo_client, ann):
        with amigo.between(LIST, UPDATE).edits(tags={"by": "another"}) as race:
            assert amigo_client.get(PERSONAS).json()["simulation_personas"][0]["tags"] == ann.tags
            answer = amigo_client.post(f"{PERSONAS}{ann.id}/", json={"tags": None})
        assert (answer.status_code, race.status) == (204, 204)
        assert amigo.personas.get(ann.id).tags == {"by": "another"}


    def test_another_user_deletes(amigo, amigo_client, ann):
        with amigo.between(LIST, UPDATE).deletes():
            statuses(amigo_client, 1)
            answer = amigo_client.post(f"{PERSONAS}{ann.id}/", json={"tags": {}})
        assert answer.status_code == 404


    def test_another_user_adds_a_version(amigo, amigo_client, ann):
        below = f"{PERSONAS}{ann.id}/version/"
        with amigo.between("get-simulation-persona-versions", VERSION).adds_version(
                **persona_version()):
            assert statuses(amigo_client, 1, below) == [200]
            answer = amigo_client.post(below, json=persona_version(), params={"version": 2})
        assert answer.status_code == 400


    def test_another_user_does_anything(amigo, amigo_client):
        with amigo.between(None, CREATE).does(CREATE, json=persona("Ann")):
            assert amigo_client.post(PERSONAS, json=persona("Ann")).status_code == 409
        amigo.assert_called(CREATE, times=1, status=409)


    @pytest.mark.xfail(raises=AssertionError, strict=True)
    def test_another_user_who_never_came(amigo, amigo_client):
        with amigo.between(LIST, UPDATE).deletes():
            statuses(amigo_client, 1)


    def test_requests(amigo, amigo_client):
        amigo_client.post(PERSONAS, json=persona())
        amigo_client.post(PERSONAS, json=persona())
        statuses(amigo_client, 1)
        assert [entry.status for entry in amigo.requests.to(CREATE)] == [201, 409]
        assert len(amigo.requests.with_status("4xx")) == len(amigo.requests.with_status(409)) == 1
        assert amigo.requests.last.operation == LIST
        assert amigo.requests[0].request_json["name"] == "Ann"


    def test_assert_called(amigo, amigo_client):
        amigo_client.post(PERSONAS, json=persona())
        found = amigo.assert_called(CREATE, times=1, json={"initial_version": {"timezone":
            "Europe/Vienna"}})
        assert found.last.status == 201
        amigo.assert_not_called(LIST)


    def test_chance_is_the_test_s_own(amigo, request):
        from zlib import crc32
        assert amigo.faker_seed == crc32(request.node.nodeid.encode())
        names = [amigo.personas.create().name for _ in range(3)]
        amigo.reset()
        amigo.faker_seed = amigo.faker_seed
        assert [amigo.personas.create().name for _ in range(3)] == names
"""

PATIENT = """
    import asyncio
    import time

    import pytest
    from amigo_sdk import AmigoConfig
    from amigo_sdk.http_client import AmigoAsyncHttpClient, AmigoHttpClient
    from bodies import persona
    from paths import PERSONAS

    LIST, CREATE = "get-simulation-personas", "create-simulation-persona"
    pytestmark = pytest.mark.amigo(auto_advance=True, clock="2026-01-31T12:00:00Z")
    TOLD = {"status": 429, "headers": {"Retry-After": "60"}}


    def test_the_sdk_waits_for_a_minute(amigo):
        amigo.faults.add(CREATE, **TOLD)
        before = amigo.clock.now()
        with AmigoHttpClient(AmigoConfig()) as http:
            assert http.request("POST", PERSONAS, json=persona()).status_code == 201
        first, second = amigo.requests.to(CREATE)
        assert 0 < second.time - first.time == amigo.clock.now() - before


    def test_the_sdk_waits_for_a_window_to_close(amigo):
        amigo.rate_limits.set(LIST, 1)
        with AmigoHttpClient(AmigoConfig(), retry_max_delay_seconds=120) as http:
            assert http.request("GET", PERSONAS).status_code == 200
            assert http.request("GET", PERSONAS).status_code == 200
        assert [entry.status for entry in amigo.requests.to(LIST)] == [200, 429, 200]
        assert amigo.requests.last.time - amigo.requests[1].time >= 60


    def test_on_asyncio(amigo):
        amigo.faults.add(CREATE, **TOLD)

        async def ask():
            async with AmigoAsyncHttpClient(AmigoConfig()) as http:
                return (await http.request("POST", PERSONAS, json=persona())).status_code

        assert asyncio.run(ask()) == 201
        first, second = amigo.requests.to(CREATE)
        assert second.time > first.time


    def test_a_client_of_one_s_own(amigo, amigo_client):
        amigo.faults.add(LIST, **TOLD)
        before = amigo.clock.now()
        answer = amigo_client.get(PERSONAS)
        while answer.status_code == 429:
            time.sleep(float(answer.headers["Retry-After"]))
            answer = amigo_client.get(PERSONAS)
        assert amigo.clock.now() - before == 60


    def test_who_was_not_told_to_wait_does_so(amigo, amigo_client):
        amigo_client.get(PERSONAS)
        before = amigo.clock.now()
        time.sleep(0.001)
        assert amigo.clock.now() == before


    @pytest.mark.amigo(auto_advance=False)
    def test_without_it(amigo, amigo_client):
        amigo.faults.add(LIST, **TOLD)
        amigo_client.get(PERSONAS)
        before = amigo.clock.now()
        time.sleep(0.001)
        assert amigo.clock.now() == before
"""

MISSES = """
    import pytest
    from bodies import persona
    from paths import PERSONAS

    CREATE = "create-simulation-persona"

    def test_near(amigo, amigo_client):
        amigo_client.post(PERSONAS, json=persona())
        amigo.assert_called(CREATE, json={"name": "Ann", "role": "nurse"})

    def test_never(amigo, amigo_client):
        amigo_client.get(PERSONAS)
        amigo.assert_called(CREATE)

    def test_too_often(amigo, amigo_client):
        for name in ("Ann", "Bob"):
            amigo_client.post(PERSONAS, json=persona(name))
        amigo.assert_called(CREATE, times=1)

    def test_misspelt(amigo):
        amigo.assert_called("create-simulation-person")

    @pytest.mark.amigo(unused="fail")
    def test_unused(amigo, amigo_client):
        amigo.between("get-simulation-personas", "update-simulation-persona").deletes()
        amigo_client.get(PERSONAS)
"""


def test_every_control_is_at_hand(inner: Inner) -> None:
    """Rule: clock, faults, maintenance, limits, users, races, journal and factories are
    at hand in the fixture. Source: the wanted behaviour of the control API.
    """
    inner.configure("filterwarnings = error")
    inner.write("test_controls.py", CONTROLS)
    result = inner.run()
    expected = dict.fromkeys(result.outcomes, "passed")
    expected["test_another_user_who_never_came"] = "xfail"
    assert result.outcomes == expected, result.text
    assert len(result.outcomes) == 15


def test_waiting_costs_nothing(inner: Inner) -> None:
    """Rule: under `auto_advance` a client that is told to wait does so on the fake's clock.

    A minute passes there, whoever sleeps, and none here. Source: waiting costs nothing.
    """
    inner.configure("filterwarnings = error")
    inner.write("test_patient.py", PATIENT)
    inner.run().passed(6)


def test_a_failed_expectation_shows_what_came_nearest(inner: Inner) -> None:
    """Rule: field by field, what was as expected and what was not. Source: the journal as
    evidence.
    """
    inner.write("test_misses.py", MISSES)
    result = inner.run()
    assert set(result.outcomes.values()) == {"failed"}, result.text
    near = result.report("test_near")
    assert "name = 'Ann'" in near
    assert "role: expected 'nurse', got 'patient'" in near
    assert "create-simulation-persona was not called" in result.report("test_never")
    assert "create-simulation-persona was called 2 times, expected 1" in result.report(
        "test_too_often"
    )
    assert "(did you mean 'create-simulation-persona'?)" in result.report("test_misspelt")
    unused = result.report("test_unused")
    assert "'delete-simulation-persona' by another user never happened" in unused
    # The traceback ends where the expectation stands.
    assert not [name for name in result.outcomes if "evidence.py" in result.report(name)]
    assert "amigo_mock/mock.py" not in near
