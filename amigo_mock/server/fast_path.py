"""The fast path: requests that are answered without a task and a coroutine."""

from __future__ import annotations

from amigo_mock.engine.http.messages import Answer, Request
from amigo_mock.server.gateway import CONTROL, Gateway


def applies(gateway: Gateway, request: Request) -> bool:
    """True if a request is answered at once: nothing waits, and the answer comes in one piece.

    The control API may take its time, with bodies that are large.
    """
    if request.path.startswith(CONTROL):
        return False
    tenants = gateway.tenants
    return not tenants.of(request.path).faults and not tenants.routes.streams(request)


def answer(gateway: Gateway, request: Request) -> Answer:
    """The answer to a request that the fast path applies to.

    A fault that was armed since then would let it wait or cut the connection, which only uvicorn's
    way can do, and comes too late for it.
    """
    request.spared = True
    (step,) = gateway.answer(request)  # to its end: to close it before that takes longer
    assert isinstance(step, Answer)
    return step
