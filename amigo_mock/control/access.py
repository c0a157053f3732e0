"""Access to the control API."""

from __future__ import annotations

from hmac import compare_digest
from urllib.parse import urlsplit

from pydantic import SecretStr

from amigo_mock.engine.http.addresses import is_local
from amigo_mock.engine.http.messages import Request
from amigo_mock.errors import ApiError


def admit(secret: SecretStr | None, request: Request, *, from_here: bool = False) -> None:
    """Admit a request that has the control token, or without one a request from this machine.

    `from_here` admits requests of this machine that have no credentials although a token is set: a
    container looks after its own health without a secret. Raises a 401 or 403 `ApiError`.
    """
    given = request.headers.get(b"authorization")
    if secret is None:
        if not _is_from_here(request):
            raise ApiError(
                403, "The control API answers only to this machine; set a control token to open it."
            )
    elif not (from_here and given is None and _is_from_here(request)):
        _check_token(secret, given or b"")


def _is_from_here(request: Request) -> bool:
    """True for a request from this machine.

    A page from elsewhere in a browser on this machine is not, by its `Origin` or by a `Host` that
    is not one of this machine.
    """
    host = request.headers.get(b"host", b"").decode("latin-1")
    origin = request.headers.get(b"origin")
    return (
        (request.client is None or is_local(request.client))
        and is_local(_host(f"//{host}"))
        and (origin is None or is_local(_host(origin.decode("latin-1"))))
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
