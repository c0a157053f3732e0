"""The edge of HTTP: what is no request, nearly one, or too much of one.

Rule of all of them: the same answers and the same end of the connection with the fast path and
without it, and on plain uvicorn too, unless the table says why not. Source: HTTP (RFC 9110 and
9112), and the one promise of a fake.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server.malformed import CASES
from tests.support.edges import DATE, LONG, SHORT, Edge, Verdict, edges


@pytest.fixture(scope="module")
def running() -> Iterator[dict[str, Edge]]:
    with edges() as found:
        yield found


@pytest.mark.parametrize("name", CASES)
def test_the_verdict(running: dict[str, Edge], name: str) -> None:
    """Rule: as the table says; what is refused changes nothing. Source: HTTP."""
    case = CASES[name]
    wanted = Verdict(case.statuses, case.closed)
    found = {}
    for way, edge in running.items():
        edge.fake.reset()
        before = edge.fake.revision
        found[way] = edge.send(
            case.content, wanted, LONG if way != "plain" or case.plainly else SHORT
        )
        assert (edge.fake.revision != before) is (201 in found[way].statuses)
    assert found["fast"] == wanted
    assert found["slow"] == wanted
    assert DATE.sub(b"", found["fast"].content) == DATE.sub(b"", found["slow"].content)
    assert (found["plain"] == wanted) is case.plainly
