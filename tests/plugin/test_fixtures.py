"""The fixtures: a world of its own for every test, whatever kind of test it is."""

from __future__ import annotations

import pytest

from tests.plugin.inner import Inner

pytest_plugins = ["pytester"]

CONFTEST = """
    import os
    import pytest

    os.environ["AMIGO_USER_ID"] = "whoever was here before"
    os.environ["HTTP_PROXY"] = "http://127.0.0.1:9"  # nobody is there
    os.environ["NO_PROXY"] = "example.org"

    @pytest.fixture(autouse=True)
    def environment_as_before():
        before = dict(os.environ)
        assert before["AMIGO_USER_ID"] == "whoever was here before"
        assert "AMIGO_API_KEY" not in before
        yield
        before["PYTEST_CURRENT_TEST"] = os.environ["PYTEST_CURRENT_TEST"]
        assert dict(os.environ) == before
"""

KINDS = """
    import asyncio
    import os
    import threading
    import unittest
    from urllib.request import urlopen

    import httpx2
    import pytest
    import trio

    from amigo_mock import AmigoMock
    from bodies import persona
    from paths import PERSONAS

    FIVE = {"BASE_URL", "ORGANIZATION_ID", "API_KEY_ID", "API_KEY", "USER_ID"}


    def count(client):
        return len(client.get(PERSONAS).json()["simulation_personas"])


    def add(client, name="Ann"):
        answer = client.post(PERSONAS, json=persona(name))
        assert answer.status_code == 201
        assert answer.json()["simulation_persona_id"]


    def test_amigo(amigo, amigo_server, amigo_env):
        assert isinstance(amigo, AmigoMock)
        assert amigo is amigo_server
        assert amigo_env == amigo.env
        assert amigo_env.keys() == {f"AMIGO_{name}" for name in FIVE}
        assert {name: os.environ[name] for name in amigo_env} == amigo_env
        assert amigo_env["AMIGO_BASE_URL"] == amigo.url


    def test_both_ways_lead_to_the_same_world(amigo, amigo_client):
        add(amigo_client)
        with amigo.client() as client:
            assert count(client) == 1
        assert [entry.status for entry in amigo.requests] == [201, 200]


    def test_amigo_client(amigo, amigo_client):
        assert isinstance(amigo_client, httpx2.Client)
        add(amigo_client)
        assert count(amigo_client) == len(amigo.personas) == 1


    def test_amigo_async_client(amigo, amigo_async_client):
        assert isinstance(amigo_async_client, httpx2.AsyncClient)

        async def once():
            return (await amigo_async_client.post(PERSONAS, json=persona())).status_code

        assert asyncio.run(once()) == 201
        assert trio.run(once) == 409


    @pytest.mark.parametrize("again", range(3))
    def test_parametrized(amigo_client, again):
        assert count(amigo_client) == 0
        add(amigo_client)


    @pytest.mark.parametrize("turn", ["first", "second"])
    def test_nothing_is_left_over(amigo, amigo_client, turn):
        assert not amigo.personas.all()
        assert not amigo.requests
        assert not amigo.rate_limits.used()
        assert amigo.rate_limits.enabled
        assert amigo.rate_limits.limits == {}
        assert not amigo.faults
        assert not amigo.maintenance
        assert not amigo.races
        assert not amigo.clock.frozen
        add(amigo_client)
        amigo.rate_limits.set("create-simulation-persona", 1)
        amigo.rate_limits.enabled = False
        amigo.faults.add("create-simulation-persona", status=503)
        assert amigo_client.post(PERSONAS, json=persona("Bob")).status_code == 503
        amigo.faults.add("create-simulation-persona", status=503, times=None, when="after")
        assert amigo_client.post(PERSONAS, json=persona("Bob")).status_code == 503
        with amigo.between(None, "get-simulation-personas").does("get-simulation-scenarios"):
            assert amigo_client.get(PERSONAS).status_code == 200
        amigo.seed({"organizations": [{"id": "another"}]})
        amigo.maintenance = True
        amigo.clock.advance(days=1000)
        amigo.clock.freeze()


    def test_the_clock_is_back(amigo):
        from datetime import UTC, datetime, timedelta
        assert abs(datetime.now(UTC) - amigo.clock.datetime()) < timedelta(minutes=5)


    def test_variables_changed_by_monkeypatch(monkeypatch, amigo):
        monkeypatch.setenv("AMIGO_API_KEY", "wrong")
        monkeypatch.setenv("AMIGO_USER_ID", "wrong")
        monkeypatch.delenv("AMIGO_BASE_URL")
        monkeypatch.setenv("NO_PROXY", "")
        monkeypatch.setenv("no_proxy", "")


    def test_variables_changed_by_monkeypatch_before(monkeypatch, request):
        monkeypatch.setenv("AMIGO_API_KEY", "wrong")
        amigo = request.getfixturevalue("amigo")
        assert os.environ["AMIGO_API_KEY"] == amigo.env["AMIGO_API_KEY"]
        monkeypatch.setenv("AMIGO_API_KEY", "wrong again")


    def test_no_proxy_is_asked_for_the_fake(amigo):
        with urlopen(f"{amigo.url}/_mock/health") as answer:
            assert answer.status == 200
        assert os.environ["NO_PROXY"] == "example.org,127.0.0.1"


    def test_variables_changed_by_hand(amigo):
        os.environ["AMIGO_API_KEY"] = "wrong"
        del os.environ["AMIGO_USER_ID"]


    class TestClass:
        @pytest.fixture(autouse=True)
        def _client(self, amigo_client):
            self.client = amigo_client

        def test_one(self):
            assert count(self.client) == 0
            add(self.client)

        def test_two(self, amigo):
            assert count(self.client) == 0
            add(self.client)


    @pytest.mark.usefixtures("amigo")
    class TestWithoutArguments:
        def test_it(self):
            assert os.environ["AMIGO_BASE_URL"].startswith("http://127.0.0.1:")
            assert os.environ["AMIGO_USER_ID"] == "mock-user"


    class TestUnit(unittest.TestCase):
        @pytest.fixture(autouse=True)
        def _fake(self, amigo):
            self.amigo = amigo
            amigo.personas.create(name="Ann")

        def test_one(self):
            self.assertEqual([found.name for found in self.amigo.personas], ["Ann"])
            self.amigo.personas.create(name="Bob")

        def test_two(self):
            self.test_one()


    def test_threads(amigo, amigo_client):
        def work(number):
            add(amigo_client, f"A {number}")
            with amigo.client() as client:
                add(client, f"B {number}")

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(amigo.personas) == 16
        assert len({entry.number for entry in amigo.requests}) == 16


    @pytest.fixture
    def prepared(amigo):
        return amigo.personas.create(name="Prepared", versions=3)


    def test_a_fixture_of_their_own(prepared, amigo_client):
        found = amigo_client.get(f"{PERSONAS}{prepared.id}/version/").json()
        assert len(found["simulation_persona_versions"]) == 3


    def test_the_network_is_as_ever(httpserver):
        httpserver.expect_request("/").respond_with_data("from elsewhere")
        assert httpx2.get(httpserver.url_for("/"), trust_env=False).text == "from elsewhere"


    def test_beside_another_server(amigo, amigo_client, httpserver):
        httpserver.expect_request("/").respond_with_data("from elsewhere")
        assert httpx2.get(httpserver.url_for("/"), trust_env=False).text == "from elsewhere"
        with amigo.client() as client:
            add(client)
        add(amigo_client, "Bob")
"""


SDK = """
    import asyncio

    import pytest
    from amigo_sdk import AmigoClient, AmigoConfig, AsyncAmigoClient
    from bodies import persona
    from paths import PERSONAS

    @pytest.mark.parametrize("again", range(2))
    def test_blocking(amigo, again):
        with AmigoClient() as client:
            assert client._http.request("POST", PERSONAS, json=persona()).status_code == 201
        assert [found.name for found in amigo.personas] == ["Ann"]

    @pytest.mark.parametrize("again", range(2))
    def test_on_asyncio(amigo, again):
        async def ask():
            async with AsyncAmigoClient() as client:
                answer = await client._http.request("POST", PERSONAS, json=persona())
                return answer.status_code

        assert asyncio.run(ask()) == 201
        assert [entry.operation for entry in amigo.requests] == [
            "sign-in-with-api-key", "create-simulation-persona"]

    def test_as_somebody_else(amigo):
        with amigo.as_user(grants=[]):
            assert AmigoConfig().user_id.startswith("user-")
        assert AmigoConfig().user_id == "mock-user"

    def test_no_configuration_without_the_fixture():
        with pytest.raises(ValueError, match="api_key"):
            AmigoConfig()
"""


@pytest.mark.parametrize(
    ("beside", "how"),
    [((), ()), (("randomly",), ()), (("randomly",), ("-n", "2", "--dist", "worksteal"))],
    ids=["in order", "in random order", "on two cores"],
)
def test_every_kind_of_test_has_a_world_to_itself(
    inner: Inner, beside: tuple[str, ...], how: tuple[str, ...]
) -> None:
    """Rule: whatever a test changed is gone in the next one, and the environment is as before.

    In tests that are functions, methods, parametrized, of `unittest`, with threads; in any order,
    in processes of xdist, beside another plugin's server, in a package where warnings are errors.
    Source: the wanted behaviour of the fixtures.
    """
    inner.configure("filterwarnings = error")
    inner.write("conftest.py", CONFTEST)
    inner.write("test_kinds.py", KINDS)
    beside = (*beside, "pytest_httpserver")
    inner.run_apart(*how, "-W", "error", beside=beside).passed(23)


def test_the_sdk_needs_no_argument(inner: Inner) -> None:
    """Rule: the official SDK finds the fake, and its user, in the environment.

    Source: the SDK's config module.
    """
    inner.configure("filterwarnings = error")
    inner.write("test_sdk.py", SDK)
    inner.run().passed(6)


ROUGH = """
    import pytest
    from paths import PERSONAS

    def works(amigo, amigo_client):
        with amigo.client() as client:
            assert client.get(PERSONAS).status_code == 200
        assert "x-org-id" not in amigo_client.headers
        assert amigo_client.get(PERSONAS).status_code == 200
        assert amigo.requests.last.query == ""

    def test_stops(amigo, amigo_client):
        works(amigo, amigo_client)
        amigo.stop()

    def test_takes_it_for_a_context(amigo, amigo_client):
        works(amigo, amigo_client)
        with amigo as same:
            assert same.url

    def test_stops_and_fails(amigo, amigo_client):
        works(amigo, amigo_client)
        amigo.stop()
        raise AssertionError("for a look")

    def test_empties_and_fails(amigo, amigo_client):
        works(amigo, amigo_client)
        amigo.seed({"organizations": [{"id": "mock-org", "users": [], "api_keys": []}]})
        raise AssertionError("for a look")

    def test_closes_the_client(amigo, amigo_client):
        works(amigo, amigo_client)
        amigo_client.close()

    def test_changes_the_client(amigo, amigo_client):
        works(amigo, amigo_client)
        amigo_client.headers["X-ORG-ID"] = "nowhere"
        amigo_client.params = {"limit": 1}

    def test_uses_it_as_a_context(amigo, amigo_client):
        with amigo_client:
            works(amigo, amigo_client)

    def test_other_settings(amigo, amigo_client):
        works(amigo, amigo_client)
        amigo.configure(type(amigo.settings)(permissions=[], random_seed=3))

    def test_subtests(amigo, amigo_client, subtests):
        for number in range(2):
            with subtests.test(number=number):
                works(amigo, amigo_client)

    def test_at_last(amigo, amigo_client):
        works(amigo, amigo_client)
"""


def test_no_test_spoils_it_for_the_others(inner: Inner) -> None:
    """Rule: a test that stops the fake, empties it or closes the client harms only itself, and has
    its report. Source: a test never sees what another one did.
    """
    inner.write("test_rough.py", ROUGH)
    result = inner.run()
    fails = ("test_empties_and_fails", "test_stops_and_fails")
    expected = {name: "failed" if name in fails else "passed" for name in result.outcomes}
    assert result.outcomes == expected, result.text
    assert len(expected) == 10
    for name in fails:
        assert "2 requests, from " in result.report(name)


OVERRIDDEN = """
    import pytest

    @pytest.fixture
    def amigo(amigo):
        amigo.personas.create(name="Ann")
        return amigo

    def test_everything_sees_it(amigo_client, amigo_env):
        found = amigo_client.get("/v1/mock-org/simulation/persona/").json()
        assert [persona["name"] for persona in found["simulation_personas"]] == ["Ann"]

    @pytest.fixture(scope="module")
    def address(amigo_server):
        return amigo_server.url

    def test_the_session_s_server(address, amigo):
        assert address == amigo.url
"""


def test_fixtures_can_be_built_upon(inner: Inner) -> None:
    """Rule: `amigo` can be overridden, `amigo_server` is there for wider scopes.

    Source: pytest's own ways with fixtures.
    """
    inner.write("test_overridden.py", OVERRIDDEN)
    inner.run().passed(2)


REPLACED = """
    import pytest
    from amigo_mock import AmigoMock

    class TestAnother:
        @pytest.fixture
        def amigo(self):
            with AmigoMock(strict=True) as mock:
                mock.personas.create(name="Ann")
                yield mock

        def test_the_client_is_for_that(self, amigo, amigo_client):
            path = amigo.path("get-simulation-personas")
            assert len(amigo_client.get(path).json()["simulation_personas"]) == 1
            assert len(amigo.requests) == 1

    class TestForgotten:
        @pytest.fixture
        def amigo(self, amigo):
            amigo.personas.create()

        def test_nothing_is_given(self, amigo_client):
            pass
"""


def test_a_client_is_for_what_the_fixture_gives(inner: Inner) -> None:
    """Rule: where `amigo` is another fake, `amigo_client` reaches that; where it is none, the test
    is told so. Source: pytest's own ways with fixtures, and clear errors.
    """
    inner.write("test_replaced.py", REPLACED)
    result = inner.run()
    assert list(result.outcomes.values()) == ["passed", "error"], result.text
    assert "the fixture 'amigo' gives 'NoneType' here, which is no AmigoMock" in result.text


def test_the_fixtures_are_listed(inner: Inner) -> None:
    """Rule: `--fixtures` and `--markers` say what there is. Source: pytest's own ways."""
    text = inner.run("--fixtures", "--markers").text
    assert "@pytest.mark.amigo(**settings)" in text
    text = inner.run("--fixtures").text
    for name in ("", "_client", "_async_client", "_env", "_server [session scope]", "_settings"):
        assert f"amigo{name}" in text
