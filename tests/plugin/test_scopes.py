"""What is wider than a test: data, the guard and the environment of a whole run."""

from __future__ import annotations

import pytest

from tests.plugin.inner import Inner

pytest_plugins = ["pytester"]

WIPED = """
    import pytest

    @pytest.fixture(scope="module", autouse=True)
    def records(amigo_server):
        amigo_server.personas.create_many(10)

    def test_before(amigo):
        assert len(amigo.personas) == 0

    def test_after(amigo):
        amigo.personas.create()
        assert len(amigo.personas) == 1
"""


def test_records_that_are_wiped_are_told_of_once(inner: Inner) -> None:
    """Rule: what a wider fixture writes to the fake is gone in the next test; a warning says so at
    that test, and names what to do. What a test writes itself needs none.

    Source: the fixture `amigo`, as new for each test.
    """
    inner.write("test_wiped.py", WIPED)
    result = inner.run("-p", "no:randomly")
    result.passed(2)
    assert result.text.count("AmigoDataWarning: records were written to the fake outside") == 1
    assert "'amigo_settings'" in result.section("warnings summary")
    result = inner.run("-p", "no:randomly", "-W", "error::pytest_amigo.AmigoDataWarning")
    assert result.outcomes["test_before"] == "error"
    assert "AmigoDataWarning: records were written" in result.report("test_before")


def test_a_fixture_of_a_wider_scope_is_told_what_to_do(inner: Inner) -> None:
    """Rule: pytest refuses it, and the report says where such records belong. Source: the rule for
    mistakes.
    """
    inner.write(
        "test_wide.py",
        """
        import pytest

        @pytest.fixture(scope="module")
        def records(amigo): raise AssertionError

        def test_it(records): pass
        """,
    )
    assert "return {\"seed\": world} from a fixture 'amigo_settings'" in inner.run().text


FORGETFUL = """
    import socket
    import pytest

    def reach():
        try:
            socket.getaddrinfo("api.amigo.ai", 443)
        except Exception:
            pass

    def test_forgot(): reach()

    def test_other(): pass

    @pytest.mark.amigo(guard=False)
    def test_lets_it(amigo, monkeypatch):
        asked = []
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_: asked.append(1))
        reach()
        assert asked

    @pytest.fixture
    def broken():
        socket.getaddrinfo("api.amigo.ai", 443)

    def test_setup(broken): pass

    def test_after(): pass
"""


def test_the_guard_of_a_whole_run(inner: Inner) -> None:
    """Rule: `amigo_session_guard` guards tests that do not use the fake too, and fails those that
    swallow the error; a marker turns it off for a test. Source: the test that forgot the fixture is
    the one that reaches the real service.
    """
    inner.write("test_forgetful.py", FORGETFUL)
    inner.configure("amigo_session_guard = true")
    result = inner.run("-p", "no:randomly")
    assert result.outcomes == {
        "test_after": "passed",
        "test_forgot": "failed",
        "test_lets_it": "passed",
        "test_other": "passed",
        "test_setup": "error",
    }, result.text
    assert "tried to reach the real service at api.amigo.ai" in result.report("test_forgot")


SINGLETON = """
    import os

    import pytest

    BASE = os.environ.get("AMIGO_BASE_URL")  # read at import, as settings often are

    @pytest.mark.parametrize("number", range(4))
    def test_it(amigo, number):
        assert BASE == amigo.url == os.environ["AMIGO_BASE_URL"]

    def test_without_the_fake():
        assert BASE == os.environ["AMIGO_BASE_URL"]
"""


@pytest.mark.parametrize("workers", [0, 2])
def test_the_environment_of_a_whole_run(
    inner: Inner, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule: `amigo_session_environment` sets the variables before test modules are imported, in
    each worker those of its own fake. Source: settings that are read at import.
    """
    monkeypatch.setenv("AMIGO_BASE_URL", "http://elsewhere")
    inner.write("test_singleton.py", SINGLETON)
    inner.run_apart("--amigo-session-environment", f"-n{workers}").passed(5)


def test_the_environment_of_a_run_over_a_server(inner: Inner) -> None:
    """Rule: over `--amigo-url` it is refused, for each test has an organization of its own there.

    Source: the rule for mistakes.
    """
    inner.write("test_it.py", "def test_it(amigo): pass")
    result = inner.run("--amigo-session-environment", "--amigo-url=http://127.0.0.1:1")
    assert result.status == pytest.ExitCode.USAGE_ERROR
    assert "'amigo_session_environment' is for a fake of this run" in result.text


BLOCKED = """
    import socket

    import pytest

    class SocketBlockedError(RuntimeError):
        pass

    class GuardedSocket(socket.socket):
        def __new__(cls, *args, **kwargs):
            raise SocketBlockedError("A test tried to use socket.socket.")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(item):
        socket.socket = GuardedSocket
"""


def test_sockets_may_be_disabled(inner: Inner) -> None:
    """Rule: where a plugin disables sockets during tests, clients in process work; a fixture that
    is asked for too late says what to do. Source: pytest-socket's way.
    """
    inner.write("conftest.py", BLOCKED)
    inner.write(
        "test_it.py",
        """
        from paths import PERSONAS

        def test_it(amigo_client):
            assert amigo_client.get(PERSONAS).status_code == 200
        """,
    )
    inner.run_apart().passed(1)
    inner.write("test_it.py", "def test_it(request): request.getfixturevalue('amigo_client')")
    result = inner.run_apart()
    assert "sockets are disabled" in result.report("test_it")
