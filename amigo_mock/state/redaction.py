"""Redaction: bodies, queries and values without the secrets that may be in them.

`Secret()` on the field of a model declares a secret. Where such a field should stand is not relied
on: a body that was not accepted may be anything, and unknown fields of one that was accepted are
passed over. So secrets are found by the names of their fields, at any depth, misspelt, and in JSON
inside of text. A few `WORDS` are secrets everywhere, for the maps whose names a client chooses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, get_args
from urllib.parse import unquote_plus

from pydantic import BaseModel

from amigo_mock.errors import compact
from amigo_mock.world.records.base import Secret

HIDDEN = "***"
SIGNATURE = "signature"  # the parameter that proves a link to a download

WORDS = ("api_key", "password", "secret")
"""Names that say secret by themselves, whether a model declares them or not."""

TOKENS = ("token", "id_token", "access_token", "refresh_token", "authorization")
"""Names that clients give in queries to what proves who they are; in bodies they are declared."""

# Small letters, and nothing between words: `apiKey`, `API-Key` and `api_key` are one name.
_SMALL = bytes(range(256)).lower()
_BETWEEN = "-_. "
_JOINED = str.maketrans("", "", _BETWEEN)
_QUERY = re.compile(r"(?<![^&])([^&=]+)=([^&]+)")

Style = Callable[[Any], Any]


def hide(value: Any) -> Any:
    """Replace a secret that is shown to people, who see that there was one."""
    return HIDDEN if value else value


def blank(value: Any) -> Any:
    """Replace a secret that is to be sent again: what is left validates the way the whole did."""
    if isinstance(value, dict):
        return {name: blank(item) for name, item in value.items()}
    if isinstance(value, list):
        return [blank(item) for item in value]
    if isinstance(value, str):
        # Half of a surrogate pair is refused, and is to be refused again.
        return value and (HIDDEN if _is_text(value) else "\ud800")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return 0 if isinstance(value, int) else 0.0
    return value


class SecretNames:
    """The names of secret fields, and whether something has one of them.

    A name of several words is a secret also with more around it, as one that is misspelt, unless a
    field without a secret has that name; and text that mentions it may have the secret in it. A
    single word is too common for that, and has to stand alone.
    """

    def __init__(self, secret: Iterable[str] = (), plain: Iterable[str] = ()) -> None:
        self.names = frozenset(map(_field_name, secret))
        self._exact = frozenset(map(_plain_name, self.names))
        self._long = tuple(sorted(_plain_name(name) for name in self.names if "_" in name))
        short = sorted(self._exact.difference(self._long))
        self._plain = frozenset(
            name for name in map(_plain_name, plain) if any(each in name for each in self._long)
        ).difference(self._exact)
        self._innocent = tuple(f'"{name}"'.encode() for name in self._plain)
        # A field that has nothing in it tells nothing.
        empty = r"(?!\\?\"\s*+:\s*+(?:\{\s*+\}|\[\s*+\]|\"\"|null))"
        self._signs = {
            name.encode(): re.compile(f"{name}{empty}".encode())
            if name in self._long
            else re.compile(rf"[\"'\\]{name}[\"'\\]".encode())
            for name in sorted(self._exact)
        }
        assigned = rf"[\"'\\](?:{'|'.join(short)})[\"'\\]+\s*[:=]"
        self._assigned = re.compile(assigned) if short else None

    @classmethod
    def of(cls, *models: Any) -> SecretNames:
        """The names of the secret fields of models and of their parts, and the general words."""
        fields = list(_fields(models, set()))
        plain = {name for name, secret in fields if not secret}
        return cls(
            (*(name for name, secret in fields if secret), *(set(WORDS) - plain)),
            plain,
        )

    def __bool__(self) -> bool:
        return bool(self.names)

    def is_secret(self, name: str) -> bool:
        """Report whether a field of this name holds a secret."""
        name = _plain_name(name)
        if name in self._exact:
            return True
        return name not in self._plain and any(each in name for each in self._long)

    def mentioned(self, body: bytes) -> bool:
        """Report whether a look at the bytes cannot rule out that there is a secret."""
        if not self.names:
            return False
        # Escapes may spell a name, and other encodings than UTF-8 have zeros in them.
        if (b"\\" in body and b"\\u" in body) or b"\0" in body:
            return True
        text = body.translate(_SMALL, _BETWEEN.encode())
        if not self._searched(text):
            return False
        for innocent in self._innocent:
            text = text.replace(innocent, b"")
        return self._searched(text)

    def _searched(self, text: bytes) -> bool:
        for sign, pattern in self._signs.items():  # noqa: SIM110 (every request comes here)
            if sign in text and pattern.search(text):
                return True
        return False

    def told(self, text: str) -> bool:
        """Report whether a text may have a secret in it, with its name."""
        lowered = text.lower().replace("-", "").replace("_", "")
        if any(name in lowered for name in self._long):
            return True
        return self._assigned is not None and self._assigned.search(lowered) is not None


def redact(
    body: bytes, names: SecretNames, style: Style = hide, *, sound: bool = True
) -> bytes | None:
    """The body without secrets; none, if there may be one that cannot be found.

    Most bodies have none, which a look at the bytes settles; the others are read and written anew.
    One that cannot be read and may hold a secret, or is not known to be `sound`, is left out. What
    has been redacted stays as it is.
    """
    if not body or (sound and not names.mentioned(body)):
        return body
    try:
        content = json.loads(body)
        if not names.mentioned(body):
            return body
        return compact(redact_value(content, names, style))
    except (ValueError, RecursionError):
        return None


def redact_findings(body: bytes, names: SecretNames, style: Style = hide) -> bytes:
    """A 422 that may echo secrets, without them."""
    answer = json.loads(body)
    for finding in answer["detail"]:
        place, echo = finding["loc"], finding["input"]
        if any(names.is_secret(str(part)) for part in place):
            finding["input"] = style(echo)
        elif len(place) == 1 and isinstance(echo, str):
            finding["input"] = HIDDEN
        else:
            finding["input"] = redact_value(echo, names, style)
    return compact(answer)


def redact_query(query: str, names: SecretNames) -> str:
    """The query without the values of parameters that have the name of a secret."""
    return _QUERY.sub(
        lambda found: (
            f"{found[1]}={HIDDEN}" if names.is_secret(unquote_plus(found[1])) else found[0]
        ),
        query,
    )


def redact_value(value: Any, names: SecretNames, style: Style = hide) -> Any:
    """A JSON value in which whatever has the name of a secret is replaced."""
    if isinstance(value, dict):
        return {
            name: style(item) if names.is_secret(name) else redact_value(item, names, style)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [redact_value(item, names, style) for item in value]
    if isinstance(value, str) and names.told(value):
        return HIDDEN
    return value


def has_secret(*models: Any) -> bool:
    """Report whether models, or models that they consist of, declare a secret field."""
    return any(secret for _, secret in _fields(models, set()))


def _fields(annotations: Iterable[Any], seen: set[type]) -> Iterator[tuple[str, bool]]:
    """Every field of models and of what they consist of, and whether it is a secret."""
    for annotation in annotations:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            if annotation in seen:
                continue
            seen.add(annotation)
            for name, info in annotation.model_fields.items():
                secret = any(isinstance(item, Secret) or item is Secret for item in info.metadata)
                yield name, secret
                if info.alias:
                    yield info.alias, secret
                yield from _fields((info.annotation,), seen)
        else:
            yield from _fields(get_args(annotation), seen)


def _field_name(name: str) -> str:
    """A name as that of a field: a header's without its `x-`."""
    return name.lower().replace("-", "_").removeprefix("x_")


def _plain_name(name: str) -> str:
    """A name as others are compared with it, however its words are put together."""
    return _field_name(name).translate(_JOINED)


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
