"""A clock: what it shows, and how one waits for it, so that hours of waiting can be tried in no time."""

import time
from typing import Protocol

from features import clock


class Clock(Protocol):
    """What shows the time."""

    ahead: int
    """Microseconds that it is set ahead of the true time: vendors count their windows by that."""

    def now(self) -> int:
        """Return microseconds UTC."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class Wall:
    """The clock on the wall."""

    ahead: int = 0

    def now(self) -> int:
        """Return microseconds UTC."""
        return clock.now()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
