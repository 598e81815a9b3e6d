"""Streams: answers that go on, so many at once; they take no turns, and end when the server does."""

import asyncio


class Full(RuntimeError):
    """There are as many as may be."""


class Streams:
    """Those of a server, in one loop."""

    def __init__(self, most: int) -> None:
        """Begin with none."""
        self.most = most
        self.open = 0
        self._waiting: set[asyncio.Event] = set()
        self.over = False
        """Whether the server ends."""

    def begin(self) -> None:
        """Count one more.

        Raises:
            Full: there are as many as may be.
        """
        if self.open >= self.most:
            raise Full
        self.open += 1

    def done(self) -> None:
        """Count one less."""
        self.open -= 1

    def end(self) -> None:
        """Let all end: those that wait are woken."""
        self.over = True
        for one in self._waiting:
            one.set()

    async def pause(self, seconds: float) -> None:
        """Wait, but no longer than the server goes on."""
        woken = asyncio.Event()
        self._waiting.add(woken)
        try:
            if not self.over:
                async with asyncio.timeout(seconds):
                    await woken.wait()
        except TimeoutError:
            pass
        finally:
            self._waiting.discard(woken)
