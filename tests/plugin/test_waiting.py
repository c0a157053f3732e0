"""`auto_advance`: whose waiting moves the clock, and what is left of it for the next test."""

from __future__ import annotations

from tests.plugin.inner import Inner

pytest_plugins = ["pytester"]

POLLING = """
    import threading
    import time

    import pytest
    from paths import PERSONAS, RUNS

    pytestmark = pytest.mark.amigo(auto_advance=True, run_duration=1800)

    @pytest.fixture
    def run(amigo, amigo_client):
        scenario = amigo.scenarios.create()
        tests = amigo.unit_test_sets.create(
            unit_tests=[amigo.unit_tests.create(scenario=scenario)])
        made = amigo_client.post(RUNS, json={"simulation_unit_test_set_id": tests.id})
        return made.raise_for_status().json()["simulation_unit_test_set_run_id"]

    def finished(client, run):
        answer = client.get(RUNS, params={"id": run})
        (found,) = answer.raise_for_status().json()["simulation_unit_test_set_runs"]
        return found["is_completed"]

    def test_polling(amigo, amigo_client, run):
        polls = 0
        while not finished(amigo_client, run):
            polls += 1
            time.sleep(300)
        assert polls == 6
        before = amigo.clock.now()
        time.sleep(0.001)  # nothing is under way any more
        assert amigo.clock.now() - before < 600

    def test_polling_over_the_socket(amigo, run):
        with amigo.client() as client:
            while not finished(client, run):
                time.sleep(300)

    def test_waiting_before_the_first_look(amigo, amigo_client, run):
        time.sleep(1800)
        assert finished(amigo_client, run)

    def test_something_else(amigo, amigo_client, run):
        amigo_client.get(PERSONAS)  # not about the run
        before = amigo.clock.now()
        time.sleep(0.01)
        assert amigo.clock.now() - before < 600
        assert not amigo.requests[-1].pending

    @pytest.mark.parametrize("over", ["process", "socket"])
    def test_another_thread(amigo, amigo_client, over):
        amigo.faults.add("get-simulation-personas", status=503, times=None)
        if over == "process":
            amigo_client.get(PERSONAS)
        else:
            with amigo.client() as client:
                client.get(PERSONAS)
        amigo.clock.freeze()
        before = amigo.clock.now()
        other = threading.Thread(target=time.sleep, args=(0.01,))
        other.start()
        other.join()
        assert amigo.clock.now() == before
        time.sleep(3600)
        assert amigo.clock.now() == before + 3600
"""


def test_who_polls_what_is_under_way_waits_on_the_fake_s_clock(inner: Inner) -> None:
    """Rule: after an answer about something that is not finished, a sleep moves the clock as after
    a refusal, and only in a thread that has talked to the fake. Source: `auto_advance`.
    """
    inner.configure("filterwarnings = error")
    inner.write("test_polling.py", POLLING)
    inner.run().passed(6)


PATCHED = """
    import time

    import pytest

    pytestmark = pytest.mark.amigo(auto_advance=True)

    @pytest.mark.parametrize("number", range(3))
    def test_it(monkeypatch, amigo, number):
        real = time.sleep.__wrapped__  # ours is before the real one, and not before another of ours
        assert not hasattr(real, "__wrapped__")
        monkeypatch.setattr(time, "sleep", lambda seconds: None)
"""


def test_a_sleep_that_is_put_back_too_late_is_known_again(inner: Inner) -> None:
    """Rule: `monkeypatch` outlives the fixture and puts our function back; the next test does not
    put another one before it. Source: after a thousand such tests the stack was full.
    """
    inner.write("test_patched.py", PATCHED)
    inner.run("-p", "no:randomly").passed(3)


LISTENING = """
    heard = []

    def test_first(amigo, amigo_client):
        amigo.requests.subscribe(heard.append)
        amigo_client.get("/v1/openapi.json")
        assert len(heard) == 1

    def test_second(amigo_client):
        amigo_client.get("/v1/openapi.json")
        assert len(heard) == 1
"""


def test_a_listener_is_gone_with_its_test(inner: Inner) -> None:
    """Rule: the fake is as new for each test, its journal too. Source: the fixture `amigo`."""
    inner.write("test_listening.py", LISTENING)
    inner.run().passed(2)
