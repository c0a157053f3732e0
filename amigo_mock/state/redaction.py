"""Redaction: a body whose shape stays and whose secrets go, so that it can be sent again.

The journal shows that a secret was there, and cuts it out whole. Here what is left still
validates the way the whole did: a text stays a text, a number a number, under the same names.
"""

from __future__ import annotations

import json
import re
from typing import Any

from amigo_mock.state.journal import HIDDEN, SIGNATURE, TELLING, is_secret, suspect

# The name of a secret with something after it: JSON or a form inside of a text, it may be.
_INSIDE = re.compile(rf"(?:{'|'.join(sorted(TELLING))})\w*[\\\"']*\s*[:=]", re.IGNORECASE)
_QUERY = re.compile(r"(?<![^&])([^&=]+)=([^&]+)")


def redacted(body: bytes, *, sound: bool = True) -> bytes | None:
    """The body without secrets; none, if there may be one that cannot be found.

    That is a body that cannot be read and may hold a secret, or is not known to be `sound`. What
    has been redacted stays as it is.
    """
    if not body or (sound and not suspect(body)):
        return body
    try:
        content = json.loads(body)
        return written(without_secrets(content)) if suspect(body) else body
    except (ValueError, RecursionError):
        return None


def redacted_findings(body: bytes) -> bytes:
    """A 422 that may echo secrets, without them."""
    answer = json.loads(body)
    for finding in answer["detail"]:
        place, echo = finding["loc"], finding["input"]
        if any(is_secret(str(part)) for part in place):
            finding["input"] = _stand_in(echo)
        elif len(place) == 1 and isinstance(echo, str):
            finding["input"] = HIDDEN
        else:
            finding["input"] = without_secrets(echo)
    return written(answer)


def redacted_query(query: str) -> str:
    """The query without the values of parameters that have the name of a secret."""
    return _QUERY.sub(lambda found: _hidden(found) if _tells(found[1]) else found[0], query)


def without_secrets(value: Any) -> Any:
    """A JSON value in which whatever has the name of a secret is but a stand-in."""
    if isinstance(value, dict):
        return {
            name: _stand_in(item) if is_secret(name) else without_secrets(item)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [without_secrets(item) for item in value]
    if isinstance(value, str) and _INSIDE.search(value):
        return HIDDEN
    return value


def written(content: Any) -> bytes:
    """JSON, as short as it can be."""
    return json.dumps(content, separators=(",", ":")).encode()


def _tells(parameter: str) -> bool:
    return parameter == SIGNATURE or is_secret(parameter)


def _hidden(found: re.Match[str]) -> str:
    return f"{found[1]}={HIDDEN}"


def _stand_in(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _stand_in(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_stand_in(item) for item in value]
    if isinstance(value, str):
        # Half of a surrogate pair is refused, and is to be refused again.
        return value and (HIDDEN if _is_text(value) else "\ud800")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return 0 if isinstance(value, int) else 0.0
    return value


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
