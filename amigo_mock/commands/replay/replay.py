"""Replay: the requests of a capsule made again, in a world like theirs."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any
from urllib.parse import parse_qsl, unquote

from amigo_mock.commands.replay.differences import differences
from amigo_mock.commands.replay.text import RepeatedRequest
from amigo_mock.engine.fake import Fake
from amigo_mock.engine.http.messages import Answer, Request
from amigo_mock.engine.recording.capsule import (
    Capsule,
    Credentials,
    RecordedAnswer,
    RecordedRequest,
    State,
)
from amigo_mock.engine.recording.changes import SETTINGS
from amigo_mock.engine.recording.notes import noted
from amigo_mock.errors import Dropped, MockError
from amigo_mock.resources import CATALOG
from amigo_mock.server.gateway import Gateway
from amigo_mock.settings import Settings
from amigo_mock.state.clock import EPOCH
from amigo_mock.state.redaction import HIDDEN, SIGNATURE
from amigo_mock.world.documents.document import Document
from amigo_mock.world.documents.seeding import fill
from amigo_mock.world.world import World

WRONG = "wrong"  # in place of a key or a signature that was not valid


class Replay:
    """A fake that is put into the state of a recorded one before each of its requests.

    It is a new one, unless one with other operations is given. Raises `MockError` for a capsule
    whose settings or worlds are broken.
    """

    def __init__(
        self, capsule: Capsule, where: str = "capsule", *, fake: Fake | None = None
    ) -> None:
        self.capsule = capsule
        self._where = where
        self.fake = fake or Fake(CATALOG, Settings())
        self._check()
        self.gateway = Gateway(self.fake)

    def run(self, until: int | None = None) -> Iterator[RepeatedRequest]:
        """Make the requests, the first `until` of them or all."""
        made = 0
        for number, event in enumerate(self.capsule.timeline):
            if isinstance(event, State):
                self._stand(event, number)
            elif until is not None and made >= until:
                return
            else:
                made += 1
                yield self._repeat(event)

    def settle(self) -> None:
        """Let the clock go on from the last request, unless it was frozen."""
        self.fake.faults.clear()
        if not self.capsule.clock.frozen:
            self.fake.clock.thaw()

    def _check(self) -> None:
        for number, event in enumerate(self.capsule.timeline):
            if isinstance(event, State) and event.settings is not None:
                self._settings(event.settings, number)
            if isinstance(event, State) and event.scripts is not None:
                self._scripts(event.scripts, number)
        for number in range(len(self.capsule.worlds)):
            where = f"{self._where}: worlds.{number}"
            fill(
                World(self.fake.catalog.kinds), Document(self.capsule.worlds[number], where), EPOCH
            )

    def _settings(self, given: Mapping[str, Any], number: int) -> Settings:
        for name in given:
            # A file from anywhere must not open others, as a seed would.
            if name in Settings.model_fields and name not in SETTINGS:
                where = f"{self._where}: timeline.{number}.settings"
                raise MockError(f"{where}: a capsule has no setting {name!r}")
        try:
            return Settings.of(**given)
        except MockError as error:
            raise MockError(f"{self._where}: timeline.{number}.settings: {error}") from None

    def _scripts(self, given: Mapping[str, Any], number: int) -> dict[str, tuple[Any, ...]]:
        return self.fake.scripts.read(given, f"{self._where}: timeline.{number}.scripts")

    def _stand(self, state: State, number: int) -> None:
        fake = self.fake
        if state.settings is not None:
            fake.configure(self._settings(state.settings, number))
        if state.world is not None:
            fake.put_state(self.capsule.worlds[state.world])
        if state.ids is not None:
            fake.world.ids.go_on(
                {
                    (organization, kind): int(last, 16)
                    for organization, kinds in state.ids.items()
                    for kind, last in kinds.items()
                }
            )
        if state.maintenance is not None:
            fake.maintenance.enabled = state.maintenance
        if state.rate_limits is not None:
            fake.limits.enabled = state.rate_limits.enabled
            fake.limits.replace(state.rate_limits.limits)
        if state.scripts is not None:
            fake.scripts.restore(self._scripts(state.scripts, number))

    def _repeat(self, asked: RecordedRequest) -> RepeatedRequest:
        if asked.body is not None and asked.body.left_out:
            return RepeatedRequest(asked, skipped=f"its body is not here ({asked.body.left_out})")
        if asked.answer is None and not asked.dropped:
            return RepeatedRequest(asked, skipped="it was not answered")
        try:
            self._prepare(asked)
        except MockError as error:
            return RepeatedRequest(asked, skipped=str(error))
        now = self._ask(asked)
        return RepeatedRequest(asked, tuple(differences(asked.answer, now)))

    def _prepare(self, asked: RecordedRequest) -> None:
        fake, window = self.fake, asked.window
        fake.clock.freeze(asked.time, asked.behind)
        fake.faults.clear()
        fake.limits.reset()
        if window is not None and window.used:
            # The same number of requests, at the time of the first one in the window.
            fake.limits.count(window.caller, window.operation, 0, window.opened, window.used)
        if asked.fault is not None:
            fake.faults.arm(asked.fault)

    def _ask(self, asked: RecordedRequest) -> RecordedAnswer | None:
        """The answer of the fake; None if it drops the connection."""
        found: Answer | None = None
        pieces: list[bytes] = []
        # A stream that its client did not read to the end is read as far again.
        most = cut_by_client(asked)
        cut = False
        with closing(self.gateway.answer(self._request(asked))) as steps:
            try:
                for step in steps:
                    if isinstance(step, Answer):
                        found = step
                    elif isinstance(step, bytes):
                        pieces.append(step)
                    if most is not None and sum(map(len, pieces)) >= most:
                        cut = True
                        break
            except Dropped:
                if found is None:
                    return None
                cut = True
        assert found is not None
        name = asked.operation or ""
        operation = None if asked.fault else self.fake.catalog.operation(name)
        body = b"".join(pieces) if found.streamed else found.body
        return noted(
            self.fake.catalog.secrets, operation, found.status, found.headers, body, cut=cut
        )

    def _request(self, asked: RecordedRequest) -> Request:
        path, _, query = asked.target.partition("?")
        if SIGNATURE in asked.keys:
            query = self._signed(unquote(path), query, right=asked.keys[SIGNATURE])
        headers = {
            name.encode("latin-1"): value.encode("latin-1")
            for name, value in self._headers(asked).items()
        }
        body = asked.body.decoded() if asked.body else b""
        return Request(asked.method, unquote(path), query, headers, body)

    def _signed(self, path: str, query: str, *, right: bool) -> str:
        """The query of a link, signed anew."""
        until = dict(parse_qsl(query)).get("expires", "")
        signature = self.fake.access.sign(f"{path}?{until}") if right else WRONG
        return query.replace(f"{SIGNATURE}={HIDDEN}", f"{SIGNATURE}={signature}")

    def _headers(self, asked: RecordedRequest) -> dict[str, str]:
        found = dict(asked.headers)
        # The worlds of a capsule have the same word in the place of every key.
        keys = {name: right for name, right in asked.keys.items() if name != SIGNATURE}
        found |= {name: HIDDEN if right else WRONG for name, right in keys.items()}
        if asked.credentials is not None:
            found["authorization"] = self._authorization(asked.credentials)
        if asked.body is not None:
            found["content-length"] = str(len(asked.body.decoded()))
        return found

    def _authorization(self, credentials: Credentials) -> str:
        if credentials.kind == "other":
            return "Other"
        if credentials.kind == "malformed":
            return "Basic ?"
        given, token, name = credentials.token, "?", ""
        if given is not None:
            token = self.fake.access.issue(given.organization, given.user, given.expires_at, 0)
            token += "x" if given.forged else ""
            name = f"{given.organization}_{given.user}"
        if credentials.kind == "bearer":
            return f"Bearer {token}"
        name += "" if credentials.own_name else "?"
        return f"Basic {base64.b64encode(f'{name}:{token}'.encode()).decode()}"


def cut_by_client(asked: RecordedRequest) -> int | None:
    """The bytes after which nobody waited for the rest of a streamed answer; else None."""
    answer = asked.answer
    if answer is None or not answer.cut or asked.fault is not None:
        return None
    return len(answer.body.decoded()) if answer.body else 0
