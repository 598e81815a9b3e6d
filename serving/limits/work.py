"""Work: one request under way, which stops where nobody waits for it any more, or for too long."""

import asyncio
from contextvars import ContextVar
from enum import StrEnum

_LOOK = 0.25
"""Seconds between two looks at who is late: one timer for all requests."""


class Ended(StrEnum):
    """Why a work ended before it was done."""

    GONE = "nobody waits for the answer any more"
    LATE = "it took too long"


class Stopped(RuntimeError):
    """The work was told to end."""


class Work:
    """One request under way."""

    __slots__ = ("deadline", "ended", "id", "key", "task")

    def __init__(self, id_: str) -> None:
        """Begin; nothing is late without a deadline."""
        self.id = id_
        """The request's."""
        self.key = ""
        """What the key is called that it came with."""
        self.ended: Ended | None = None
        self.deadline = float("inf")
        """When it is late, by the loop's clock."""
        self.task: asyncio.Task[object] | None = None
        """What waits for it."""

    def end(self, why: Ended) -> None:
        """Stop it: who waits for it is told now, what computes it at its next look."""
        if self.ended is None:
            self.ended = why
            if self.task is not None:
                self.task.cancel()


CURRENT: ContextVar[Work | None] = ContextVar("work", default=None)
"""The request that the code is run for, in threads, too."""


def go_on() -> None:
    """Return while the request that this is computed for is waited for; a batch always is.

    Raises:
        Stopped: it is not.
    """
    work = CURRENT.get()
    if work is not None and work.ended is not None:
        raise Stopped(work.ended)


class Works:
    """All requests under way in one loop; ends those that are late."""

    def __init__(self) -> None:
        """Begin with none."""
        self._under_way: set[Work] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def add(self, work: Work, loop: asyncio.AbstractEventLoop) -> None:
        """Watch a work."""
        self._under_way.add(work)
        if self._loop is not loop:
            self._loop = loop
            loop.call_later(_LOOK, self._look, loop)

    def remove(self, work: Work) -> None:
        """Watch a work no more."""
        self._under_way.discard(work)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is not loop:
            return
        now = loop.time()
        for work in [one for one in self._under_way if one.deadline <= now]:
            work.end(Ended.LATE)
        if self._under_way:
            loop.call_later(_LOOK, self._look, loop)
        else:
            self._loop = None
