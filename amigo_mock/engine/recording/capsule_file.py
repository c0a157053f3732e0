"""Files of capsules: reading, with every mistake named, and writing."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from amigo_mock.engine.recording.capsule import (
    FORMAT,
    VERSION,
    Capsule,
    Credentials,
    Limits,
    RecordedAnswer,
    RecordedBody,
    RecordedRequest,
    State,
    TokenClaims,
    Window,
)
from amigo_mock.errors import MockError, first

LONGEST = 80  # characters of a file's name that tell the test


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
        if isinstance(event, RecordedRequest) and event.body and event.body.base64 is not None:
            _check_base64(event.body, f"{where}: timeline.{number}.body.base64")


def _check_base64(body: RecordedBody, where: str) -> None:
    try:
        body.decoded()
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


_PARTS = (
    Capsule,
    State,
    RecordedRequest,
    RecordedAnswer,
    RecordedBody,
    Credentials,
    TokenClaims,
    Window,
    Limits,
)

_NAMES = sorted({name for part in _PARTS for name in part.model_fields})
