"""The wall: the clock as requests read it, which never goes backward."""

from features.clock import now


class Wall:
    """A clock that is read once a request; set back, it stands still until it is caught up with."""

    def __init__(self) -> None:
        """Begin."""
        self._latest = 0

    def read(self) -> int:
        """Return the time in microseconds UTC."""
        self._latest = max(self._latest, now())
        return self._latest
