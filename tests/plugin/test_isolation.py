"""The plugin costs nothing where it is not used, and leaves nothing behind."""

from __future__ import annotations

import re

import pytest

from tests.plugin.inner import Inner

pytest_plugins = ["pytester"]

ENDING = """
    import gc
    import sys
    import threading

    import pytest

    before = {thread.name for thread in threading.enumerate()}

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(config):
        gc.collect()
        left = {thread.name for thread in threading.enumerate()} - before
        print("threads left:", sorted(left))
        names = ("amigo_mock", "httpx2", "uvicorn", "faker", "pydantic")
        print("loaded:", sorted(name for name in names if name in sys.modules))
        print("plugin:", sorted(name for name in sys.modules if name.startswith("pytest_amigo")))
"""


def said(lines: list[str], head: str) -> str:
    found = [line for line in lines if line.startswith(head)]
    assert len(found) == 1, lines
    return found[0].removeprefix(head).strip()


def test_who_does_not_use_it_loads_nothing(inner: Inner) -> None:
    """Rule: nothing is imported or started until a fixture is used, though markers, options and
    `amigo_settings` are known. Source: the wanted behaviour of the fixtures.
    """
    inner.write("conftest.py", ENDING)
    inner.write("test_it.py", "def test_it(amigo_settings): assert amigo_settings == {}")
    result = inner.run_apart()
    result.passed(1)
    assert said(result.lines, "loaded:") == "[]"
    assert said(result.lines, "threads left:") == "[]"
    light = ["pytest_amigo", "pytest_amigo.fixtures", "pytest_amigo.options", "pytest_amigo.plugin"]
    assert said(result.lines, "plugin:") == str(light)


def test_what_is_not_used_is_not_started_and_nothing_is_left(inner: Inner) -> None:
    """Rule: a server is loaded when somebody connects, which `amigo_client` never does; threads
    and sockets end with the session. Source: the wanted behaviour of the fixtures.
    """
    inner.configure("filterwarnings = error")
    inner.write("conftest.py", ENDING)
    inner.write(
        "test_it.py",
        """
        import socket
        import sys

        import trio
        from bodies import persona
        from paths import PERSONAS

        def test_in_process(amigo, amigo_client, amigo_env):
            assert amigo_client.post(PERSONAS, json=persona()).status_code == 201
            assert amigo.url == amigo_env["AMIGO_BASE_URL"]
            assert {"uvicorn", "faker"}.isdisjoint(sys.modules)

        def test_in_process_on_a_loop(amigo_async_client):
            async def once():
                return (await amigo_async_client.get(PERSONAS)).status_code

            assert trio.run(once) == 200
            assert "uvicorn" not in sys.modules

        def test_over_the_socket(amigo):
            with amigo.client() as client:
                assert client.post(PERSONAS, json=persona()).status_code == 201
            assert "uvicorn" in sys.modules

        def test_a_connection_that_stays(amigo):
            port = int(amigo.url.rpartition(":")[2])
            held.append(socket.create_connection(("127.0.0.1", port)))

        def test_a_connection_that_was_cut(amigo):
            held.pop().close()
            amigo.personas.create()

        held = []
        """,
    )
    result = inner.run_apart("-W", "error::ResourceWarning")
    result.passed(5)
    assert said(result.lines, "threads left:") == "[]"
    assert "ResourceWarning" not in result.text
    assert "Exception ignored" not in result.text


def test_a_process_that_is_forked(inner: Inner) -> None:
    """Rule: a forked child reaches the fake of its parent by the url; the in-process client, which
    would change only a copy, refuses and says why. Source: the wanted behaviour of the fixtures.
    """
    inner.write(
        "test_fork.py",
        """
        import os
        import traceback
        from contextlib import suppress

        import httpx2
        import pytest
        from bodies import persona
        from paths import PERSONAS


        def in_child(act):
            # Of a child nothing may come back into this run of pytest.
            read, write = os.pipe()
            child = os.fork()
            if child == 0:
                try:
                    act()
                    text = "done"
                except BaseException:
                    text = traceback.format_exc()
                os.write(write, text.encode())
                os._exit(0)
            os.close(write)
            os.waitpid(child, 0)
            with open(read) as pipe:
                return pipe.read()


        @pytest.mark.parametrize("served", [False, True])
        def test_by_the_url(amigo, served):
            if served:
                with amigo.client() as client:
                    client.get(PERSONAS)
            headers = {"Authorization": f"Bearer {amigo.token()}"}
            url = os.environ["AMIGO_BASE_URL"] + PERSONAS

            def act():
                with httpx2.Client(trust_env=False, verify=False) as client:
                    assert client.post(url, json=persona(), headers=headers).status_code == 201

            assert in_child(act) == "done"
            assert [found.name for found in amigo.personas] == ["Ann"]


        def test_by_the_client(amigo, amigo_client):
            amigo_client.get(PERSONAS)
            text = in_child(lambda: amigo_client.post(PERSONAS, json=persona()))
            assert "this client belongs to the process that was forked" in text
            assert "reach the fake by its url" in text
            assert not amigo.personas.all()


        def test_by_the_asynchronous_client(amigo_async_client):
            import asyncio
            text = in_child(lambda: asyncio.run(amigo_async_client.get(PERSONAS)))
            assert "this client belongs to the process that was forked" in text
        """,
    )
    inner.run_apart().passed(4)


def test_sessions_follow_one_another(inner: Inner) -> None:
    """Rule: a second run in the same process has a fake of its own. Source: state never lives in a
    module.
    """
    inner.write("test_it.py", "def test_it(amigo): print('at', amigo.url); amigo.personas.create()")
    first, second = (inner.run("-s") for _ in range(2))
    for result in (first, second):
        result.passed(1)
    port = re.compile(r"at http://127\.0\.0\.1:[0-9]+")
    assert port.search(first.text)
    assert port.search(second.text)


@pytest.mark.parametrize(
    "how", ["", "--exitfirst", "--collect-only", "--setup-plan", "--doctest-modules"]
)
def test_however_it_is_run(inner: Inner, how: str) -> None:
    """Rule: the ways to run less than everything, or other than functions, end well.

    Source: pytest's own ways.
    """
    inner.write(
        "test_it.py",
        """
        '''
        >>> getfixture("amigo").personas.create(name="Ann").name
        'Ann'
        '''

        def test_it(amigo, amigo_client): assert not amigo.personas.all()
        """,
    )
    result = inner.run(*filter(None, [how]))
    assert result.status == 0, result.text
    assert ("2 passed" in result.text) == (how == "--doctest-modules")
