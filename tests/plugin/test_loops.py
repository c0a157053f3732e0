"""Event loops: asyncio, uvloop and trio, by pytest-asyncio and by anyio's own plugin."""

from __future__ import annotations

from tests.plugin.inner import Inner

pytest_plugins = ["pytester"]

CONFIGURATION = """
filterwarnings = error
asyncio_mode = {mode}
asyncio_default_fixture_loop_scope = function
"""

TESTS = """
    import pytest
    from bodies import persona
    from paths import PERSONAS


    async def create(client, amigo):
        assert (await client.get(PERSONAS)).json()["simulation_personas"] == []
        assert (await client.post(PERSONAS, json=persona())).status_code == 201
        async with amigo.async_client() as other:
            assert (await other.post(PERSONAS, json=persona())).status_code == 409
        assert len(amigo.personas) == 1
        assert [entry.status for entry in amigo.requests] == [200, 201, 409]
"""

ANYIO = """
    import loops


    @pytest.fixture(params=[
        pytest.param(("asyncio", {"use_uvloop": False}), id="asyncio"),
        pytest.param(("asyncio", {"use_uvloop": True}), id="uvloop"),
        pytest.param(("trio", {}), id="trio"),
    ])
    def anyio_backend(request):
        return request.param


    @pytest.mark.anyio
    async def test_anyio(amigo_async_client, amigo, anyio_backend, request):
        assert loops.current() == request.node.callspec.id
        await create(amigo_async_client, amigo)


    @pytest.fixture
    async def made(amigo_async_client):
        answer = await amigo_async_client.post(PERSONAS, json=persona("Prepared"))
        yield answer.json()["simulation_persona_id"]
        assert (await amigo_async_client.get(PERSONAS)).status_code == 200


    @pytest.mark.anyio
    async def test_a_fixture_on_the_loop(made, amigo):
        assert amigo.personas.get(made).name == "Prepared"


    @pytest.mark.anyio
    async def test_many_at_once(amigo_async_client, amigo):
        import anyio

        async def post(number):
            await amigo_async_client.post(PERSONAS, json=persona(f"Number {number}"))

        async with anyio.create_task_group() as group:
            for number in range(20):
                group.start_soon(post, number)
        assert len(amigo.personas) == 20


    @pytest.mark.anyio
    @pytest.mark.amigo(auto_advance=True)
    async def test_waiting_costs_nothing(amigo_async_client, amigo):
        import anyio

        amigo.faults.add("get-simulation-personas", status=503, headers={"Retry-After": "60"})
        before = amigo.clock.now()
        assert (await amigo_async_client.get(PERSONAS)).status_code == 503
        await anyio.sleep(60)
        assert amigo.clock.now() - before >= 59
"""

LOOPS = """
def current():
    import asyncio
    try:
        return "uvloop" if "uvloop" in type(asyncio.get_running_loop()).__module__ else "asyncio"
    except RuntimeError:
        return "trio"
"""

ASYNCIO = """
    mark = (lambda test: test) if {auto} else pytest.mark.asyncio


    @mark
    async def test_asyncio(amigo_async_client, amigo):
        await create(amigo_async_client, amigo)


    @mark
    async def test_once_more(amigo_async_client, amigo):
        await create(amigo_async_client, amigo)


    class TestClass:
        @mark
        async def test_method(self, amigo_async_client, amigo):
            await create(amigo_async_client, amigo)

        def test_without_a_loop(self, amigo_client, amigo):
            assert amigo_client.post(PERSONAS, json=persona()).status_code == 201
"""

SHARED = """
    import pytest_asyncio

    @pytest_asyncio.fixture(loop_scope="module", scope="module")
    async def address(amigo_server):
        return amigo_server.url

    @pytest.mark.asyncio(loop_scope="module")
    @pytest.mark.parametrize("again", range(2))
    async def test_on_one_loop(address, amigo, amigo_async_client, again):
        assert address == amigo.url
        await create(amigo_async_client, amigo)
"""


def test_on_every_loop(inner: Inner) -> None:
    """Rule: the asynchronous client and the fixtures work on asyncio, uvloop and trio.

    With pytest-asyncio in its strict mode and anyio's plugin side by side, where warnings are
    errors. Source: the wanted behaviour of the fixtures.
    """
    inner.configure(CONFIGURATION.format(mode="strict"))
    inner.write("loops.py", LOOPS)
    inner.write("test_anyio.py", TESTS + ANYIO)
    inner.write("test_asyncio.py", TESTS + ASYNCIO.replace("{auto}", "False") + SHARED)
    inner.run_apart("-W", "error", beside=("asyncio",)).passed(12 + 4 + 2)


def test_where_every_coroutine_is_a_test(inner: Inner) -> None:
    """Rule: the same in the automatic mode of pytest-asyncio, and in two processes.

    Source: the wanted behaviour of the fixtures.
    """
    inner.configure(CONFIGURATION.format(mode="auto"))
    inner.write("test_asyncio.py", TESTS + ASYNCIO.replace("{auto}", "True"))
    inner.run_apart("-W", "error", "-n", "2", beside=("asyncio",)).passed(4)
