"""Bodies of every kind: forms, bytes, and what the document says of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amigo_mock.clients.in_process import InProcessTransport
from amigo_mock.engine.http.messages import success
from amigo_mock.engine.http.streaming import encoded
from amigo_mock.operations import openapi
from amigo_mock.operations.bodies import MOST_PARTS, BrokenForm, parse
from amigo_mock.server.gateway import Gateway
from tests.support.made_up import BASE, OPERATION, OPERATIONS, Length, headers, made_up_fake

RECORD, HEAR, UPLOAD = f"{BASE}/record", f"{BASE}/hear", f"{BASE}/upload"
PLAIN = {"kind": "text"}


@pytest.fixture
def client() -> Iterator[httpx2.Client]:
    fake = made_up_fake(max_body_size=100_000)
    transport = InProcessTransport(Gateway(fake))
    with httpx2.Client(
        transport=transport, base_url="http://mock", headers=headers(fake), trust_env=False
    ) as found:
        yield found


def form(*parts: bytes, boundary: bytes = b"x", end: bytes = b"--x--\r\n") -> bytes:
    return b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts) + end


def part(name: str, content: bytes, more: str = "") -> bytes:
    return f'Content-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + content


SENT = {"Content-Type": "multipart/form-data; boundary=x"}


def test_a_file_is_taken(client: httpx2.Client) -> None:
    """Rule: its bytes, its name and its media type. Source: multipart/form-data."""
    files = {"recorded_message": ("a.wav", b"RIFF", "audio/wav")}
    found = client.post(RECORD, data={"kind": "voice", "event": ["a", "b"]}, files=files)
    assert found.json() == {
        "kind": "voice",
        "recorded": "RIFF",
        "file_name": "a.wav",
        "media_type": "audio/wav",
        "events": ["a", "b"],
    }


def test_a_field_stands_for_a_file(client: httpx2.Client) -> None:
    """Rule: a client may send the text of a file as a plain field. Source: `Upload`."""
    body = form(part("kind", b"text"), part("recorded_message", "Grüße".encode()))
    found = client.post(RECORD, content=body, headers=SENT).json()
    assert (found["recorded"], found["file_name"], found["events"]) == ("Grüße", None, [])


@pytest.mark.parametrize(
    ("data", "places"),
    [
        ({}, [["body", "kind"], ["body", "recorded_message"]]),
        ({"kind": "song", "recorded_message": "x"}, [["body", "kind"]]),
    ],
)
def test_a_wrong_form_is_422(client: httpx2.Client, data: Any, places: Any) -> None:
    """Rule: each field that is wrong or missing is a finding. Source: the errors' shape."""
    body = form(*(part(name, value.encode()) for name, value in data.items()))
    found = client.post(RECORD, content=body, headers=SENT)
    assert found.status_code == 422
    assert [finding["loc"] for finding in found.json()["detail"]] == places


@pytest.mark.parametrize("kind", [None, "application/json", "application/x-www-form-urlencoded"])
def test_a_body_of_another_kind_is_422(client: httpx2.Client, kind: str | None) -> None:
    """Rule: what is no form lacks every field. Source: the errors' shape."""
    sent = {} if kind is None else {"Content-Type": kind}
    found = client.post(RECORD, content=b'{"kind": "text"}', headers=sent)
    assert found.status_code == 422
    assert found.json()["detail"][0]["loc"] == ["header", "content-type"]


BROKEN = {
    "no end": form(part("kind", b"text"), end=b""),
    "no boundary": b"kind=text",
    "nothing like it": b"\x00\x01",
    "no name": form(b"Content-Disposition: form-data\r\n\r\nx"),
    "no disposition": form(b"X: y\r\n\r\nx"),
    "no text": form(part("kind", b"\xff")),
    "too many parts": form(*[part("event", b"x")] * (MOST_PARTS + 1)),
    "a broken header": form(b"Content-Disposition form-data\r\n\r\nx"),
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_form_is_400(client: httpx2.Client, body: bytes) -> None:
    """Rule: what cannot be read is a 400, before anybody is asked who they are.

    Source: the framework.
    """
    del client.headers["Authorization"]
    found = client.post(RECORD, content=body, headers=SENT)
    assert found.status_code == 400
    assert client.post(RECORD, content=form(part("kind", b"x")), headers=SENT).status_code == 401


def test_a_form_without_a_boundary_is_400(client: httpx2.Client) -> None:
    """Rule: as any that cannot be read. Source: the framework."""
    sent = {"Content-Type": "multipart/form-data"}
    assert client.post(RECORD, content=b"x", headers=sent).status_code == 400


def test_a_form_that_is_too_large_is_413(client: httpx2.Client) -> None:
    """Rule: the limit holds for bodies of every kind. Source: settings."""
    body = form(part("recorded_message", b"x" * 100_000, '; filename="a"'))
    assert client.post(RECORD, content=body, headers=SENT).status_code == 413


@given(body=st.binary(max_size=200), boundary=st.sampled_from([b"x", b"yy"]))
def test_any_bytes_are_a_form_or_a_broken_one(body: bytes, boundary: bytes) -> None:
    """Rule: no other error comes of it. Source: no 500s."""
    for content in (body, form(body, boundary=boundary), form(part("a", body))):
        with suppress(BrokenForm):
            parse(content, b"multipart/form-data; boundary=" + boundary)


def test_bytes_are_taken_as_they_are(client: httpx2.Client) -> None:
    """Rule: of the media types that the operation declares; parameters of it do not matter.

    Source: the operation's declaration.
    """
    for kind in ("audio/wav", "audio/mpeg", "AUDIO/WAV; rate=16000"):
        found = client.post(HEAR, content=b"\x00\xff", headers={"Content-Type": kind})
        assert (found.status_code, found.json()) == (200, {"length": 2})


@pytest.mark.parametrize("kind", [None, "audio/flac", "application/json"])
def test_another_media_type_is_415_where_that_is_declared(
    client: httpx2.Client, kind: str | None
) -> None:
    """Rule: 415 where the operation declares it, 422 elsewhere. Source: the published statuses."""
    sent = {} if kind is None else {"Content-Type": kind}
    found = client.post(HEAR, content=b"x", headers=sent)
    assert (found.status_code, found.json()["detail"]) == (415, OPERATION["hear"].errors[415])
    (finding,) = client.put(UPLOAD, content=b"x", headers=sent).json()["detail"]
    assert finding["loc"] == ["header", "content-type"]
    assert finding["input"] == (kind or "")


def test_bytes_are_given_as_they_are(client: httpx2.Client) -> None:
    """Rule: with the declared media type and their length. Source: the operation's declaration."""
    found = client.get(f"{BASE}/download")
    assert found.content == b"\x1f\x8b\x00archive"
    assert found.headers["content-type"] == "application/gzip"
    assert found.headers["content-length"] == str(len(found.content))


def test_a_handler_that_gives_something_else_is_a_bug() -> None:
    """Rule: an answer of another type never goes out. Source: the pipeline's last step."""
    with pytest.raises(TypeError, match="download"):
        success(OPERATION["download"], "text")
    with pytest.raises(TypeError, match="talk"):
        encoded(OPERATION["talk"], Length(length=1))
    with pytest.raises(TypeError, match="talk"):
        encoded(OPERATION["talk"], {"type": "ended"})


@pytest.mark.parametrize("strict", [False, True])
def test_the_document_has_media_types_and_events(strict: bool) -> None:
    """Rule: what is taken and given, by media type, with a schema. Source: OpenAPI 3.1."""
    found = openapi.document(OPERATIONS, "made up", strict=strict)
    paths = {
        path.rpartition("/")[2]: next(iter(methods.values()))
        for path, methods in found["paths"].items()
    }
    binary = {"type": "string", "format": "binary"}
    assert paths["hear"]["requestBody"]["content"] == {
        "audio/wav": {"schema": binary},
        "audio/mpeg": {"schema": binary},
    }
    assert paths["upload"]["requestBody"]["content"] == {"application/zip": {"schema": binary}}
    (kind,) = paths["record"]["requestBody"]["content"]
    assert kind == "multipart/form-data"
    fields = found["components"]["schemas"]["Recording"]["properties"]
    assert fields["recorded_message"] == {"title": "Recorded Message", **binary} or (
        found["components"]["schemas"]["Upload"] == binary
    )
    content = paths["download"]["responses"]["200"]["content"]
    assert content == {"application/gzip": {"schema": binary}}
    assert "content" not in paths["forget"]["responses"]["204"]
    stream = paths["talk"]["responses"]["201"]["content"]["application/x-ndjson"]["schema"]
    events = [item["$ref"].rpartition("/")[2] for item in stream["anyOf"]]
    assert events == ["Begun", "Piece", "Ended"]
    assert set(events) <= set(found["components"]["schemas"])
