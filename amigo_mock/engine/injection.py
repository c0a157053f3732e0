"""Armed faults: what they do to a request, before and after it is handled."""

from __future__ import annotations

from collections.abc import Generator

from amigo_mock.engine.exchange import Exchange, note_request
from amigo_mock.engine.http.messages import Answer, Answered, stand_in
from amigo_mock.errors import Dropped
from amigo_mock.operations.responses import Wait
from amigo_mock.state.faults import Fault


def inject_fault(exchange: Exchange) -> Generator[Wait, None, None]:
    """Let an armed fault hit a request: delay it, cut the connection, or stand in for the service.

    One that comes after the handler has run, or between two events, is only noted here.
    """
    fake, entry = exchange.fake, exchange.entry
    unhit = exchange.request.race or exchange.request.spared
    with fake.lock:  # the last hit of a fault is that of one call, and of none before a reset
        exchange.check_current()
        fault = None if unhit else fake.faults.take(exchange.operation.id)
    if fault is None:
        return
    exchange.fault, entry.fault = fault, fault.answers or fault.drop
    if recorder := fake.recorder:
        recorder.fault_hit(entry, fault)
    if fault.after_events is not None:
        return
    if fault.delay:
        yield Wait(fault.delay)
        exchange.check_current()
    if fault.when == "before":
        if fault.drop:
            note_request(exchange, accepted=False)
            raise Dropped
        if fault.answers:
            raise Answered(stand_in(fault))


def inject_after(exchange: Exchange, fault: Fault, result: Answer) -> Generator[Wait, None, Answer]:
    """Let a fault hit an answer: drop it, replace it, or delay it."""
    if result.pieces is not None:
        if fault.after_events is not None:
            return result
        if fault.drop or fault.answers:
            for _ in result.pieces:  # the handler runs to its end, and nobody hears of it
                pass
    if fault.after_events is not None and fault.delay:
        yield Wait(fault.delay)
        exchange.check_current()
    if fault.drop:
        note_request(exchange, accepted=False)
        raise Dropped
    return stand_in(fault) if fault.answers else result
