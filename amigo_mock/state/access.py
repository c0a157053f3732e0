"""Authentication and authorization: tokens, callers, permission grants."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from amigo_mock.errors import ApiError, compact
from amigo_mock.world.records import Condition, Equals, Grant, In, UserInfo
from amigo_mock.world.world import World

REMEMBERED = 4096  # headers with verified tokens
LONG = 4096  # bytes of a header that is not worth remembering

SELF_ORGANIZATION = "{self_org_id}"  # in a condition: whichever the caller's own is

SHORT = 60  # seconds of a lifetime in which a part of one counts

_HEADER = '{"alg":"HS256","typ":"JWT"}'


@dataclass(frozen=True, slots=True)
class Caller:
    """The user that a verified token names."""

    organization: str
    user: str
    expires_at: float
    info: UserInfo


class Access:
    """Issues tokens and reads them back.

    Tokens are JSON Web Tokens signed with HS256, so any JWT library can look inside. They are
    made here, because the library that would do it costs more to import than all of the rest.
    """

    def __init__(self, signing_key: str, lifetime: float = 3600.0) -> None:
        self.lifetime = lifetime  # seconds that a sign-in is valid
        self._key = signing_key.encode()
        self._verified = lru_cache(REMEMBERED)(self._verify)
        self._lent = lru_cache(REMEMBERED)(self.issue)

    def issue(self, organization: str, user: str, now: float, lifetime: float) -> str:
        """A token for `user` that expires `lifetime` seconds after `now`."""
        claims = {"org_id": organization, "user_id": user, "iat": now, "exp": now + lifetime}
        text = f"{_encode(_HEADER)}.{_encode(compact(claims))}"
        return f"{text}.{self._signature(text)}"

    def lend(self, organization: str, user: str, now: float) -> str:
        """A token that lasts as long as a sign-in, and is the same one all through a second."""
        at = math.floor(now) if self.lifetime >= SHORT else now
        return self._lent(organization, user, at, self.lifetime)

    def authenticate(
        self, headers: Mapping[bytes, bytes], organization: str, world: World, now: float
    ) -> Caller:
        """The caller that the headers prove.

        `Authorization` is `Bearer <token>`, or `Basic` with `{organization}_{user}` and the token;
        `X-ORG-ID` names the issuing organization when that is not the one in the path. Raises a
        401 `ApiError` for whatever does not prove a caller (guide: authorization).
        """
        authorization = headers.get(b"authorization", b"")
        verify = self._verified if len(authorization) < LONG else self._verify
        name, caller = verify(authorization)
        if caller.expires_at <= now:
            raise _refused("the token has expired; sign in again")
        named = headers.get(b"x-org-id")
        issuer = organization if named is None else named.decode("latin-1")
        if issuer != caller.organization and (issuer != organization or organization in world):
            raise _refused("the token was issued by another organization; name it in X-ORG-ID")
        if name is not None and name != f"{caller.organization}_{caller.user}":
            raise _refused("the user name is not '{organization}_{user}' of the token")
        if world.user(caller.organization, caller.user) is None:
            raise _refused("the token's user does not exist")
        return caller

    def sign(self, text: str) -> str:
        """Sign a text that is no token."""
        return self._signature(f"link {text}")

    def signed(self, text: str, signature: str) -> bool:
        """Report whether `sign` made this signature of the text."""
        return hmac.compare_digest(signature.encode(), self.sign(text).encode())

    def _verify(self, authorization: bytes) -> tuple[str | None, Caller]:
        """The user name that goes with a token, if one does, and the caller that it proves."""
        scheme, _, value = authorization.partition(b" ")
        if scheme.lower() == b"bearer":
            return None, self._read(value.strip())
        if scheme.lower() == b"basic":
            name, value = _basic(value)
            return name, self._read(value.strip())
        raise _refused("send 'Authorization: Bearer <token>' or Basic with the token")

    def _read(self, token: bytes) -> Caller:
        try:
            text, _, signature = token.decode("ascii").rpartition(".")
            header, _, payload = text.partition(".")
            algorithm = _decode(header)["alg"]
            claims = _decode(payload)
            organization, user = str(claims["org_id"]), str(claims["user_id"])
            info = UserInfo(org_id=organization, user_id=user)
            caller = Caller(organization, user, float(claims["exp"]), info)
            if not math.isfinite(caller.expires_at):
                raise ValueError("a token has an end")
        except (ValueError, KeyError, TypeError, RecursionError, OverflowError):
            raise _refused("the token is malformed") from None
        if algorithm != "HS256" or not hmac.compare_digest(signature, self._signature(text)):
            raise _refused("the token's signature is wrong")
        return caller

    def _signature(self, text: str) -> str:
        return _encode(hmac.new(self._key, text.encode(), hashlib.sha256).digest())


def grants_in(organization: str, caller: Caller, grants: tuple[Grant, ...]) -> tuple[Grant, ...]:
    """The grants of a caller as they hold in an organization.

    In another than the caller's own only those hold that have a condition on `org_id`. In the
    values of conditions `{self_org_id}` stands for the caller's own organization.
    """
    if organization != caller.organization:
        grants = tuple(grant for grant in grants if "org_id" in grant.conditions)
    if not any(grant.conditions for grant in grants):
        return grants
    return tuple(_filled_in(grant, caller.organization) for grant in grants)


def _filled_in(grant: Grant, organization: str) -> Grant:
    filled: dict[str, Condition] = {}
    for name, rule in grant.conditions.items():
        if isinstance(rule, In):
            values = [_value(value, organization) for value in rule.values]
            filled[name] = rule.model_copy(update={"values": values})
        else:
            filled[name] = rule.model_copy(update={"value": _value(rule.value, organization)})
    return grant.model_copy(update={"conditions": filled})


def _value(value: Any, organization: str) -> Any:
    return organization if value == SELF_ORGANIZATION else value


def allowed(grants: Iterable[Grant], permission: str, attributes: Mapping[str, Any] | None) -> bool:
    """Report whether some grant covers the permission on a record with these attributes.

    Without attributes: whether some grant covers it on any record at all.
    """
    return any(
        _named(grant.permission_name, permission)
        and (
            attributes is None
            or all(_holds(rule, attributes, name) for name, rule in grant.conditions.items())
        )
        for grant in grants
    )


def unconditional(grants: Iterable[Grant], permissions: Iterable[str]) -> bool:
    """Report whether the grants cover each permission on every record, without a condition."""
    for permission in permissions:
        for grant in grants:
            name = grant.permission_name
            if (name in ("*", permission) or _named(name, permission)) and not grant.conditions:
                break
        else:
            return False
    return True


def _named(granted: str, permission: str) -> bool:
    if granted.endswith("*"):
        return permission.startswith(granted[:-1])
    return granted == permission


def _holds(rule: Condition, attributes: Mapping[str, Any], name: str) -> bool:
    # An attribute that the record does not have satisfies nothing, not even NotEquals: a
    # misspelt condition must close a door, never open one.
    value: Any = attributes
    for part in name.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return False
        value = value[part]
    if isinstance(value, datetime):
        value = value.isoformat().replace("+00:00", "Z")
    if isinstance(rule, In):
        return any(_same(value, item) for item in rule.values)
    return _same(value, rule.value) is isinstance(rule, Equals)


def _same(value: Any, other: Any) -> bool:
    return type(value) is type(other) and bool(value == other)


def _basic(value: bytes) -> tuple[str, bytes]:
    try:
        name, _, token = base64.b64decode(value.strip(), validate=True).rpartition(b":")
        return name.decode(), token
    except ValueError:
        raise _refused("the Basic credentials are malformed") from None


def _refused(reason: str) -> ApiError:
    return ApiError(401, f"Not authenticated: {reason}.", {"WWW-Authenticate": "Bearer"})


def _encode(content: str | bytes) -> str:
    data = content.encode() if isinstance(content, str) else content
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(part: str) -> dict[str, Any]:
    found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found
