"""Transports over the wire: those of httpx2, made without a look at certificate authorities."""

from __future__ import annotations

import ssl

import httpx2


def transport(*, secure: bool = False) -> httpx2.HTTPTransport:
    """For `httpx2.Client`; `secure` is for a fake that is reached over TLS."""
    return httpx2.HTTPTransport(verify=_verify(secure), trust_env=False)


def async_transport(*, secure: bool = False, keep_alive: bool = True) -> httpx2.AsyncHTTPTransport:
    """For `httpx2.AsyncClient`; without `keep_alive` nothing is left to be closed."""
    limits = httpx2.Limits() if keep_alive else httpx2.Limits(max_keepalive_connections=0)
    return httpx2.AsyncHTTPTransport(verify=_verify(secure), trust_env=False, limits=limits)


def _verify(secure: bool) -> ssl.SSLContext | bool:
    # A context that trusts nobody costs nothing; one that is made for TLS reads every certificate
    # authority of the machine.
    return True if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
