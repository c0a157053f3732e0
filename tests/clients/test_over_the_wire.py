"""Clients over the wire: those of httpx2, on connections that are kept."""

from __future__ import annotations

import ssl

import httpx2
import pytest

from amigo_mock import AmigoMock
from tests.support.paths import PERSONAS


def test_a_body_that_is_too_large_is_answered() -> None:
    """Rule: the answer is read, even if it came before all was sent. Source: the 413."""
    with AmigoMock(max_body_size=1000) as mock, mock.client() as client:
        assert client.post(PERSONAS, content=b"x" * 5_000_000).status_code == 413
        assert client.get(PERSONAS).status_code == 200


def test_a_connection_that_has_ended_is_not_used_again() -> None:
    """Rule: whoever asks after the server was started anew does not notice. Source: keep-alive."""
    with AmigoMock() as mock, mock.client() as client:
        assert client.get(PERSONAS).status_code == 200
        port = int(mock.url.rpartition(":")[2])
        mock.stop()
        with pytest.raises(httpx2.ConnectError, match="refused"):
            client.get(PERSONAS)
        with AmigoMock(port=port):
            assert client.get(PERSONAS).status_code == 200


def test_other_servers_are_reached_as_ever() -> None:
    """Rule: what is for somebody else goes there. Source: it is an `httpx2.Client`."""
    with AmigoMock() as mock, AmigoMock(strict=True) as other, mock.client() as client:
        assert client.get(f"{other.url}/_mock/health").json()["strict"] is True
        assert client.get("/_mock/health").json()["strict"] is False
        with pytest.raises(httpx2.UnsupportedProtocol):
            client.get("ftp://127.0.0.1/")


@pytest.mark.parametrize("in_process", [False, True])
def test_options_are_those_of_httpx2(in_process: bool) -> None:
    """Rule: `transport` and `mounts` are done. Source: they are options of `httpx2.Client`."""

    def answer(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(299)

    with AmigoMock() as mock:
        for option in (
            {"transport": httpx2.MockTransport(answer)},
            {"mounts": {"all://": httpx2.MockTransport(answer)}},
        ):
            with mock.client(in_process=in_process, **option) as client:
                assert client.get(PERSONAS).status_code == 299


@pytest.mark.parametrize("in_process", [False, True])
def test_a_client_is_one_of_httpx2(in_process: bool) -> None:
    """Rule: no class of ours stands in its place. Source: a client does as its documents say."""
    with AmigoMock() as mock, mock.client(in_process=in_process) as client:
        assert type(client) is httpx2.Client
        assert type(mock.async_client(in_process=in_process)) is httpx2.AsyncClient


def test_no_certificate_authority_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rule: a connection without TLS needs none, and reading them takes longer than all the rest.

    Source: the time from start to the first answer.
    """

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("certificates are read")

    for name in ("load_default_certs", "load_verify_locations", "set_default_verify_paths"):
        monkeypatch.setattr(ssl.SSLContext, name, refuse)
    with AmigoMock() as mock, mock.client() as client:
        assert client.get(PERSONAS).status_code == 200
