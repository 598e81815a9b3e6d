"""Turns: so many requests are worked on at once, so many wait, and the others are sent away at once."""

import asyncio
from collections import deque


class Full(RuntimeError):
    """As many are worked on, and wait, as may."""


class Turns:
    """Gives turns in the order in which they are asked for, in one loop."""

    def __init__(self, at_once: int, waiting: int) -> None:
        """Begin with nobody."""
        self._at_once = at_once
        self._may_wait = waiting
        self._active = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def busy(self) -> bool:
        """Whether the next one has to wait, or is sent away."""
        return self._active >= self._at_once

    @property
    def full(self) -> bool:
        """Whether the next one is sent away."""
        return self.busy and len(self._waiting) >= self._may_wait

    async def take(self) -> None:
        """Return when it is one's turn; who is cancelled while waiting leaves the queue.

        Raises:
            Full: nobody may wait any more.
        """
        if not self.busy:
            self._active += 1
            return
        if self.full:
            raise Full
        mine = asyncio.get_running_loop().create_future()
        self._waiting.append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self.give()
            elif mine in self._waiting:  # else it was passed over
                self._waiting.remove(mine)
            raise

    def give(self) -> None:
        """End a turn: the next one's begins."""
        while self._waiting:
            following = self._waiting.popleft()
            if not following.done():
                following.set_result(None)
                return
        self._active -= 1
