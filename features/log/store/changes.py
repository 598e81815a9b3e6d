"""The changes: whether anything was committed to a SQLite file, by whatever process, at the price of comparing bytes.

Beside a file in WAL mode lies an index, `-shm`, that all its processes map. Its header moves with each commit, before
that returns, and is what SQLite's own readers look at (https://sqlite.org/walformat.html, the WAL-index header); they
lock the file for it, too, which costs many times as much as all else that a kept answer asks of the store.
"""

import mmap
import os
from pathlib import Path
from threading import Lock

_HEADER = 96
"""Bytes of the header, which stands there twice."""
_lock = Lock()
_mapped: dict[tuple[int, int], mmap.mmap] = {}
"""Indices by device and inode, for as long as the process lives: closing any descriptor of a file would take away the
locks that SQLite holds on it in this process."""


class Changes:
    """Of one file that is open in this process."""

    def __init__(self, path: Path) -> None:
        """Map the index of a SQLite file; where there is none nothing is told."""
        self._index = _index(path.with_name(f"{path.name}-shm"))

    def seen(self) -> bytes:
        """Return what is another after each commit; empty where that is not told."""
        return self._index[:_HEADER] if self._index is not None else b""


def _index(path: Path) -> mmap.mmap | None:
    with _lock:
        try:
            found = path.stat()
            key = found.st_dev, found.st_ino
            if key not in _mapped:
                file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
                _mapped[key] = mmap.mmap(file, _HEADER, mmap.MAP_SHARED, mmap.PROT_READ)
            return _mapped[key]
        except (OSError, ValueError):
            return None
