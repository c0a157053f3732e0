"""The permissions that the documents name, and what is wrong with a name in a grant."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from amigo_mock.names import nearest, there_is_no

PERMISSIONS = frozenset(
    Path(__file__).with_name("permissions.txt").read_text(encoding="ascii").split()
)
"""Every permission of a published operation, emulated or not."""


def names_any(name: str, known: Collection[str]) -> bool:
    """Report whether a grant of this name covers one of the known permissions."""
    if not name.endswith("*"):
        return name in known
    return any(permission.startswith(name[:-1]) for permission in known)


def unknown_permission(name: str, known: Collection[str]) -> str:
    """A sentence about a name in a grant that covers none of the known permissions."""
    if not name.endswith("*"):
        return there_is_no("permission", name, known)
    groups = {f"{permission.partition(':')[0]}:*" for permission in known}
    return f"no permission begins as {name!r} does{nearest(name, groups)}"
