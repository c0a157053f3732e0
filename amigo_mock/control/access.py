"""Access to the control API."""

from __future__ import annotations

from hmac import compare_digest
from ipaddress import ip_address
from urllib.parse import urlsplit

from pydantic import SecretStr

from amigo_mock.engine.http.messages import Request
from amigo_mock.errors import ApiError


def admit(secret: SecretStr | None, request: Request) -> None:
    """Admit a request that has the control token, or without one a request from this machine.

    A page from elsewhere in a browser on this machine is refused, by its `Origin` or by a `Host`
    that is not one of this machine. Raises a 401 or 403 `ApiError`.
    """
    headers = request.headers
    if secret is not None:
        _check_token(secret, headers.get(b"authorization", b""))
        return
    host = headers.get(b"host", b"").decode("latin-1")
    origin = headers.get(b"origin")
    if not (
        (request.client is None or _is_local(request.client))
        and _is_local(_host(f"//{host}"))
        and (origin is None or _is_local(_host(origin.decode("latin-1"))))
    ):
        raise ApiError(
            403, "The control API answers only to this machine; set a control token to open it."
        )


def _check_token(secret: SecretStr, given: bytes) -> None:
    if not compare_digest(given, b"Bearer " + secret.get_secret_value().encode()):
        raise ApiError(
            401,
            "The control API needs 'Authorization: Bearer <control token>'.",
            {"WWW-Authenticate": "Bearer"},
        )


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _is_local(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
