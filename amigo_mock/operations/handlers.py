"""Shared parts of handlers: listing, searching, creating, finding, changing, deleting, versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel
from pydantic_core import to_json

from amigo_mock.operations.bodies import Body
from amigo_mock.operations.call import Call
from amigo_mock.operations.parameters import VersionFilters, order
from amigo_mock.operations.responses import Joined, Raw, joined
from amigo_mock.world.collection import Collection
from amigo_mock.world.kind import Kind
from amigo_mock.world.records import Named, Record, Stored, UserInfo, Version
from amigo_mock.world.storage.table import NameTaken, Where

R = TypeVar("R", bound=Named)
S = TypeVar("S", bound=Stored)
V = TypeVar("V", bound=Version | None)
M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")

FOUND = 50  # results of a search, at most


Shown = Callable[[bytes], bytes]  # serializes a stored record for an answer


def document(row: bytes) -> bytes:
    """A record as a search shows it: its id is `_id` there."""
    return b'{"_id"' + row.removeprefix(b'{"id"')


def page(
    call: Call[Any, Any],
    kind: Kind[S, V],
    model: type[M],
    name: str,
    *permissions: str,
    shown: Shown | None = None,
    filtered: bool = False,
    **values: str,
) -> Joined[M]:
    """A page of what the caller may see, in the published shape; 403 if that can be nothing.

    `name` is the field that the records are in, `permissions` what it takes to see one, `values`
    are the fields of `filter_values` with the label each lists. These are taken whatever the
    caller may see: over everything in the organization, or if `filtered` over what the filters
    let through.
    """
    call.require(None, *permissions)
    filters, records = call.parameters, call.records(kind)
    offset, sort, visible = filters.offset, order(filters.sort_by), call.visible(*permissions)
    where = filters.where()
    rows, more = records.page(where, sort, offset, filters.limit, visible)
    parts: dict[str, Any] = {
        "has_more": more,
        "continuation_token": offset + len(rows) if more else None,
        "filter_values": None,
    }
    if offset == 0:
        parts["filter_values"] = _filter_values(records, where if filtered else (), values)
    return joined(model, **{name: _shown(rows, shown), **parts})


def _filter_values(records: Collection[Any, Any], where: Where, values: Mapping[str, str]) -> Raw:
    """The values of labels among the records that pass the filters; all are remembered."""

    def found() -> Raw:
        found = {field: records.values(label, where) for field, label in values.items()}
        if "creators" in found:
            found["creators"] = [person(creator) for creator in found["creators"]]
        return Raw(to_json(found))

    return found() if where else records.remember("filter_values", found)


def search(
    call: Call[Any, Any], kind: Kind[S, V], model: type[M], name: str, shown: Shown | None = None
) -> Joined[M]:
    """The best matches among what the caller may see, in the published shape; 403 as a page."""
    call.require()
    filters = call.parameters
    rows = call.records(kind).search(filters.query, filters.where(), FOUND, call.visible())
    return joined(model, **{name: _shown(rows, shown)})


def containing(
    call: Call[Any, Any], kind: Kind[S, V], model: type[M], name: str, shown: Shown | None = None
) -> Joined[M]:
    """All that has the query somewhere in its text and that the caller may see, as `search`."""
    call.require()
    filters = call.parameters
    rows = call.records(kind).containing(filters.query, filters.where(), call.visible())
    return joined(model, **{name: _shown(rows, shown)})


def _shown(rows: list[bytes], shown: Shown | None) -> list[bytes]:
    return rows if shown is None else [shown(row) for row in rows]


def person(creator: str) -> dict[str, str]:
    """`org_id,user_id` taken apart."""
    organization, _, user = creator.partition(",")
    return {"org_id": organization, "user_id": user}


def stamp(call: Call[Any, Any], kind: Kind[Any, Any]) -> dict[str, Any]:
    """The fields that every new record has: id, life, who and when."""
    now, user = call.now, call.user
    return {
        "id": call.id(kind),
        "is_deleted": False,
        "created_at": now,
        "creator": user,
        "updated_at": now,
        "updated_by": user,
    }


def new_version(
    call: Call[Any, Any],
    kind: Kind[S, V],
    id: str,
    number: int,
    body: Body,
    now: datetime,
    user: UserInfo,
) -> V:
    """A version of a record, made of a body."""
    made = kind.content(body, call.organization.head)
    made |= {
        "id": call.id(kind),
        "org_id": call.organization.id,
        "created_at": now,
        "updated_at": now,
        kind.parent: id,
        "version": number,
        "creator": user,
    }
    return kind.make_version(made)


def create(call: Call[Any, Any], kind: Kind[R, V], body: Body | None, **own: Any) -> R:
    """Create a record of `kind` from its own fields, with a first version made of `body`."""
    record = kind.make_record({**stamp(call, kind), **own})
    call.require(record)
    versions: list[V] = []
    if body is not None:
        created, creator = record.created_at, record.creator
        versions.append(new_version(call, kind, record.id, 1, body, created, creator))
    try:
        call.records(kind).add(record, *versions)
    except NameTaken:
        raise call.error(409) from None
    return record


def find(
    call: Call[Any, Any], kind: Kind[S, V], id: str, *permissions: str, deleted: bool = False
) -> S:
    """The record that the call is about, if the caller has the permissions for it.

    403 to a caller who has them for no record at all, then 404 if there is no such record (or it
    was deleted, unless `deleted`), then 403 if the grants do not cover this one. The permissions
    are all of the operation's, unless some are named.
    """
    call.require(None, *permissions)
    record = call.records(kind).get(id)
    if record is None or not (record.live or deleted):
        raise call.error(404)
    call.require(record, *permissions)
    return record


def referred(call: Call[Any, Any], kind: str, id: str) -> Any:
    """The live record of another resource's kind that a body names, or a 404."""
    record = call.others(kind).get(id)
    if record is None or not record.live:
        raise call.error(404)
    return record


def known(call: Call[Any, Any], kind: str, id: str) -> Any:
    """A record that another one refers to, deleted or not: it is there."""
    return call.others(kind).get(id)


def update(call: Call[Any, Any], kind: Kind[R, V], record: R, **changes: Any) -> None:
    """Change a record, by the caller, now; 409 if its new name is another one's."""
    changes |= {"updated_at": call.now, "updated_by": call.user}
    try:
        call.records(kind).replace(record.model_copy(update=changes))
    except NameTaken:
        raise call.error(409) from None


def update_given(call: Call[Any, Any], kind: Kind[R, V], id: str) -> None:
    """Change those fields of a record that the call's body sets to something else than null."""
    record = find(call, kind, id)
    update(call, kind, record, **given(call.body, *type(call.body).model_fields))


def given(body: Body, *fields: str) -> dict[str, Any]:
    """Those of the fields that a body sets to something else than null."""
    return {field: value for field in fields if (value := getattr(body, field)) is not None}


def delete(call: Call[Any, Any], kind: Kind[R, V], id: str) -> None:
    """Delete a record, unless another one that lives refers to it: 400."""
    record = find(call, kind, id)
    if call.organization.refers(kind.name, id):
        raise call.error(400)
    update(call, kind, record, is_deleted=True)


def create_version(
    call: Call[Any, Any], kind: Kind[R, V], id: str, expected: int | None, unexpected: int = 400
) -> int:
    """Add a version made of the call's body; `unexpected` is for another number than expected."""
    find(call, kind, id)
    records: Collection[R, V] = call.records(kind)
    number = len(records.versions(id)) + 1
    if expected not in (None, number):
        raise call.error(unexpected)
    records.add_version(id, new_version(call, kind, id, number, call.body, call.now, call.user))
    return number


class VersionCreated(Record):
    """The new version's number."""

    version: int


def versions(
    call: Call[Any, Any],
    kind: Kind[R, V],
    id: str,
    model: type[M],
    name: str,
    shown: Shown | None = None,
) -> Joined[M]:
    """A page of a record's versions; a deleted record's can still be read."""
    find(call, kind, id, deleted=True)
    filters: VersionFilters = call.parameters
    found = call.records(kind).versions(id)
    first, last = _bounds(filters.version, len(found))
    selected = found[max(0, first - 1) : max(0, last)]
    if filters.sort_by and filters.sort_by[0][0] == "-":
        selected = selected[::-1]
    start = max(0, filters.continuation_token)
    rows = list(selected[start : start + filters.limit])
    more = start + len(rows) < len(selected)
    token = start + len(rows) if more else None
    parts: dict[str, Any] = {"has_more": more, "continuation_token": token}
    return joined(model, **{name: _shown(rows, shown), **parts})


def _bounds(selector: str | None, latest: int) -> tuple[int, int]:
    if selector is None:
        return 1, latest
    first, dash, last = selector.partition("-")
    start = latest if first == "latest" else int(first)
    if not dash:
        return (start, start) if start else (1, 0)
    return start, latest if last == "latest" else int(last)
