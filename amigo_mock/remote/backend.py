"""Remote: an AmigoMock over a fake that runs elsewhere, in an organization of its own there."""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, Self

from amigo_mock.engine.fake import SERVING, check_serving
from amigo_mock.errors import MockError
from amigo_mock.mock import AmigoMock
from amigo_mock.remote.control_client import Wire
from amigo_mock.remote.parts import (
    Levers,
    RemoteClock,
    RemoteFaults,
    RemoteJournal,
    RemoteLimits,
    RemoteMaintenance,
    RemoteRaces,
    RemoteScripts,
    RemoteSnapshot,
)
from amigo_mock.settings import Settings
from amigo_mock.world.document import read
from amigo_mock.world.records import ApiKey, User
from amigo_mock.world.world import Identity, Snapshot

if TYPE_CHECKING:
    import httpx2

    from amigo_mock.server.app import Application

SETTINGS = frozenset(Settings.model_fields) - set(SERVING)


class RemoteFake:
    """A tenant of a fake that runs elsewhere, for `AmigoMock`, with the interface of `Fake`."""

    def __init__(
        self,
        url: str,
        organization: str | None = None,
        settings: Settings | None = None,
        control_token: str | None = None,
    ) -> None:
        self.settings = settings or Settings()
        secret = self.settings.control_token
        if control_token is None and secret is not None:
            control_token = secret.get_secret_value()
        self._wanted = organization
        self._levers = Levers(Wire(url, control_token))
        self._process = os.getpid()
        self.clock = RemoteClock(self._levers)
        self.limits = RemoteLimits(self._levers)
        self.faults = RemoteFaults(self._levers)
        self.journal = RemoteJournal(self._levers, lambda: self.settings.journal_size)
        self.maintenance = RemoteMaintenance(self._levers)
        self.races = RemoteRaces(self._levers)
        self.scripts = RemoteScripts(self._levers)

    # The tenant

    @property
    def wire(self) -> Wire:
        """How it is reached."""
        return self._levers.wire

    def open(self) -> None:
        """Make the tenant. Raises `MockError` if there is no fake, or it refuses."""
        order = {"organization": self._wanted, "settings": _given(self.settings)}
        try:
            self.wire.greet()
            made = json.loads(self.wire.ask("POST", "tenants", order))
        except BaseException:
            self.wire.close()
            raise
        self._levers.organization = made["organization"]
        self._process = os.getpid()
        self._begin(self.settings, made["settings"])

    def close(self) -> None:
        """Delete the tenant, if it is there and was made by this process."""
        organization, self._levers.organization = self._levers.organization, None
        self._forget()
        if organization is not None and self._process == os.getpid():
            with suppress(MockError):  # it is gone already, or the whole server is
                self.wire.ask("DELETE", f"tenants/{organization}")
        self.wire.close()

    def configure(self, settings: Settings) -> None:
        """Start over as a fake that was made with these settings.

        What was not said in them is as the server was made with. Raises `MockError`, and changes
        nothing, for those that are wrong or decided where the fake is served.
        """
        check_serving(self.settings, settings)
        given = _given(settings)
        with self._starting_over():
            self._begin(settings, self._levers.pull("PUT", "settings", given))

    def _begin(self, settings: Settings, there: Mapping[str, Any]) -> None:
        # What is secret, and the world, is known only as far as it was said here.
        names = SETTINGS - {"seed", "signing_key"}
        told = Settings.of(**{name: value for name, value in there.items() if name in names})
        shown = {name: getattr(told, name) for name in told.model_fields_set}
        self.settings = settings.model_copy(update=shown)
        self.clock.start = told.clock.timestamp() if told.clock else None

    @contextmanager
    def _starting_over(self) -> Iterator[None]:
        self.faults.look()
        self.races.look()
        self.journal.hear()
        yield
        self._forget()

    def _forget(self) -> None:
        self.faults.forget()
        self.races.forget()
        self.journal.forget()

    # The state

    def first(self) -> Identity:
        """The organization of the tenant. Raises `MockError` if its world has none."""
        for identity in self._identities():
            return identity
        raise MockError("the world has no organization; give it one, or reset it")

    def identity(self, organization: str) -> Identity | None:
        """Who an organization is, if it is there."""
        return next((one for one in self._identities() if one.id == organization), None)

    def _identities(self) -> Iterator[Identity]:
        for one in self._levers.get("organizations")["organizations"]:
            users = [User.model_validate(user) for user in one["users"]]
            keys = [ApiKey.model_validate(key) for key in one["api_keys"]]
            yield Identity(
                one["id"],
                one["name"],
                one["preferred_language"],
                one["timezone"],
                {user.id: user for user in users},
                {key.id: key for key in keys},
            )

    def token(self, organization: str, user: str, expires_in: float | None = None) -> str:
        """A token without a sign-in. Raises `MockError` if there is no such user."""
        order = {"organization": organization, "user": user, "expires_in": expires_in}
        return str(self._levers.pull("POST", "tokens", order)["id_token"])

    def put_user(self, organization: str, user: User) -> None:
        """Add a user to an organization, or replace the one with that id."""
        order = {"organization": organization, **user.model_dump(mode="json")}
        self._levers.pull("POST", "users", order)

    def add_records(
        self,
        organization: str,
        kind: str,
        records: Sequence[Mapping[str, Any]],
        *,
        numbered: bool = False,
        needed: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    ) -> list[dict[str, Any]]:
        """Add records to an organization, each as a world has it; answers them filled in."""
        order = {"organization": organization, "kind": kind, "numbered": numbered}
        lists = {"records": list(records), "needed": needed or {}}
        answer = self._levers.pull("POST", "records", {**order, **lists})
        return list(answer["records"])

    def records(self, organization: str, kind: str, id: str | None = None) -> list[dict[str, Any]]:
        """The records of an organization, deleted ones too, each as a world has it; or just one."""
        found = self._levers.get("records", organization=organization, kind=kind, id=id)
        return list(found["records"])

    def seed(self, world: Any) -> None:
        """Start over from a world, which a reset then comes back to. A path is read here."""
        self._levers.pull("PUT", "seed", read(world))

    def put_state(self, world: Any) -> None:
        """Replace the world, as `seed` does, but leave the start as it is."""
        self._levers.pull("PUT", "state", read(world))

    def state(self) -> bytes:
        """The whole world as one JSON document."""
        return self._levers.raw("GET", "state")

    def snapshot(self) -> Snapshot:
        """The world as it is, for `restore`; it is kept there, as one of the last 1,000."""
        number = self._levers.pull("POST", "snapshots")["id"]
        return RemoteSnapshot(self._levers.organization, number)

    def restore(self, snapshot: Snapshot) -> None:
        """The world as it was; clock, limits, faults and journal stay.

        Raises `MockError` for a snapshot of another fake, or one that is kept no longer.
        """
        own = self._levers.organization
        if not isinstance(snapshot, RemoteSnapshot) or snapshot.organization != own:
            raise MockError("this snapshot was taken of another fake")
        self._levers.pull("POST", "restore", {"id": snapshot.number})

    def record(self, enabled: bool = True) -> None:
        """Note what a capsule needs, anew from here on; or no longer."""
        self._levers.pull("PUT", "recording", {"enabled": enabled})

    def capsule(self, test: str = "", seed: Any = None) -> dict[str, Any]:
        """All that was noted, as a capsule's file has it. Raises `MockError` if nothing was."""
        found = self._levers.get("capsule", test=test)
        return found if seed is None else {**found, "seed": seed}

    def reset(self) -> None:
        """Everything as at the start: world, clock, limits, faults, maintenance, journal."""
        with self._starting_over():
            self._levers.pull("POST", "reset")


def _given(settings: Settings) -> dict[str, Any]:
    """What was said of settings, apart from what is decided where the fake is served."""
    names = settings.model_fields_set & SETTINGS
    given = settings.model_dump(mode="json", include=names - {"seed", "signing_key"})
    if "signing_key" in names:
        given["signing_key"] = settings.signing_key.get_secret_value()
    if "seed" in names:
        given["seed"] = None if settings.seed is None else read(settings.seed)
    return given


class RemoteMock(AmigoMock):
    """An `AmigoMock` over a fake that runs elsewhere; see `AmigoMock.at`."""

    def __init__(self, fake: RemoteFake) -> None:
        self._remote = fake
        self._lent: tuple[int, httpx2.BaseTransport] | None = None
        self._lock = Lock()
        self._set_up(fake)

    def start(self) -> Self:
        """Make the tenant. Raises `MockError` if no fake answers, or it refuses."""
        if not self._url:
            self._remote.open()
            self._url = self._remote.wire.url
        return self

    def stop(self) -> None:
        """Delete the tenant, with everything in it. The server goes on."""
        self._url = ""
        lent, self._lent = self._lent, None
        if lent is not None and lent[0] == os.getpid():
            lent[1].close()
        self._remote.close()

    @cached_property
    def app(self) -> Application:
        """Not here. Raises `RuntimeError`."""
        raise RuntimeError("the application is served elsewhere; reach it by its url")

    def client(
        self,
        user: str | None = None,
        *,
        in_process: bool = False,
        **options: Any,
    ) -> httpx2.Client:
        """An HTTP client that is signed in, over the socket in any case. Close it.

        With `in_process` it goes over connections that all such clients share, and need not be
        closed either.
        """
        if in_process:
            from amigo_mock.clients.pooled import Borrowed

            options = {"transport": Borrowed(self._lend), **options}
        return super().client(user, **options)

    def async_client(
        self,
        user: str | None = None,
        *,
        in_process: bool = False,
        **options: Any,
    ) -> httpx2.AsyncClient:
        """As `client`, for asyncio and trio."""
        if in_process:
            from amigo_mock.clients.pooled import AsyncBorrowed

            options = {"transport": AsyncBorrowed(self._lend), **options}
        return super().async_client(user, **options)

    def _lend(self) -> httpx2.BaseTransport:
        with self._lock:
            if self._lent is None or self._lent[0] != os.getpid():
                self._lent = os.getpid(), self._loopback()
            return self._lent[1]

    def _verify(self) -> ssl.SSLContext | bool:
        return True if self._remote.wire.secure else super()._verify()
