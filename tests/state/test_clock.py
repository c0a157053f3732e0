"""The clock: one for everything, forward only, stoppable."""

from __future__ import annotations

import time

import pytest

from amigo_mock.state.clock import LocalClock


def test_advancing_moves_now_by_the_sum_of_what_is_said() -> None:
    """Rule: `advance` adds seconds, minutes, hours and days. Source: the clock's own contract."""
    clock = LocalClock(start=1000.0)
    clock.advance(1, minutes=2, hours=1, days=1)
    assert clock.now() == 1000 + 1 + 120 + 3600 + 86400


@pytest.mark.parametrize("span", [-1.0, float("nan"), float("inf")])
def test_time_never_runs_back(span: float) -> None:
    """Rule: a negative or endless step is refused and changes nothing. Source: the clock."""
    clock = LocalClock(start=1000.0)
    with pytest.raises(ValueError, match=r"only moves forward|ends with the year 9000"):
        clock.advance(span)
    assert clock.now() == 1000


def test_a_thawed_clock_goes_on_from_where_it_stood() -> None:
    """Rule: thawing neither jumps back nor ahead by more than time itself. Source: the clock."""
    clock = LocalClock(start=1000.0)
    clock.thaw()
    assert 1000 <= clock.now() < 1010
    assert not clock.frozen


def test_reset_forgets_every_step() -> None:
    """Rule: a reset gives the clock as it was made. Source: a reset restores the start."""
    clock = LocalClock(start=1000.0)
    clock.advance(5)
    clock.thaw()
    clock.reset()
    assert (clock.now(), clock.frozen) == (1000.0, True)


def test_a_client_is_behind_by_what_the_clock_was_moved() -> None:
    """Rule: what is added to a time of the clock, for a client to be told it: nothing while nobody
    touched the clock. Source: deadlines.
    """
    clock = LocalClock()
    assert clock.behind == 0
    clock.advance(days=1)
    assert clock.behind == -86400
    clock.freeze(1000.0)
    assert abs(time.time() - 1000 - clock.behind) < 10
    clock.advance(5)
    assert abs(time.time() - 1005 - clock.behind) < 10
    clock.thaw()
    assert abs(time.time() - clock.now() - clock.behind) < 10
    clock.reset()
    assert clock.behind == 0


def test_a_clients_time_can_stop_with_the_clock() -> None:
    """Rule: where both stand still, nothing moves between them, until the clock is let go. Source:
    the replay of a capsule.
    """
    clock = LocalClock()
    clock.freeze(1000.0, behind=7.5)
    assert clock.behind == 7.5
    clock.thaw()
    assert clock.behind > 1000
    clock.freeze(1000.0, behind=7.5)
    clock.reset()
    assert clock.behind == 0


def test_times_are_cut_to_milliseconds() -> None:
    """Rule: timestamps have milliseconds and UTC. Source: assumption `milliseconds`."""
    found = LocalClock(start=1700000000.1239).datetime()
    assert (found.microsecond, str(found.tzinfo)) == (123000, "UTC")
