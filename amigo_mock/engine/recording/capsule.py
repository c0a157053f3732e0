"""Capsules: one JSON file with everything that it takes to see a failed test again.

A capsule holds the worlds that requests met, and a timeline: how things stood, and each request
with its answer. No secret is in it; see `redaction`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from amigo_mock.errors import MockError, first
from amigo_mock.state.faults import Fault
from amigo_mock.world.fields import ObjectId

FORMAT = "amigo-mock capsule"
VERSION = 1
LONGEST = 80  # characters of a file's name that tell the test


class Part(BaseModel):
    """A piece of a capsule: what it does not know is refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True
    )


class Content(Part):
    """A body: as a value if that says it exactly, else as text or in Base64; or why it is gone."""

    value: Any = None
    text: str | None = None
    base64: str | None = None
    left_out: str | None = None

    @property
    def data(self) -> bytes:
        """The bytes that it stands for."""
        if self.text is not None:
            return self.text.encode()
        if self.base64 is not None:
            return base64.b64decode(self.base64, validate=True)
        return b"" if self.value is None else _compact(self.value)


class Token(Part):
    """What a token said. `forged`: its signature was another's."""

    organization: str
    user: str
    expires_at: float = Field(allow_inf_nan=False)
    forged: bool = False


class Credentials(Part):
    """What the `Authorization` header was, without the token itself.

    `kind` is the scheme, or `malformed` for a Basic that could not be read; a `token` that is
    missing could not be read. `own_name` says for Basic whether the name was the token's.
    """

    kind: Literal["bearer", "basic", "malformed", "other"]
    token: Token | None = None
    own_name: bool = True


class Window(Part):
    """The rate-limit window that a request fell into, as it was before. `opened` is a time."""

    caller: tuple[str, ...]
    operation: str
    opened: float = Field(allow_inf_nan=False)
    used: int = Field(ge=0)


class Answer(Part):
    """What was answered. `headers` are without those that frame a message.

    `cut` says that the connection was cut before all of it was sent.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: Content | None = None
    cut: bool = False


class Asked(Part):
    """A request and its answer; none if the connection was `dropped`, or nobody waited for it.

    `time` is in seconds since the epoch: when it was handled. `keys` says of each secret header,
    and of the signature of a link, whether it was the right one. `race` marks what another
    user did in between.
    """

    kind: Literal["request"] = "request"
    number: int
    time: float = Field(allow_inf_nan=False)
    method: str
    target: str = Field(pattern=r"^[!-~]+$")
    operation: str | None = None
    caller: str | None = None
    race: bool = False
    headers: dict[str, str] = {}
    credentials: Credentials | None = None
    keys: dict[str, bool] = {}
    body: Content | None = None
    window: Window | None = None
    fault: Fault | None = None
    dropped: bool = False
    answer: Answer | None = None


class Limits(Part):
    """How rate limits are set."""

    enabled: bool
    limits: dict[str, Annotated[int, Field(ge=0)]]


class State(Part):
    """How things stood before the next request, where that is not how the last one left them.

    `world` is a place in the list of worlds; `ids` are the last ones, by organization and kind.
    """

    kind: Literal["state"] = "state"
    settings: dict[str, Any] | None = None
    world: int | None = Field(None, ge=0)
    ids: dict[str, dict[str, ObjectId]] | None = None
    maintenance: bool | None = None
    rate_limits: Limits | None = None
    scripts: dict[str, list[dict[str, Any]]] | None = None

    @property
    def whole(self) -> bool:
        """Whether nothing is left to what was before."""
        return None not in (
            *(self.settings, self.world, self.ids, self.maintenance),
            *(self.rate_limits, self.scripts),
        )


class ArmedFault(Part):
    """A fault that was armed in the end, and how often it had hit."""

    fault: Fault
    hits: int


class ClockState(Part):
    """What the clock said in the end."""

    now: float = Field(allow_inf_nan=False)
    frozen: bool


class Capsule(Part):
    """Everything. `omitted` is how many earlier requests are not here."""

    format: Literal["amigo-mock capsule"] = "amigo-mock capsule"
    version: int = VERSION
    test: str
    random_seed: Any = None
    omitted: int = 0
    clock: ClockState
    faults: tuple[ArmedFault, ...] = ()
    timeline: tuple[Annotated[State | Asked, Field(discriminator="kind")], ...]
    worlds: tuple[dict[str, Any], ...]

    def document(self) -> dict[str, Any]:
        """The capsule as its file has it; what is as always is left out."""
        always = {"format": self.format, "version": self.version}
        left = self.model_dump(mode="json", exclude_defaults=True)
        for event, short in zip(self.timeline, left["timeline"], strict=True):
            short["kind"] = event.kind
        return always | left


def content(data: bytes) -> Content | None:
    """A body as a capsule has it."""
    if not data:
        return None
    try:
        value = json.loads(data)
        # Only what comes out the same again may go in as a value.
        if value is not None and _compact(value) == data:
            return Content(value=value)
    except (ValueError, RecursionError):
        pass
    try:
        return Content(text=data.decode())
    except UnicodeDecodeError:
        return Content(base64=base64.b64encode(data).decode())


def write(folder: str | Path, capsule: Mapping[str, Any]) -> Path:
    """Write a capsule into a folder, which is made if it is not there; an old one is replaced.

    Raises `MockError` if it cannot be written.
    """
    path = Path(folder) / file_name(capsule["test"])
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_lines(capsule))
    except OSError as error:
        raise MockError(f"capsule {path}: cannot be written: {error.strerror or error}") from None
    return path


def file_name(test: str) -> str:
    """The name of a test's file: the same each time, no other test's, and good everywhere."""
    telling = re.sub(r"[^A-Za-z0-9_]+", "-", test).strip("-")[-LONGEST:].strip("-")
    mark = hashlib.sha256(test.encode(errors="surrogatepass")).hexdigest()[:12]
    return f"{telling or 'test'}-{mark}.json"


def read(path: str | Path) -> Capsule:
    """The capsule in a file.

    Raises `MockError` for a file that is none, of a format that is newer, or broken.
    """
    where = f"capsule {path}"
    found = _loaded(Path(path), where)
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise MockError(f"{where}: is no capsule: it does not say 'format': {FORMAT!r}")
    version = found.get("version")
    if isinstance(version, int) and version > VERSION:
        raise MockError(
            f"{where}: has version {version} of the format, and {VERSION} is the newest one that "
            "is known here; replay it with the amigo-mock that wrote it"
        )
    try:
        capsule = Capsule.model_validate(found)
    except ValidationError as error:
        raise MockError(f"{where}: {_first(error)}") from None
    _check(capsule, where)
    return capsule


def _loaded(path: Path, where: str) -> Any:
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        raise MockError(f"{where}: there is no such file") from None
    except OSError as error:
        raise MockError(f"{where}: cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise MockError(f"{where}: is not JSON: {error}") from None


def _check(capsule: Capsule, where: str) -> None:
    first = capsule.timeline[0] if capsule.timeline else None
    if first is not None and not (isinstance(first, State) and first.whole):
        raise MockError(f"{where}: timeline.0: expected a state with everything in it")
    for number, event in enumerate(capsule.timeline):
        if isinstance(event, State) and (event.world or 0) >= max(1, len(capsule.worlds)):
            raise MockError(f"{where}: timeline.{number}.world: there is no world {event.world}")
        if isinstance(event, Asked) and event.body and event.body.base64 is not None:
            _check_base64(event.body, f"{where}: timeline.{number}.body.base64")


def _check_base64(body: Content, where: str) -> None:
    try:
        body.data  # noqa: B018
    except ValueError as error:
        raise MockError(f"{where}: {error}") from None


def _first(error: ValidationError) -> str:
    found = first(error)
    # Which of the two events it was is pydantic's to know, and no part of the place.
    path = [str(part) for part in found.loc]
    if path[:1] == ["timeline"] and len(path) > 2:
        del path[2]
    return f"{'.'.join(path)}: {found.sentence(_NAMES)}"


def _lines(capsule: Mapping[str, Any]) -> bytes:
    """One line for each event and each world: for people, and for those who compare files."""
    parts = [f"{json.dumps(name)}: {_listed(value)}" for name, value in capsule.items()]
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode()


def _listed(value: Any) -> str:
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        return json.dumps(value, allow_nan=False)
    return "[\n " + ",\n ".join(json.dumps(item, allow_nan=False) for item in value) + "\n]"


def _compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


_PARTS = (Capsule, State, Asked, Answer, Content, Credentials, Token, Window, Limits)
_NAMES = sorted({name for part in _PARTS for name in part.model_fields})
