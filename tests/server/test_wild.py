"""Made-up bytes: with the fast path, without it, and on plain uvicorn the same comes of them."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from tests.support.edges import edges
from tests.support.wild import disagreement, wild


def test_made_up_bytes_have_the_same_verdict_everywhere() -> None:
    """Rule: the same statuses, bodies and end of the connection, and never a 500. Source: HTTP, and
    the one promise of a fake. `python -m tests.benchmarks.edge` goes on for as long as is asked.
    """
    with edges() as found:

        @settings(
            max_examples=60,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(wild)
        def compare(content: bytes) -> None:
            assert not disagreement(found, content)

        compare()
