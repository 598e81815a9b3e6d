"""Reading and erasing: who has read a dataset holds it, so that nothing of an erased person is written afterwards.

Locks are the system's: they end with the process, however it ends.
"""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from features import settings


def held(dataset: str, *, wait: bool = True) -> BinaryIO:
    """Return what holds a dataset until it is closed or gone: an erasure waits for it.

    Args:
        dataset: its name.
        wait: whether an erasure that is under way is waited for.

    Raises:
        BlockingIOError: one is, and it is not.
    """
    lock = _path(dataset).open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        lock.close()
        raise BlockingIOError("an erasure is under way: ask again when it has ended") from None
    return lock


@contextmanager
def erasing(dataset: str, waits: Callable[[], None]) -> Iterator[None]:
    """Let nobody read a dataset while the block runs, and wait until nobody holds what was read before.

    Args:
        dataset: its name.
        waits: is called where somebody does.
    """
    with _path(dataset).open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waits()
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _path(dataset: str) -> Path:
    path = settings.reading(dataset)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
