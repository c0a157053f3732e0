"""Reasons: why a state file cannot be used, in words, and what to do."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from shlex import quote

IN_USE = "is in use"
NO_STATE_FILE = "is no state file of amigo-mock: give another name"

READ_ONLY = "is read-only: it must be writable, and its folder too"
DAMAGED = "is damaged: move it away, and start from a copy of it or of the world"

_BY_CODE = {
    sqlite3.SQLITE_BUSY: IN_USE,
    sqlite3.SQLITE_LOCKED: IN_USE,
    sqlite3.SQLITE_FULL: "there is no room left on the disk: make some",
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_PERM: "may not be opened by this user",
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: it must be a file in a folder that is writable",
}


def reason(path: Path, error: Exception) -> str:
    """The reason in an error that the file gave."""
    if isinstance(error, OSError):
        return f"cannot be opened: {error.strerror or error}"
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_NOTADB:
        return no_database(path)
    return _BY_CODE.get(code) or f"cannot be read or written: {error}"


def no_database(path: Path) -> str:
    """What a file is that is no database."""
    try:
        path.read_text(encoding="utf-8")
    except (OSError, UnicodeError):
        return NO_STATE_FILE
    command = f"amigo-mock state import {quote(str(path))} {quote(f'{path}.db')}"
    return f"is a world document, and no state file: make one of it with {command!r}, and give that"
