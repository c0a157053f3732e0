"""The servers everything is compared with: as little as can be answered over the same stack."""

from __future__ import annotations

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

PERSONAS = "/v1/mock-org/simulation/persona/"
USER = {"org_id": "mock-org", "user_id": "mock-user"}
PAGE = {
    "simulation_personas": [
        {
            "id": f"{number:024x}",
            "name": f"Confused New User {number:012d}",
            "role": "patient",
            "tags": {"category": "onboarding", "difficulty": "low"},
            "is_deleted": False,
            "created_at": "2026-01-01T00:00:00.000000Z",
            "creator": USER,
            "updated_at": "2026-01-01T00:00:00.000000Z",
            "updated_by": USER,
        }
        for number in range(50)
    ],
    "has_more": True,
    "continuation_token": 50,
    "filter_values": {
        "creators": [USER],
        "tags": ["category", "difficulty"],
        "roles": ["patient"],
    },
}
PAGE_BYTES = JSONResponse(PAGE).body
CREATED = {"simulation_persona_id": "6618791275130b73714e8d1c"}


async def raw(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a few fixed bytes with no framework: the ceiling of server and load generator."""
    if scope["type"] == "http":
        headers = [(b"content-length", b"2"), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{}"})


async def created(request: Request) -> Response:
    """Answer the id of a persona that is stored nowhere."""
    return JSONResponse(CREATED, status_code=201)


async def page(request: Request) -> Response:
    """Encode a page of 50 personas for every request."""
    return JSONResponse(PAGE)


async def page_bytes(request: Request) -> Response:
    """Answer a page of 50 personas encoded beforehand."""
    return Response(PAGE_BYTES, media_type="application/json")


APPLICATIONS: dict[str, ASGIApp] = {
    "raw": raw,
    "bare": Starlette(
        routes=[Route(PERSONAS, created, methods=["POST"]), Route(PERSONAS, page)],
    ),
    "bytes": Starlette(routes=[Route(PERSONAS, page_bytes)]),
}


if __name__ == "__main__":
    uvicorn.run(
        APPLICATIONS[sys.argv[1]],
        port=int(sys.argv[2]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        lifespan="off",
        log_level="warning",
    )
