"""Kept: answers as bytes, so that who asks again is answered at once. Nothing in them ages: a key tells it all.

A bundle over stored events has its own, which goes with it.
"""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock

MOST = 64 << 20
"""Bytes of answers."""
_BESIDE = 500
"""Bytes that a key and its place take, about."""


class Kept:
    """Answers by all that they depend on, bounded in bytes; may be used by several threads."""

    def __init__(self, most: int = MOST) -> None:
        """Begin with nothing."""
        self._most = most
        self._size = 0
        self._lock = Lock()
        self._answers: OrderedDict[Hashable, bytes] = OrderedDict()

    def __len__(self) -> int:
        """Return how many answers there are."""
        return len(self._answers)

    def get(self, key: Hashable) -> bytes | None:
        """Return an answer, None where it is not kept."""
        with self._lock:
            found = self._answers.get(key)
            if found is not None:
                self._answers.move_to_end(key)
            return found

    def put(self, key: Hashable, answer: bytes) -> None:
        """Keep an answer, and let go of those that were not asked for longest."""
        with self._lock:
            if (before := self._answers.pop(key, None)) is not None:
                self._size -= len(before) + _BESIDE
            self._answers[key] = answer
            self._size += len(answer) + _BESIDE
            while self._size > self._most:
                _, gone = self._answers.popitem(last=False)
                self._size -= len(gone) + _BESIDE

    def clear(self) -> None:
        """Let go of all."""
        with self._lock:
            self._answers.clear()
            self._size = 0
