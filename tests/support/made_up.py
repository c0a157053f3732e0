"""Made-up operations for every kind of body, and fakes that have them and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Literal

import httpx2
from pydantic import Field

from amigo_mock import Settings
from amigo_mock.contract.catalogue import PUBLISHED, PublishedOperation
from amigo_mock.engine.fake import Fake
from amigo_mock.operations.bodies import Body, Empty, Form, Upload
from amigo_mock.operations.call import Call
from amigo_mock.operations.catalog import Catalog
from amigo_mock.operations.operation import Operation, operation, per_minute
from amigo_mock.operations.parameters import InOrganization
from amigo_mock.operations.responses import Wait
from amigo_mock.resources import CATALOG
from amigo_mock.server.gateway import Gateway
from amigo_mock.server.sockets import bind, url
from amigo_mock.server.thread import Background
from amigo_mock.world.records import Record

BASE = "/v1/mock-org/made_up"


class Talk(Body):
    """What is to be said."""

    pieces: list[str] = Field(min_length=1)
    wait: float = 0.0
    breaks_after: int | None = None


class Begun(Record):
    """The first event of a talk."""

    type: Literal["begun"] = "begun"
    caller: str


class Piece(Record):
    """A piece of a talk. `made` is how many were made so far, for whoever asks."""

    type: Literal["piece"] = "piece"
    text: str
    made: int


class Ended(Record):
    """The last event of a talk."""

    type: Literal["ended"] = "ended"


class Received(Record):
    """What came in a form."""

    kind: str
    recorded: str
    file_name: str | None
    media_type: str | None
    events: list[str]


class Recording(Form):
    """A recorded message, as a file or a field, and events that came before it."""

    kind: Literal["voice", "text"]
    recorded_message: Upload
    event: list[str] = []


class Length(Record):
    """How many bytes there were."""

    length: int


@dataclass
class Stage:
    """What handlers have done so far, for tests to look at."""

    made: list[str] = field(default_factory=list[str])
    closed: int = 0


STAGE = Stage()


def row(id: str, method: str, status: int, *errors: int) -> PublishedOperation:
    """The row of the catalogue for an operation of this file."""
    path = f"/v1/{{organization}}/made_up/{id}"
    statuses = (status, *sorted({401, 404, 422, 503, *errors}))
    return PublishedOperation(id, method, path, statuses, __name__)


@operation(
    row("talk", "POST", 201, 409, 429),
    rate_limit=per_minute(1000),
    errors={404: "There is nobody to talk to.", 409: "Somebody else is talking."},
)
def talk(call: Call[InOrganization, Talk]) -> Iterator[Begun | Piece | Ended | Wait]:
    """Say something piece by piece."""
    if call.body.pieces == ["nobody"]:
        raise call.error(404)
    try:
        yield Begun(caller=call.user.user_id)
        for number, text in enumerate(call.body.pieces):
            if call.body.wait:
                yield Wait(call.body.wait)
            if number == call.body.breaks_after:
                raise RuntimeError("a handler that breaks")
            STAGE.made.append(text)
            yield Piece(text=text, made=len(STAGE.made))
        yield Ended()
    finally:
        STAGE.closed += 1


@operation(row("record", "POST", 200))
def record(call: Call[InOrganization, Recording]) -> Received:
    """Take a form with a file."""
    message = call.body.recorded_message
    return Received(
        kind=call.body.kind,
        recorded=message.content.decode(errors="replace"),
        file_name=message.file_name,
        media_type=message.media_type,
        events=call.body.event,
    )


@operation(
    row("hear", "POST", 200, 415),
    takes=("audio/wav", "audio/mpeg"),
    errors={415: "The audio is of a kind that nobody understands."},
)
def hear(call: Call[InOrganization, bytes]) -> Length:
    """Take audio."""
    return Length(length=len(call.body))


@operation(row("upload", "PUT", 200), takes=("application/zip",))
def upload(call: Call[InOrganization, bytes]) -> Length:
    """Take an archive."""
    return Length(length=len(call.body))


@operation(row("download", "GET", 200), gives="application/gzip")
def download(call: Call[InOrganization, Empty]) -> bytes:
    """Give an archive."""
    return b"\x1f\x8b\x00archive"


@operation(row("forget", "DELETE", 204))
def forget(call: Call[InOrganization, Empty]) -> None:
    """Give nothing."""


OPERATIONS: tuple[Operation, ...] = (talk, record, hear, upload, download, forget)
ROWS = [
    PublishedOperation(one.id, one.method, one.path, one.statuses, __name__) for one in OPERATIONS
]
MADE_UP = Catalog(ROWS, CATALOG.kind_modules)
OPERATION = {one.id: one for one in OPERATIONS}


def catalog() -> Catalog:
    """The made-up operations beside the published ones."""
    real = [replace(row, module=CATALOG.modules.get(row.id)) for row in PUBLISHED]
    return Catalog([*real, *ROWS], CATALOG.kind_modules)


def made_up_fake(**settings: object) -> Fake:
    """A fake with the made-up operations."""
    STAGE.made.clear()
    STAGE.closed = 0
    return Fake(MADE_UP, Settings.of(**settings))


def headers(fake: Fake) -> dict[str, str]:
    """Those of a client that is signed in."""
    return {"Authorization": f"Bearer {fake.token('mock-org', 'mock-user')}"}


@contextmanager
def served(fake: Fake) -> Iterator[str]:
    """The address of a server of a fake."""
    listener = bind("127.0.0.1", 0)
    background = Background(Gateway(fake), listener)
    try:
        yield url(listener)
    finally:
        background.stop()


@contextmanager
def client_of(fake: Fake) -> Iterator[httpx2.Client]:
    """A client over a socket."""
    with (
        served(fake) as address,
        httpx2.Client(base_url=address, headers=headers(fake), trust_env=False) as client,
    ):
        yield client
