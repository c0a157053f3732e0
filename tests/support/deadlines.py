"""Deadlines as clients are told them: by their own clock, whatever the fake's says."""

from __future__ import annotations

import time
from datetime import datetime

from amigo_mock import AmigoMock
from amigo_mock.state.clock import LocalClock

SLOW = 30  # seconds that a test may take between an answer and the look at it


def lasts(expires_at: str, seconds: float) -> bool:
    """Report whether a deadline is so many seconds away, or a little less by now."""
    left = datetime.fromisoformat(expires_at).timestamp() - time.time()
    return seconds - SLOW < left <= seconds


def stop(mock: AmigoMock, at: float) -> None:
    """Stop the clock of a fake, and the time of its clients with it: both are the same."""
    assert isinstance(mock.clock, LocalClock)
    mock.clock.freeze(at, behind=0.0)
