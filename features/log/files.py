"""The files of a log: an array each, written piece by piece, mapped into memory, or a slice of it read."""

from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


class Growing:
    """An array of unknown length that is written piece by piece along its first axis."""

    def __init__(self, folder: Path, name: str) -> None:
        self._path = _path(folder, name)
        self._file: BinaryIO | None = None
        self._shape: tuple[int, ...] = ()
        self._type = np.dtype(np.int64)

    def append(self, values: NDArray[Any]) -> None:
        """Write a piece; all pieces are of one type."""
        if self._file is None:
            self._file = self._path.open("wb")
            self._shape, self._type = (0, *values.shape[1:]), values.dtype
            self._head()
        self._shape = (self._shape[0] + len(values), *self._shape[1:])
        np.ascontiguousarray(values).tofile(self._file)

    def close(self) -> None:
        """Write how many there are. NumPy leaves room for that in the head of a file."""
        assert self._file is not None
        with self._file:
            self._file.seek(0)
            self._head()

    def _head(self) -> None:
        assert self._file is not None
        head = {"descr": np.lib.format.dtype_to_descr(self._type), "fortran_order": False, "shape": self._shape}
        np.lib.format.write_array_header_1_0(self._file, head)


def there(folder: Path, name: str) -> bool:
    """Return whether an array was written."""
    return _path(folder, name).is_file()


def mapped(folder: Path, name: str) -> NDArray[Any]:
    """Map an array into memory, read-only; it is a plain one, whose parts cost less to take."""
    found: NDArray[Any] = np.asarray(np.load(_path(folder, name), mmap_mode="r", allow_pickle=False))
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


def save_texts(folder: Path, name: str, texts: pa.Array, column: str) -> None:
    """Write texts, such as the ids of customers; `column` tells whoever looks into the file what they are."""
    with pa.OSFile(str(_texts(folder, name)), "wb") as sink:
        batch = pa.record_batch({column: texts})
        with pa.ipc.new_file(sink, batch.schema) as file:
            file.write_batch(batch)


def mapped_texts(folder: Path, name: str) -> pa.Array:
    """Map texts into memory."""
    return pa.ipc.open_file(pa.memory_map(str(_texts(folder, name)))).get_batch(0).column(0)


def _texts(folder: Path, name: str) -> Path:
    return folder / f"{name}.arrow"


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.npy"
