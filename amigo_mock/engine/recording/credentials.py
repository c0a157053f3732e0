"""Credentials as a capsule has them: what a token says, and never the token."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from amigo_mock.engine.recording.capsule import Credentials, TokenClaims


def credentials(value: bytes, key: bytes) -> Credentials:
    """Describe an `Authorization` header without the token itself."""
    scheme, _, rest = value.partition(b" ")
    if scheme.lower() == b"bearer":
        return Credentials(kind="bearer", token=_token(rest.strip(), key))
    if scheme.lower() != b"basic":
        return Credentials(kind="other")
    try:
        name, _, given = base64.b64decode(rest.strip(), validate=True).rpartition(b":")
        named = name.decode()
    except ValueError:
        return Credentials(kind="malformed")
    token = _token(given.strip(), key)
    own = token is not None and named == f"{token.organization}_{token.user}"
    return Credentials(kind="basic", token=token, own_name=own)


def _token(value: bytes, key: bytes) -> TokenClaims | None:
    """Read the claims of a token; none if it cannot be read."""
    text, _, signature = value.rpartition(b".")
    try:
        claims = _claims(text.partition(b".")[2])
        algorithm = _claims(text.partition(b".")[0])["alg"]
        token = TokenClaims(
            organization=str(claims["org_id"]),
            user=str(claims["user_id"]),
            expires_at=float(claims["exp"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError):
        return None
    right = base64.urlsafe_b64encode(hmac.new(key, text, hashlib.sha256).digest()).rstrip(b"=")
    forged = algorithm != "HS256" or not hmac.compare_digest(signature, right)
    return token.model_copy(update={"forged": forged})


def _claims(part: bytes) -> dict[str, Any]:
    found = json.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found
