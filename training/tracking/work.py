"""Work: when a run's work was done, which is before it is recorded."""

import time
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Work:
    """From when to when something was worked at, in seconds of the clock."""

    begin: float
    end: float

    @classmethod
    def since(cls, begin: float) -> "Work":
        """Return the work that began then and has just ended."""
        return cls(begin, time.time())

    def last(self, seconds: float) -> "Work":
        """Return the last seconds of it."""
        return replace(self, begin=self.end - seconds)
