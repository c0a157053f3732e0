"""Streamed answers: one event after the other, each made under the lock of the fake."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack
from typing import Any

from pydantic import BaseModel

from amigo_mock.engine.exchange import Exchange
from amigo_mock.engine.http.messages import Answer
from amigo_mock.errors import Dropped, StateError
from amigo_mock.operations.operation import Operation
from amigo_mock.operations.responses import NDJSON, Wait

END = object()


def begin(exchange: Exchange, events: Iterator[Any]) -> Answer:
    """The beginning of a streamed answer. Until its first event is made, it can be refused."""
    first = next(events, END)
    if isinstance(events, Generator):
        exchange.fake.streams.add(events)
    headers = [(b"content-type", NDJSON.encode())]
    pieces = _pieces(exchange, events, first)
    next(pieces)  # what has not begun would not end the events when it is closed
    return Answer(exchange.operation.status, b"", headers, pieces)


def _pieces(
    exchange: Exchange, events: Iterator[Any], event: Any
) -> Generator[bytes | Wait, None, None]:
    """The events as bytes, with what a fault does in between. The lock is held for none of them."""
    sent = 0
    try:
        yield b""
        yield from _inject_fault(exchange, sent)
        while event is not END:
            if isinstance(event, Wait):
                yield event
            else:
                yield encoded(exchange.operation, event)
                sent += 1
                yield from _inject_fault(exchange, sent)
            event = _next(exchange, events)
        yield from _inject_fault(exchange, sent, ended=True)
    finally:
        if isinstance(events, Generator):
            with exchange.fake.lock:
                events.close()
                exchange.fake.streams.discard(events)
                commit(exchange)


def _next(exchange: Exchange, events: Iterator[Any]) -> Any:
    recorder = exchange.fake.recorder
    with ExitStack() as stack:
        stack.enter_context(exchange.fake.lock)
        exchange.check_current()
        if recorder is not None:
            stack.enter_context(recorder.continuing(exchange))
        event = next(events, END)
        commit(exchange)
        return event


def commit(exchange: Exchange) -> None:
    """Have the changes of an event kept. Cuts the connection where they cannot be."""
    try:
        exchange.fake.commit()
    except StateError:
        raise Dropped from None


def encoded(operation: Operation, event: Any) -> bytes:
    """An event as a line, checked against what the operation declares."""
    if not isinstance(event, operation.events):
        raise TypeError(f"{operation.id} sent {type(event).__name__}, not one of its events")
    assert isinstance(event, BaseModel)
    return event.__pydantic_serializer__.to_json(event, by_alias=True) + b"\n"


def _inject_fault(exchange: Exchange, sent: int, ended: bool = False) -> Iterator[Wait]:
    fault = exchange.fault
    if fault is None or fault.after_events is None:
        return
    if fault.after_events > sent if ended else fault.after_events == sent:
        if fault.delay:
            yield Wait(fault.delay)
            exchange.check_current()
        if fault.drop:
            raise Dropped
