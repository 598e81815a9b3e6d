"""Kept: answers as bytes, so that who asks again is answered at once. Nothing in them ages: a key tells it all.

A bundle over stored events has its own, which goes with it.
"""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock

MOST = 64 << 20
"""Bytes of answers."""
_BESIDE = 500
"""Bytes that a key and its place take beside its texts, about."""
_WIDEST = 4
"""Bytes of a character that is not of ASCII, at most."""


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
                self._size -= _size(key, before)
            self._answers[key] = answer
            self._size += _size(key, answer)
            while self._size > self._most:
                self._size -= _size(*self._answers.popitem(last=False))

    def clear(self) -> None:
        """Let go of all."""
        with self._lock:
            self._answers.clear()
            self._size = 0


def _size(key: Hashable, answer: bytes) -> int:
    """Return how many bytes an answer takes with its key."""
    return len(answer) + _texts(key) + _BESIDE


def _texts(key: Hashable) -> int:
    """Return how many bytes the texts of a key take: they came with the request, and may be long."""
    if isinstance(key, str):
        return len(key) if key.isascii() else len(key) * _WIDEST
    return sum(map(_texts, key)) if isinstance(key, tuple) else 0
