"""The files of a log's columns: one array each, mapped into memory, or a slice of it read."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def save(folder: Path, name: str, values: NDArray[Any]) -> None:
    """Write an array."""
    np.save(_path(folder, name), values, allow_pickle=False)


def mapped(folder: Path, name: str) -> NDArray[Any]:
    """Map an array into memory, read-only."""
    found: NDArray[Any] = np.load(_path(folder, name), mmap_mode="r", allow_pickle=False)
    return found


def read(folder: Path, name: str, begin: int, end: int) -> NDArray[Any]:
    """Read a slice of an array, past the map: what was looked at is given back with the slice."""
    with _path(folder, name).open("rb") as file:
        np.lib.format.read_magic(file)
        shape, _, kind = np.lib.format.read_array_header_1_0(file)
        item = kind.itemsize * int(np.prod(shape[1:], dtype=np.int64))
        file.seek(begin * item, 1)
        values = np.fromfile(file, kind, (end - begin) * item // kind.itemsize)
    if values.size * kind.itemsize != (end - begin) * item:
        raise OSError(f"{_path(folder, name)} has become shorter while it was read.")
    return values.reshape(end - begin, *shape[1:])


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.npy"
