"""Streams: answers that go on, so many at once; they take no turns, and end when the server does.

One pulse looks for all of them what there is to tell: it is put into its form once, and who has nothing to be told is
not woken.
"""

import asyncio
from collections.abc import Callable

SECONDS = 1.0
"""Between two looks at what there is to tell: what came in meanwhile is told as one."""
BEAT = 15
"""Looks without anything to tell, after which something is sent all the same, so that who has gone is noticed."""
_QUIET = b": \n\n"
"""What is sent then: a comment, which no reader is shown."""


class Full(RuntimeError):
    """There are as many as may be."""


class Stream:
    """One of them. Nothing is kept for who reads slowly: they are told the newest when they have read."""

    def __init__(self, may: Callable[[], bool]) -> None:
        """Begin.

        Args:
            may: whether it still may be told anything; asked at each look.
        """
        self.may = may
        self._next = b""
        self._over = False
        self.last = False
        """Whether what is told next is the last."""
        self._woken = asyncio.Event()

    def tell(self, what: bytes) -> None:
        """Have something told next, in place of what still waits."""
        self._next = what
        self._woken.set()

    def beat(self) -> None:
        """Have something sent where nothing waits."""
        if not self._woken.is_set():
            self.tell(_QUIET)

    def end(self) -> None:
        """Tell nothing more, not even what waits."""
        self._over = True
        self._woken.set()

    async def next(self) -> bytes:
        """Wait for what is told next, and return it; empty where the stream is over."""
        await self._woken.wait()
        self._woken.clear()
        told = b"" if self._over else self._next
        if self.last:
            self.end()
        return told


class Streams:
    """Those of a server, in one loop."""

    def __init__(self, most: int, seconds: float = SECONDS) -> None:
        """Begin with none; a look is taken so often."""
        self.most = most
        self._seconds = seconds
        self._open: set[Stream] = set()
        self._pulse: asyncio.Task[None] | None = None
        self._told, self._event = b"", b""
        """What there was to tell at the last look, and the same as a server-sent event."""
        self.over = False
        """Whether the server ends."""

    def begin(self, look: Callable[[], bytes], may: Callable[[], bool] = lambda: True) -> Stream:
        """Begin one more, which is told at once what there is.

        Args:
            look: returns what there is to tell, the same bytes as long as it is the same: a line.
            may: as `Stream` takes it.

        Raises:
            Full: there are as many as may be.
        """
        if len(self._open) >= self.most:
            raise Full
        one = Stream(may)
        self._open.add(one)
        one.tell(self._formed(look()))
        one.last = self.over
        loop = asyncio.get_running_loop()
        if self._pulse is None or self._pulse.done() or self._pulse.get_loop() is not loop:
            self._pulse = loop.create_task(self._follow(look))
        return one

    def done(self, one: Stream) -> None:
        """Count one less."""
        self._open.discard(one)

    def end(self) -> None:
        """Let all end."""
        self.over = True
        for one in self._open:
            one.end()

    async def _follow(self, look: Callable[[], bytes]) -> None:
        """Look again and again while somebody listens, and wake who is to be told something."""
        quiet = 0
        while self._open and not self.over:
            before = self._event
            await asyncio.sleep(self._seconds)
            event = self._formed(look())
            quiet = 0 if event is not before else quiet + 1
            for one in self._open:
                if not one.may():
                    one.end()
                elif not quiet:
                    one.tell(event)
                elif quiet % BEAT == 0:
                    one.beat()

    def _formed(self, told: bytes) -> bytes:
        if told is not self._told or not self._event:
            self._told, self._event = told, b"data: " + told + b"\n\n"
        return self._event
