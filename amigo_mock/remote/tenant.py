"""A tenant of a fake that runs elsewhere, as tests read and change it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from time import perf_counter
from typing import Any

from amigo_mock.engine.backend import Snapshot
from amigo_mock.engine.start import SERVING, check_serving
from amigo_mock.errors import MockError
from amigo_mock.places import armed_at
from amigo_mock.remote.clock import RemoteClock
from amigo_mock.remote.control_client import ControlClient, TenantClient
from amigo_mock.remote.faults import RemoteFaults, RemoteRaces
from amigo_mock.remote.journal import RemoteJournal
from amigo_mock.remote.limits import RemoteMaintenance, RemoteRateLimits
from amigo_mock.remote.scripts import RemoteScripts
from amigo_mock.resources import CATALOG
from amigo_mock.settings import Settings
from amigo_mock.world.documents.document import read
from amigo_mock.world.identity import Identity
from amigo_mock.world.records.identity import ApiKey, User

TENANT_SETTINGS = frozenset(Settings.model_fields) - set(SERVING)


class RemoteTenant:
    """Reads and changes a tenant over the control API.

    The organization and the token of its first user are kept from the answer to its opening until
    something is changed.
    """

    def __init__(self, client: ControlClient, organization: str | None, settings: Settings) -> None:
        self.catalog = CATALOG
        self.settings = settings
        self.client = client
        self.control = TenantClient(client)
        self._wanted = organization
        self._process = os.getpid()
        self._opened = _Opened()
        self.clock = RemoteClock(self.control)
        self.limits = RemoteRateLimits(self.control, CATALOG)
        self.faults = RemoteFaults(self.control)
        self.journal = RemoteJournal(
            self.control, lambda: self.settings.journal_size, CATALOG.operations
        )
        self.maintenance = RemoteMaintenance(self.control)
        self.races = RemoteRaces(self.control)
        self.scripts = RemoteScripts(self.control)

    # Opening and closing

    def open(self, settings: Settings, *, record: bool = False) -> None:
        """Open the tenant, in place of an open one. Raises `MockError` if refused."""
        body = {
            "organization": self._wanted,
            "settings": _given(settings),
            "replaces": self.control.organization if self._process == os.getpid() else None,
            "record": record,
        }
        made = self.client.call("POST", "tenants", body)
        self.control.organization = made["organization"]
        self._process = os.getpid()
        self._forget()
        self._begin(settings, made["settings"])
        self._opened = _Opened(made, self.settings.token_lifetime / 2, self.control.changes)

    def close(self) -> None:
        """Delete the tenant, if it is there and was opened by this process."""
        organization, self.control.organization = self.control.organization, None
        self._forget()
        if organization is not None and self._process == os.getpid():
            with suppress(MockError):  # the tenant or the server may be gone
                self.client.call("DELETE", f"tenants/{organization}")
        self.client.close()

    def configure(self, settings: Settings) -> None:
        """Start over as a fake that was made with these settings.

        Settings that are left out are those of the server. Raises `MockError`, and changes
        nothing, for those that are wrong or decided where the fake is served.
        """
        check_serving(self.settings, settings)
        given = _given(settings)
        with self._starting_over():
            self._begin(settings, self.control.call("PUT", "settings", given))

    def reset(self) -> None:
        """Go back to the start: world, clock, limits, faults, maintenance, journal."""
        with self._starting_over():
            self.control.call("POST", "reset")

    def _begin(self, settings: Settings, there: Mapping[str, Any]) -> None:
        # The answer has neither secrets nor the world; those are kept as they were given here.
        names = TENANT_SETTINGS - {"seed", "signing_key"}
        told = Settings.of(**{name: value for name, value in there.items() if name in names})
        shown = {name: getattr(told, name) for name in told.model_fields_set}
        self.settings = settings.model_copy(update=shown)
        self.clock.start = told.clock.timestamp() if told.clock else None

    @contextmanager
    def _starting_over(self) -> Iterator[None]:
        self.faults.handles.refresh()
        self.races.handles.refresh()
        self.journal.tell()
        yield
        self._forget()

    def _forget(self) -> None:
        self.faults.handles.forget()
        self.races.handles.forget()
        self.journal.forget()

    # Its organization

    def first(self) -> Identity:
        """The organization of the tenant."""
        return self._identities()[0]

    def identity(self, organization: str) -> Identity | None:
        """The name, users and keys of an organization, if it is there."""
        return next((one for one in self._identities() if one.id == organization), None)

    def _identities(self) -> list[Identity]:
        if self._opened.holds(self.control.changes):
            return self._opened.identities
        return [_identity(one) for one in self.control.get("organizations")["organizations"]]

    def token(self, organization: str, user: str, expires_in: float | None = None) -> str:
        """A token without a sign-in. Raises `MockError` if there is no such user."""
        if expires_in is None and self._opened.holds(self.control.changes):
            token = self._opened.token(organization, user)
            if token is not None:
                return token
        body = {"organization": organization, "user": user, "expires_in": expires_in}
        return str(self.control.call("POST", "tokens", body, changes=False)["id_token"])

    def put_user(self, organization: str, user: User) -> None:
        """Add a user to an organization, or replace the one with that id."""
        body = {"organization": organization, **user.model_dump(mode="json")}
        self.control.call("POST", "users", body)

    # The world

    forks = True
    revision: tuple[int, ...] = ()  # others may change it at any time

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
        body = {"organization": organization, "kind": kind, "numbered": numbered}
        lists = {"records": list(records), "needed": needed or {}}
        answer = self.control.call("POST", "records", {**body, **lists}, changes=False)
        return list(answer["records"])

    def records(self, organization: str, kind: str, id: str | None = None) -> list[dict[str, Any]]:
        """The records of an organization, deleted ones too, each as a world has it; or just one."""
        found = self.control.get("records", organization=organization, kind=kind, id=id)
        return list(found["records"])

    def seed(self, world: Any) -> None:
        """Start over from a world, which a reset then comes back to. A path is read here."""
        self.control.call("PUT", "seed", read(world))

    def state(self) -> bytes:
        """The whole world as one JSON document."""
        return self.control.raw("GET", "state")

    def snapshot(self) -> Snapshot:
        """The world as it is, for `restore`; it is kept there, as one of the last 1,000."""
        number = self.control.call("POST", "snapshots", changes=False)["id"]
        return Snapshot(self.control.organization, number)

    def restore(self, snapshot: Snapshot) -> None:
        """Put the world back; clock, limits, faults and journal stay.

        Raises `MockError` for a snapshot of another fake, or one that is kept no longer.
        """
        snapshot.taken_of(self.control.organization)
        self.control.call("POST", "restore", {"id": snapshot.content})

    # Evidence

    def record(self, enabled: bool = True) -> None:
        """Record what a capsule needs, anew from here on; or no longer."""
        self.control.call("PUT", "recording", {"enabled": enabled}, changes=False)

    def capsule(self, test: str = "", random_seed: Any = None) -> dict[str, Any]:
        """All that was recorded, as a capsule's file has it. Raises `MockError` if nothing was."""
        found = self.control.get("capsule", test=test)
        return found if random_seed is None else {**found, "random_seed": random_seed}

    def unused(self) -> list[str]:
        """A sentence for each fault that never hit and each race that went otherwise.

        The listeners of the journal are called with the new entries of the same answer.
        """
        told: dict[str, Any] = {}

        def fetch(after: int | None) -> list[dict[str, Any]]:
            told.update(self.control.get("evidence", after=after))
            return list(told["requests"])

        self.journal.look(fetch)
        idle = [self.faults.handles.of(one).never_hit for one in told["faults"] if not one["hits"]]
        races = self.races.handles
        return idle + [
            f"{one['trouble']}{armed_at(races.of(one).place)}"
            for one in told["races"]
            if one["trouble"]
        ]


class _Opened:
    """The answer to the opening of a tenant, valid until something is changed."""

    def __init__(
        self, made: Mapping[str, Any] | None = None, seconds: float = 0, changes: int = 0
    ) -> None:
        made = made or {}
        self.identities = [_identity(made["identity"])] if made else []
        self._token = made.get("token")
        # An older token is replaced before it expires.
        self._until = perf_counter() + seconds
        self._changes = changes

    def holds(self, changes: int) -> bool:
        """True until something was changed."""
        return bool(self.identities) and self._changes == changes

    def token(self, organization: str, user: str) -> str | None:
        """The token of the answer, if it is for this user and does not expire soon."""
        (identity,) = self.identities
        if (organization, user) != (identity.id, next(iter(identity.users), None)):
            return None
        if self._token is None or perf_counter() > self._until:
            return None
        return str(self._token["id_token"])


def _identity(one: Mapping[str, Any]) -> Identity:
    users = [User.model_validate(user) for user in one["users"]]
    keys = [ApiKey.model_validate(key) for key in one["api_keys"]]
    return Identity(
        one["id"],
        one["name"],
        one["preferred_language"],
        one["timezone"],
        {user.id: user for user in users},
        {key.id: key for key in keys},
    )


def _given(settings: Settings) -> dict[str, Any]:
    """The settings that were given, without those of the server."""
    names = settings.model_fields_set & TENANT_SETTINGS
    given = settings.model_dump(mode="json", include=names - {"seed", "signing_key"})
    if "signing_key" in names:
        given["signing_key"] = settings.signing_key.get_secret_value()
    if "seed" in names:
        given["seed"] = None if settings.seed is None else read(settings.seed)
    return given
