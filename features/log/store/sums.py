"""Sums: how long each file of a stored log is, and its checksum, so that none that was damaged is ever read."""

import json
import zlib
from pathlib import Path

FILE = "sums.json"
_BLOCK = 1 << 20


class Damaged(ValueError):
    """A file is not as it was written; the message says which."""


def write(folder: Path, apart: str) -> None:
    """Write the sums of all files of a folder, but for one that is `apart`."""
    names = sorted(path.name for path in folder.iterdir() if path.name not in {FILE, apart})
    (folder / FILE).write_text(json.dumps({name: list(_sum(folder / name)) for name in names}), encoding="utf-8")


def check(folder: Path) -> None:
    """Look at every file of a folder that has sums.

    Raises:
        Damaged: one is missing, of another length, or has another content; or the sums are no longer there.
    """
    try:
        sums = {name: tuple(own) for name, own in json.loads((folder / FILE).read_text(encoding="utf-8")).items()}
    except (OSError, ValueError, AttributeError, TypeError):
        raise Damaged(f"{folder / FILE} cannot be read") from None
    for name, (length, checksum) in sums.items():
        path = folder / name
        size = path.stat().st_size if path.is_file() else None
        if size != length:
            raise Damaged(f"{path} has {size or 0:,} bytes, and was stored with {length:,}")
        if _sum(path) != (length, checksum):
            raise Damaged(f"{path} has another content than it was stored with")


def _sum(path: Path) -> tuple[int, int]:
    """Return how long a file is, and its CRC-32: it tells accidents, and is about as fast as files are read."""
    length = checksum = 0
    with path.open("rb", buffering=0) as file:
        while block := file.read(_BLOCK):
            length, checksum = length + len(block), zlib.crc32(block, checksum)
    return length, checksum
