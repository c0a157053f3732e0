"""ASGI messages become a request, and an answer becomes ASGI messages."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

import anyio
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from amigo_mock.engine.http.messages import Answer, Request, first_of
from amigo_mock.engine.pipeline import Steps
from amigo_mock.operations.responses import Wait
from amigo_mock.server.gateway import Gateway

CLOSE = (b"connection", b"close")


async def serve(gateway: Gateway, scope: Scope, receive: Receive, send: Send) -> None:
    """Have a gateway answer a request. Raises `Dropped` where the connection is to be cut."""
    request = await read(scope, receive, gateway.body_limit(scope["path"]))
    steps = gateway.answer(request)
    try:
        await drive(steps, request, scope, receive, send)
    finally:
        steps.close()


async def read(scope: Scope, receive: Receive, limit: int) -> Request:
    """The request with its body, which is read to the limit and no further."""
    client = scope.get("client")
    request = Request(
        scope["method"],
        scope["path"],
        scope["query_string"].decode("latin-1"),
        first_of(list(scope["headers"])),
        scheme=scope["scheme"],
        client=client and client[0],
    )
    if announces_more(request, limit):
        request.oversized = True
    elif b"content-length" in request.headers or b"transfer-encoding" in request.headers:
        body = bytearray()
        try:
            async for part in HttpRequest(scope, receive).stream():
                body += part
                if len(body) > limit:
                    break
        except ClientDisconnect:
            request.aborted = True
        request.body = bytes(body)
    return request


def announces_more(request: Request, limit: int) -> bool:
    """Report whether a client that waits to be told so would send a body beyond the limit."""
    waits = request.headers.get(b"expect", b"").lower() == b"100-continue"
    length = request.headers.get(b"content-length", b"")
    return waits and length.isdigit() and int(length[:20]) > limit


async def drive(steps: Steps, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
    """Wait as long as the steps say, and send the answer; of a stream, each piece as it is made."""
    for step in steps:
        if isinstance(step, Wait):
            await anyio.sleep(step.seconds)
        elif isinstance(step, Answer):
            if request.oversized:  # its body may come all the same, and must not be taken for more
                step.headers.append(CLOSE)
            if step.streamed:
                await stream(step, steps, scope, receive, send)
                return
            start = {"type": "http.response.start", "status": step.status}
            await send({**start, "headers": step.framed()})
            await send({"type": "http.response.body", "body": step.sent})


async def stream(answer: Answer, steps: Steps, scope: Scope, receive: Receive, send: Send) -> None:
    """Send a streamed answer, until it ends or its client has gone."""
    async with aclosing(pieces(steps)) as found:
        response = StreamingResponse(found, answer.status)
        response.raw_headers = answer.framed()
        await response(scope, receive, send)


async def pieces(steps: Steps) -> AsyncGenerator[bytes, None]:
    """The pieces of a streamed answer, with time for everybody else after each."""
    for step in steps:
        if isinstance(step, Wait):
            await anyio.sleep(step.seconds)
        elif isinstance(step, bytes):
            yield step
            await anyio.sleep(0)
