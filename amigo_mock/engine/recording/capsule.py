"""Capsules: one JSON file with everything that it takes to see a failed test again.

A capsule holds the worlds that requests met, and a timeline of states and of requests
with their answers. No secret is in it; see `redaction`.
"""

from __future__ import annotations

import base64
import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from amigo_mock.state.faults import Fault
from amigo_mock.world.fields import ObjectId
from amigo_mock.world.free_json import is_deep

FORMAT = "amigo-mock capsule"
VERSION = 1


class Part(BaseModel):
    """A piece of a capsule: what it does not know is refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True
    )


class RecordedBody(Part):
    """A body: as a value if that says it exactly, else as text or in Base64; or why it is gone."""

    value: Any = None
    text: str | None = None
    base64: str | None = None
    left_out: str | None = None

    def decoded(self) -> bytes:
        """The bytes that it stands for. Raises `ValueError` for broken Base64."""
        if self.text is not None:
            return self.text.encode()
        if self.base64 is not None:
            return base64.b64decode(self.base64, validate=True)
        return b"" if self.value is None else _compact(self.value)


class TokenClaims(Part):
    """The claims of a token. `forged`: its signature was another's."""

    organization: str
    user: str
    expires_at: float = Field(allow_inf_nan=False)
    forged: bool = False


class Credentials(Part):
    """The `Authorization` header, without the token itself.

    `kind` is the scheme, or `malformed` for a Basic that could not be read; a `token` that is
    missing could not be read. `own_name` says for Basic whether the name was the token's.
    """

    kind: Literal["bearer", "basic", "malformed", "other"]
    token: TokenClaims | None = None
    own_name: bool = True


class Window(Part):
    """The rate-limit window that a request fell into, as it was before. `opened` is a time."""

    caller: tuple[str, ...]
    operation: str
    opened: float = Field(allow_inf_nan=False)
    used: int = Field(ge=0)


class RecordedAnswer(Part):
    """An answer. `headers` are without those that frame a message.

    `cut` says that the connection was cut before all of it was sent.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: RecordedBody | None = None
    cut: bool = False


class RecordedRequest(Part):
    """A request and its answer; none if the connection was `dropped`, or nobody waited for it.

    `time` is in seconds since the epoch: when it was handled, so many seconds `behind` the clock of
    clients. `keys` says of each secret header, and of the signature of a link, whether it was the
    right one. `race` marks what another user did in between.
    """

    kind: Literal["request"] = "request"
    number: int
    time: float = Field(allow_inf_nan=False)
    behind: float = Field(0.0, allow_inf_nan=False)
    method: str
    target: str = Field(pattern=r"^[!-~]+$")
    operation: str | None = None
    caller: str | None = None
    race: bool = False
    headers: dict[str, str] = {}
    credentials: Credentials | None = None
    keys: dict[str, bool] = {}
    body: RecordedBody | None = None
    window: Window | None = None
    fault: Fault | None = None
    dropped: bool = False
    answer: RecordedAnswer | None = None


class Limits(Part):
    """The settings of the rate limits."""

    enabled: bool
    limits: dict[str, Annotated[int, Field(ge=0)]]


class State(Part):
    """The state before the next request, where that is not the state after the last one.

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
        """True if it leaves nothing to the state before."""
        return None not in (
            *(self.settings, self.world, self.ids, self.maintenance),
            *(self.rate_limits, self.scripts),
        )


class ArmedFault(Part):
    """A fault that was armed in the end, and how often it had hit."""

    fault: Fault
    hits: int


class RecordedClock(Part):
    """The clock at the end."""

    now: float = Field(allow_inf_nan=False)
    frozen: bool


class Capsule(Part):
    """Everything. `omitted` is how many earlier requests are not here."""

    format: Literal["amigo-mock capsule"] = "amigo-mock capsule"
    version: int = VERSION
    test: str
    random_seed: Any = None
    omitted: int = 0
    clock: RecordedClock
    faults: tuple[ArmedFault, ...] = ()
    timeline: tuple[Annotated[State | RecordedRequest, Field(discriminator="kind")], ...]
    worlds: tuple[dict[str, Any], ...]

    def document(self) -> dict[str, Any]:
        """The capsule as its file has it; what is as always is left out."""
        always = {"format": self.format, "version": self.version}
        left = self.model_dump(mode="json", exclude_defaults=True)
        for event, short in zip(self.timeline, left["timeline"], strict=True):
            short["kind"] = event.kind
        return always | left


def content(data: bytes) -> RecordedBody | None:
    """A body as a capsule has it."""
    if not data:
        return None
    try:
        value = json.loads(data)
        # Only what comes out the same again may go in as a value, and what a file can have in it.
        if value is not None and not is_deep(value) and _compact(value) == data:
            return RecordedBody(value=value)
    except (ValueError, RecursionError):
        pass
    try:
        return RecordedBody(text=data.decode())
    except UnicodeDecodeError:
        return RecordedBody(base64=base64.b64encode(data).decode())


def _compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
