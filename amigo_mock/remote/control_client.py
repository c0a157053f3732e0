"""A client of the control API of a fake that runs elsewhere."""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, NoReturn
from urllib.parse import urlencode, urlsplit

from pydantic import SecretStr
from pydantic_core import PydanticSerializationError, to_json

from amigo_mock.errors import MockError
from amigo_mock.server.sockets import readable

TIMEOUT = 60.0  # seconds


class Unreachable(MockError):
    """Nothing answers where a fake should."""


class ControlClient:
    """Calls the control API, from any thread. Connections are kept and reused; no proxy is asked.

    `named` is where the control token is given. Raises `MockError` if no fake answers, and with
    the detail of a refusal if it refuses.
    """

    def __init__(
        self,
        url: str,
        control_token: str | None = None,
        named: str = "control_token",
        timeout: float = TIMEOUT,
    ) -> None:
        self.url = url.rstrip("/")
        try:
            parts = urlsplit(self.url)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise MockError(f"the url {url!r} is none: {error}") from None
        if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
            raise MockError(f"the url of a fake is like 'http://127.0.0.1:8484', not {url!r}")
        if parts.username is not None:
            raise MockError("the url of a fake has no user name in it; give control_token instead")
        if control_token is not None and not control_token.isprintable():
            raise MockError(f"{named} is not one line of text")
        self._secret = control_token
        self._named = named
        self._timeout = timeout
        self._kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._host, self._port, self._base = host, port, parts.path
        self._process = os.getpid()
        self._idle: deque[HTTPConnection] = deque()

    @property
    def secure(self) -> bool:
        """True over TLS."""
        return self._kind is HTTPSConnection

    def greet(self) -> None:
        """Check that a fake answers. Raises `MockError` if not, or if it refuses this client."""
        status, body = self._exchange("GET", "/_mock/health", None, None)
        detail = _detail(body)
        if status == 200 and _is_health(body):
            return
        if status in (401, 403) and "control API" in str(detail):
            self._refuse("GET", "/_mock/health", status, body)
        raise MockError(f"what answers at {self.url} is no fake; start one with 'amigo-mock serve'")

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Call an operation of the fake itself; returns the parsed answer."""
        answer = self.raw(method, path, body)
        return json.loads(answer) if answer else None

    def raw(
        self, method: str, path: str, body: Any = None, organization: str | None = None
    ) -> bytes:
        """Call an operation, of a tenant if one is named; returns the bytes of the answer.

        `path` is the part after `/_mock/`.
        """
        path = f"/_mock/{path}"
        content = None if body is None else encoded(body)
        status, answer = self._exchange(method, path, content, organization)
        if status >= 300:
            self._refuse(method, path, status, answer)
        return answer

    def close(self) -> None:
        """Close all connections; the next call opens one."""
        while self._idle:
            self._idle.pop().close()

    def _exchange(
        self, method: str, path: str, content: bytes | None, organization: str | None
    ) -> tuple[int, bytes]:
        connection = self._connection()
        try:
            connection.request(method, self._base + path, content, self._headers(organization))
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, HTTPException, UnicodeError) as error:  # IDNA lacks some names
            connection.close()
            reason = " ".join(str(error).split()) or type(error).__name__
            raise Unreachable(
                f"no fake answers at {self.url} ({reason}); start one with 'amigo-mock serve'"
            ) from None
        except BaseException:
            connection.close()  # the rest of an answer may still arrive
            raise
        if answer.will_close:
            connection.close()
        else:
            self._idle.append(connection)
        return answer.status, body

    def _headers(self, organization: str | None) -> dict[str, str | bytes]:
        headers: dict[str, str | bytes] = {"Content-Type": "application/json"}
        if organization is not None:
            headers["X-Amigo-Mock-Organization"] = organization
        if self._secret is not None:
            headers["Authorization"] = f"Bearer {self._secret}".encode()
        return headers

    def _connection(self) -> HTTPConnection:
        if self._process != os.getpid():
            # This is a forked process, and the connections belong to its parent.
            self.close()
            self._process = os.getpid()
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return self._kind(self._host, self._port, timeout=self._timeout)
            # An idle connection is readable only once the server has closed it. Because of this
            # check no request has to be sent twice.
            if connection.sock is not None and not readable(connection.sock, seconds=0):
                return connection
            connection.close()

    def _refuse(self, method: str, path: str, status: int, body: bytes) -> NoReturn:
        detail = _detail(body)
        if status == 401 and self._secret is None:
            text = f"the fake at {self.url} asks for its control token: give it as {self._named}"
        elif status == 401:
            text = f"the fake at {self.url} has another control token than the one that was given"
        elif status == 403:
            text = (
                f"the fake at {self.url} lets nobody use its control API from here: "
                f"start it with a control token, and give it as {self._named}"
            )
        elif status in (404, 405) and (detail or "").startswith(("Not Found", "Method Not")):
            text = (
                f"the fake at {self.url} does not know {method} {path.partition('?')[0]}: it is "
                "of an older version; update it"
            )
        elif detail is None or status >= 500:
            text = f"the fake at {self.url} answered {status} to {method} {path}"
        else:
            text = detail.removesuffix(".")
        raise MockError(text)


class TenantClient:
    """Calls the control API of one tenant. Raises `RuntimeError` while there is none.

    `changes` counts the calls that may have changed its organization or the clock.
    """

    def __init__(self, client: ControlClient) -> None:
        self.organization: str | None = None
        self.changes = 0
        self._client = client

    def raw(self, method: str, path: str, body: Any = None) -> bytes:
        """Call an operation; returns the bytes of the answer."""
        if self.organization is None:
            raise RuntimeError(
                "AmigoMock is not running: use 'with AmigoMock.at(url) as mock' or start()"
            )
        return self._client.raw(method, path, body, self.organization)

    def call(self, method: str, path: str, body: Any = None, *, changes: bool = True) -> Any:
        """Call an operation; returns the parsed answer."""
        self.changes += changes
        answer = self.raw(method, path, body)
        return json.loads(answer) if answer else None

    def get(self, path: str, **query: Any) -> Any:
        """Call an operation that only reads; a parameter that is None is left out."""
        given = {name: value for name, value in query.items() if value is not None}
        return self.call("GET", f"{path}?{urlencode(given)}" if given else path, changes=False)


def encoded(body: Any) -> bytes:
    """Serialize a value, also times and records. Raises `MockError` for others."""
    try:
        return to_json(body, fallback=_plain)
    except (PydanticSerializationError, ValueError) as error:
        raise MockError(f"cannot be sent as JSON: {error}") from None


def _plain(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Sequence):
        return list(value)  # the long lists of a world file, which are read item by item
    raise ValueError(f"{type(value).__name__} is not JSON")


def _is_health(body: bytes) -> bool:
    try:
        return bool(json.loads(body).keys() >= {"status", "organizations", "strict"})
    except (ValueError, AttributeError):
        return False


def _detail(body: bytes) -> str | None:
    """The detail of a refusal, or its first finding."""
    try:
        detail = json.loads(body)["detail"]
        if isinstance(detail, list):
            place = ".".join(str(part) for part in detail[0]["loc"][1:])
            return f"{place}: {detail[0]['msg']}" if place else str(detail[0]["msg"])
        return str(detail)
    except (ValueError, LookupError, TypeError):
        return None
