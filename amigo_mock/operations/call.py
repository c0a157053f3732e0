"""The call that a handler gets: one request, authenticated and validated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel

from amigo_mock.errors import ApiError
from amigo_mock.operations.operation import Operation
from amigo_mock.operations.parameters import Parameters
from amigo_mock.settings import Settings
from amigo_mock.state.access import Access, Caller, allowed, unconditional
from amigo_mock.state.clock import deadline, utc
from amigo_mock.state.scripts import Script, Scripts
from amigo_mock.world.collection import Collection
from amigo_mock.world.ids import IdSeries
from amigo_mock.world.kind import Kind
from amigo_mock.world.records import Grant, Stored, UserInfo, Version
from amigo_mock.world.world import Organization

P = TypeVar("P", bound=Parameters)
B = TypeVar("B")
R = TypeVar("R", bound=Stored)
V = TypeVar("V", bound=Version | None)
S = TypeVar("S", bound=BaseModel)


class Addressed(Protocol):
    """A request, as far as handlers see it."""

    @property
    def address(self) -> str:
        """The address of the server, as the client calls it."""
        raise NotImplementedError


@dataclass(slots=True)
class Call(Generic[P, B]):
    """One request, authenticated and validated, as its handler sees it.

    `moment` is the fake's time, which stands still for it, in seconds since the epoch; so many
    seconds `behind` that of clients. `asked` are the permissions that its answer hangs on, as far
    as the handler has got; `read` are the collections that it has looked at.
    """

    operation: Operation
    organization: Organization
    caller: Caller | None
    grants: Sequence[Grant]
    parameters: P
    body: B
    moment: float
    behind: float
    ids: IdSeries
    access: Access
    settings: Settings
    scripts: Scripts
    request: Addressed
    asked: set[str]
    read: list[Collection[Any, Any]] = field(default_factory=list)

    def error(self, status: int) -> ApiError:
        """The declared answer of this status. An undeclared one is a `KeyError`: our own bug."""
        return ApiError(status, self.operation.errors[status])

    def records(self, kind: Kind[R, V]) -> Collection[R, V]:
        """The organization's records of one kind, as of now."""
        return self._settled(self.organization.collection(kind))

    def others(self, kind: str) -> Collection[Any, Any]:
        """The organization's records of another resource's kind, by its name, as of now."""
        return self._settled(self.organization.named(kind))

    def _settled(self, records: Collection[R, V]) -> Collection[R, V]:
        if not records.settled:
            records.settle(self.now)
        self.read.append(records)
        return records

    @property
    def pending(self) -> bool:
        """True if something that the handler has looked at is under way, and time will end it."""
        return any(not records.settled for records in self.read)

    @property
    def now(self) -> datetime:
        """The time, to the millisecond."""
        return utc(self.moment)

    def deadline(self, at: float) -> datetime:
        """A moment of the fake's time as clients are told it, who look at their own clock."""
        return deadline(at, self.behind)

    @property
    def user(self) -> UserInfo:
        """The caller, as records name people."""
        assert self.caller is not None
        return self.caller.info

    def id(self, kind: Kind[Any, Any]) -> str:
        """A new id for a record of a kind, or for a version of one."""
        return self.ids.of(self.organization.id, kind.name).make()

    def reserve_ids(self, kind: Kind[Any, Any], count: int) -> str:
        """The first of so many new ids in a row."""
        return self.ids.of(self.organization.id, kind.name).reserve(count)

    def scripted(self, script: Script[S]) -> list[S]:
        """The values of a script that hold for the organization, oldest first."""
        return self.scripts.about(script, self.organization.id)

    def take(self, script: Script[S], fits: Callable[[S], bool]) -> S | None:
        """The first value of a script that fits; it is used up if the script says `once`."""
        return self.scripts.take(script, self.organization.id, fits)

    def permitted(self, record: BaseModel | None = None, *permissions: str) -> bool:
        """Report whether the caller has these permissions: for the record, or for any at all.

        Without any named, it is about every one that the operation declares.
        """
        permissions = permissions or self.operation.permissions
        if not self._granted(record, permissions):
            return False
        self.asked.update(permissions)
        return True

    def _granted(self, record: BaseModel | None, permissions: Sequence[str]) -> bool:
        if record is None:
            return all(allowed(self.grants, permission, None) for permission in permissions)
        if unconditional(self.grants, permissions):
            return True
        attributes = {"org_id": self.organization.id, **record.model_dump()}
        return all(allowed(self.grants, permission, attributes) for permission in permissions)

    def require(self, record: BaseModel | None = None, *permissions: str) -> None:
        """Answer 403 unless the caller is `permitted`."""
        permissions = permissions or self.operation.permissions
        self.asked.update(permissions)
        if not self._granted(record, permissions):
            raise self.error(403)

    def visible(self, *permissions: str) -> Callable[[Any], bool] | None:
        """The test of a record that the caller may see in a list; None if they may see all."""
        if unconditional(self.grants, permissions or self.operation.permissions):
            self.asked.update(permissions or self.operation.permissions)
            return None
        return lambda record: self.permitted(record, *permissions)

    def link(self, path: str, expires_at: datetime) -> str:
        """A URL of this server that proves itself until then, for `linked`."""
        until = int(expires_at.timestamp())
        signature = self.access.sign(f"{path}?{until}")
        return f"{self.request.address}{path}?expires={until}&signature={signature}"

    def linked(self, path: str, until: str, signature: str) -> bool:
        """Report whether `link` made this, and it has not expired."""
        if not self.access.signed(f"{path}?{until}", signature):
            return False
        return self.moment < int(until)
