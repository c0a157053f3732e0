"""Notes of a request, of its answer and of a fault, with no secret in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from amigo_mock.engine.http.messages import Request
from amigo_mock.engine.recording import capsule
from amigo_mock.engine.recording.capsule import (
    Credentials,
    RecordedAnswer,
    RecordedBody,
    RecordedRequest,
    Window,
)
from amigo_mock.operations.operation import Operation
from amigo_mock.state.faults import Fault
from amigo_mock.state.redaction import (
    SecretNames,
    blank,
    redact,
    redact_findings,
    redact_query,
    redact_value,
)
from amigo_mock.state.requests import Entry
from amigo_mock.world.records import Secret

LARGEST = 1024 * 1024  # bytes of a body that are kept

# What a request says beside its credentials that may change the answer. Any other header may be a
# secret, and has no say.
TELLING = frozenset(
    {"content-type", "x-org-id", "host", "origin"}
    | {"access-control-request-method", "access-control-request-headers"}
)
UNTOLD = frozenset({"sec-websocket-protocol"})  # where some clients put a token
FRAMING = frozenset({"content-length", "transfer-encoding", "connection", "date", "server"})

_VISIBLE = "".join(map(chr, range(33, 127)))


@dataclass(eq=False, repr=False)
class Recording:
    """One request while it is under way, and afterwards."""

    entry: Entry
    target: str
    headers: Mapping[str, str]
    credentials: Credentials | None
    time: float
    behind: float = 0.0
    keys: dict[str, bool] = field(default_factory=dict)
    operation: Operation | None = None
    heard: bytes = b""
    body: RecordedBody | None = None
    window: Window | None = None
    fault: Fault | None = None
    dropped: bool = False
    answer: RecordedAnswer | None = None
    placed: bool = False

    @property
    def size(self) -> int:
        """About how many bytes the request was."""
        headers = sum(len(name) + len(value) for name, value in self.headers.items())
        return len(self.heard) + len(self.target) + headers

    def asked(self, number: int) -> RecordedRequest:
        """The request as a capsule has it."""
        entry = self.entry
        return RecordedRequest(
            number=number,
            time=self.time,
            behind=self.behind,
            method=entry.method,
            target=self.target,
            operation=entry.operation,
            caller=entry.caller,
            race=entry.race,
            headers=told(self.headers, self.operation),
            credentials=self.credentials,
            keys=self.keys,
            body=self.body,
            window=self.window,
            fault=self.fault,
            dropped=self.dropped,
            answer=self.answer,
        )

    def __repr__(self) -> str:
        return f"<Recording: {self.entry.method} {self.entry.operation or 'no operation'}>"


def noted(
    names: SecretNames,
    operation: Operation | None,
    status: int,
    headers: Iterable[tuple[bytes, bytes]],
    body: bytes,
    *,
    cut: bool = False,
) -> RecordedAnswer:
    """An answer as a capsule has it, without secrets of these names.

    `operation` is the one that gave it, if one did.
    """
    given = tuple(
        (name.decode("latin-1"), _without_query_secrets(value.decode("latin-1"), names))
        for name, value in headers
        if name.decode("latin-1") not in FRAMING and not is_cookie(name.decode("latin-1"))
    )
    if operation is not None and operation.asks_secret and status == 422:
        shown = kept(redact_findings(body, names, blank), SecretNames())
    else:
        shown = kept(body, names)
    return RecordedAnswer(status=status, headers=given, body=shown, cut=cut)


def kept(body: bytes, names: SecretNames, *, sound: bool = True) -> RecordedBody | None:
    """A body as a capsule has it: whole, or why not. It may hold secrets of these names."""
    if len(body) > LARGEST:
        return RecordedBody(left_out=f"{len(body)} bytes are more than the {LARGEST} that are kept")
    shown = redact(body, names, blank, sound=sound)
    if shown is None:
        return RecordedBody(left_out=f"{len(body)} bytes that are not JSON may hold a secret")
    return capsule.content(shown)


def harmless(fault: Fault, names: SecretNames) -> Fault:
    """A fault without the secrets in its answer."""
    headers = {name: value for name, value in fault.headers.items() if not is_cookie(name)}
    return fault.model_copy(
        update={"headers": headers, "body": redact_value(fault.body, names, blank)}
    )


def target(request: Request, names: SecretNames) -> str:
    """The path and the query of a request as they were sent, without the secrets in them."""
    query = redact_query(request.query, names)
    path = quote(request.path)
    text = f"{path}?{query}" if query else path
    return quote(text, safe=_VISIBLE, encoding="latin-1") or "/"


def _without_query_secrets(header: str, names: SecretNames) -> str:
    # A redirect says where to, with the whole query.
    address, mark, query = header.partition("?")
    return f"{address}{mark}{redact_query(query, names) if query else query}"


def told(headers: Mapping[str, str], operation: Operation | None) -> dict[str, str]:
    """The headers of a request that may change its answer."""
    declared = {
        item.name.lower()
        for item, _ in (operation.headers if operation else ())
        if not is_secret(item.info.metadata)
    }
    wanted = (TELLING | declared) - UNTOLD
    return {name: value for name, value in headers.items() if name in wanted}


def is_secret(metadata: Iterable[Any]) -> bool:
    """Report whether a parameter is marked as a secret."""
    return any(isinstance(item, Secret) for item in metadata)


def is_cookie(header: str) -> bool:
    """Report whether a header carries credentials."""
    return header.lower() in {"set-cookie", "cookie", "authorization", "x-api-key"}
