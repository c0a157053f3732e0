"""The guard: a test that uses the fake does not reach the real service by mistake.

It looks at names before they are resolved, so it sees neither requests through a proxy, which
resolves for its clients, nor libraries with a resolver of their own (libcurl, c-ares).
"""

from __future__ import annotations

import _socket
import re
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from threading import Lock
from types import FunctionType
from typing import Any
from unicodedata import normalize
from weakref import WeakKeyDictionary

from amigo_mock.state.switch import Switch
from pytest_amigo.safety.import_hook import ImportHook

# `api.amigo.ai`, `api-eu-central-1.amigo.ai`, `internal-api.amigo.ai`, and what is below such.
_REAL = re.compile(r"(?:api|api-[^.]*|[^.]*-api)(?:\.[^.]+)*\.amigo\.ai\.?", re.IGNORECASE)


class AmigoGuardError(RuntimeError):
    """A request was on its way to the real service.

    Not an `OSError`: HTTP clients wrap those, and try again.
    """

    def __init__(self, host: str) -> None:
        super().__init__(host)
        self.host = host

    def __str__(self) -> str:
        return (
            f"a request was about to leave for the real service at {self.host}; send it to the "
            "fake of the 'amigo' fixture: the base URL is AMIGO_BASE_URL or 'amigo.url', and "
            "'amigo_client' is a client for it; to let tests reach the real service, "
            "set 'amigo_guard = false', or mark one with @pytest.mark.amigo(guard=False)"
        )


class Guard(Switch):
    """Refuses to look up or to connect to a real Amigo host, by name and in any thread.

    Every way to a name raises `AmigoGuardError` before anything is resolved: those of `socket`,
    through which asyncio, trio and anyio go too, and those of uvloop. `attempts` has the hosts
    that were asked for since the outermost `start`, for whoever has to know although the
    application swallowed the error.
    """

    def __init__(self) -> None:
        self.attempts: list[str] = []
        self._on = False
        self._depth = 0
        self._lock = Lock()
        self._functions = [_GuardedFunction(self.check, *way) for way in _SOCKET]
        self._import_hook = ImportHook({"uvloop"}, lambda _: self._look_for_uvloop())
        self._sees_uvloop = False

    def start(self) -> None:
        """Guard, until there were as many calls of `stop`."""
        with self._lock:
            self._depth += 1
            if self._depth == 1:
                self.attempts = []
                self._on = True
                for function in self._functions:
                    function.install()
                if not self._sees_uvloop:
                    sys.meta_path.insert(0, self._import_hook)
                    self._look_for_uvloop()

    def stop(self) -> None:
        """Put everything back; what somebody else has replaced meanwhile stays theirs."""
        with self._lock:
            self._depth = max(self._depth - 1, 0)
            if self._depth == 0:
                self._on = False
                for function in self._functions:
                    function.remove()
                with suppress(ValueError):
                    sys.meta_path.remove(self._import_hook)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Guard nothing for the length of a block."""
        before, self._on = self._on, False
        try:
            yield
        finally:
            self._on = before

    def _look_for_uvloop(self) -> None:
        # Its loops resolve in C. It is not imported for this: it may come later, or never.
        uvloop = sys.modules.get("uvloop")
        if uvloop is None or self._sees_uvloop or not hasattr(uvloop, "Loop"):
            return
        self._sees_uvloop = True
        functions = [_GuardedFunction(self.check, uvloop.Loop, *way) for way in _UVLOOP]
        self._functions += functions
        if self._on:
            for function in functions:
                function.install()

    def check(self, target: object) -> None:
        """Raise `AmigoGuardError` if this is on and `target`, a host or an address, is real."""
        if not self._on:
            return
        host = target[0] if isinstance(target, tuple | list) and target else target
        if isinstance(host, bytes | bytearray):
            host = host.decode("latin-1")
        if isinstance(host, str):
            # As IDNA reads it: full-width letters, and the full stops of other scripts.
            host = normalize("NFKC", host).replace("\u3002", ".").rstrip(".").lower()
        if isinstance(host, str) and _REAL.fullmatch(host):
            name = host
            self.attempts.append(name)
            raise AmigoGuardError(name)


class _GuardedFunction:
    """A function of a module or class that is given a host as one of its arguments."""

    def __init__(
        self,
        check: Callable[[object], None],
        owner: Any,
        name: str,
        position: int,
        keyword: str,
    ) -> None:
        self._check = check
        self._owner = owner
        self._name = name
        self._position = position
        self._keyword = keyword
        self._inherited = name not in vars(owner)
        self._theirs: Callable[..., Any] | None = None
        self._ours: Callable[..., Any] | None = None
        # Every one of ours that somebody still holds, and what it stands before.
        self._made: WeakKeyDictionary[Callable[..., Any], Callable[..., Any]] = WeakKeyDictionary()

    def install(self) -> None:
        """Replace what is there by a function that checks the host first."""
        found = getattr(self._owner, self._name)
        if found is not self._theirs:
            if self._is_ours(found):
                return  # another replacement covered ours at the removal, and is gone
            self._theirs, self._ours = found, self._before(found)
            self._made[self._ours] = found
        self._inherited = self._name not in vars(self._owner)
        setattr(self._owner, self._name, self._ours)

    def remove(self) -> None:
        """Put back what was there, unless ours is covered by somebody else's."""
        found = vars(self._owner).get(self._name)
        if found is not self._ours and not self._is_ours(found):
            return
        if self._inherited:
            delattr(self._owner, self._name)
        else:
            theirs = self._theirs if found is self._ours else self._made[found]
            setattr(self._owner, self._name, theirs)

    def _is_ours(self, found: Any) -> bool:
        return isinstance(found, FunctionType) and found in self._made

    def _before(self, theirs: Callable[..., Any]) -> Callable[..., Any]:
        check, position, keyword = self._check, self._position, self._keyword

        @wraps(theirs)
        def guarded(*arguments: Any, **options: Any) -> Any:
            given = len(arguments) > position
            check(arguments[position] if given else options.get(keyword))
            return theirs(*arguments, **options)

        return guarded


# Owner, name, and where the host is among the arguments.
_SOCKET: tuple[tuple[Any, str, int, str], ...] = (
    (socket, "getaddrinfo", 0, "host"),
    (_socket, "getaddrinfo", 0, "host"),  # for whoever holds the function of `socket` itself
    (socket, "gethostbyname", 0, "hostname"),
    (socket, "gethostbyname_ex", 0, "hostname"),
    (socket, "gethostbyaddr", 0, "ip_address"),
    (socket.socket, "connect", 1, "address"),
    (socket.socket, "connect_ex", 1, "address"),
)
_UVLOOP = (
    ("getaddrinfo", 1, "host"),
    ("create_connection", 2, "host"),
    ("create_datagram_endpoint", 3, "remote_addr"),
)
