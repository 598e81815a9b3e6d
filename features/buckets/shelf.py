"""A shelf: rows of 64-bit words in parts, in memory where there is one part and in a file where there are more.

The file holds what came together as it came, so it is written from one end to the other; a part is picked from it.
What came together is packed: of each word the smallest is subtracted, and only so many bytes are written as the largest
then needs.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from features.buckets import packing
from features.sources.batch import Ints

_TYPES = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.int64}
_ALIGNED = 8
"""Rows are as long as a multiple of so many bytes."""


@dataclass(frozen=True)
class Layout:
    """How the rows of one block are packed."""

    size: int
    """Bytes of a row."""
    words: Ints
    """Of each word what was subtracted, its bytes, and where it begins in its row; shape (words, 3)."""

    @classmethod
    def of(cls, columns: Sequence[Ints]) -> "Layout":
        """Return the tightest layout for columns, the widest words first."""
        words = np.zeros((len(columns), 3), np.int64)
        for word, column in enumerate(columns):
            least, most = (int(column.min()), int(column.max())) if column.size else (0, 0)
            width = next(width for width in (0, 1, 2, 4, 8) if most - least < 1 << 8 * width)
            words[word, :2] = (0 if width == max(_TYPES) else least), width
        size = 0
        for word in np.argsort(-words[:, 1], kind="stable"):
            words[word, 2] = size
            size += int(words[word, 1])
        return cls(-(-size // _ALIGNED) * _ALIGNED, words)

    def packed(self, columns: Sequence[Ints], target: Ints, rows: int) -> NDArray[np.uint8]:
        """Return the bytes of rows, each where `target` says."""
        buffer = np.zeros(rows * self.size, np.uint8)
        for column, (least, width, at) in zip(columns, self.words.tolist(), strict=True):
            if width:
                packing.put(column, target, least, buffer.view(_TYPES[width]), self.size // width, at // width)
        return buffer


class Shelf:
    """Parts that grow at their ends and are read when nothing more comes."""

    def __init__(self, path: Path, words: int, parts: int) -> None:
        self.words = words
        self.parts = parts
        self._kept: list[Ints] = []
        self._begins: list[Ints] = []
        self._layouts: list[Layout] = []
        self._file = path.open("w+b", buffering=0) if parts > 1 else None

    def add(self, columns: Sequence[Ints], target: Ints, begin: Ints) -> None:
        """Put rows at the ends of their parts.

        Args:
            columns: the words of the rows.
            target: where each row comes in the order of their parts; -1 where it is left out.
            begin: where each part begins in that order, and the end.
        """
        if self._file is None:
            rows = np.empty((int(begin[-1]), self.words), np.int64)
            for word, column in enumerate(columns):
                packing.put(column, target, 0, rows.reshape(-1), self.words, word)
            self._kept.append(rows)
            return
        layout = Layout.of(columns)
        self._begins.append(begin)
        self._layouts.append(layout)
        left = layout.packed(columns, target, int(begin[-1])).data
        while left:
            left = left[self._file.write(left) :]

    def part(self, number: int) -> Ints:
        """Return a part's rows in the order in which they came, shape (rows, words)."""
        if self._file is None:
            self._kept = [np.concatenate(self._kept or [np.empty((0, self.words), np.int64)])]
            return self._kept[0]
        if not self._layouts:
            return np.empty((0, self.words), np.int64)
        places, sizes, words = self._index
        counts = np.array([begin[number + 1] - begin[number] for begin in self._begins])
        ends = np.cumsum(counts * sizes)
        buffer = np.empty(int(ends[-1]), np.uint8)
        left = buffer.data
        for place, begin, end in zip(places[:, number].tolist(), [0, *ends.tolist()], ends.tolist(), strict=False):
            self._read(left[begin:end], place)
        rows = np.empty((int(counts.sum()), self.words), np.int64)
        packing.unpack(buffer, np.column_stack([counts, sizes]), words, rows)
        return rows

    @cached_property
    def _index(self) -> tuple[Ints, Ints, Ints]:
        """Of each block: where its parts begin in the file, how long its rows are, and its words."""
        sizes = np.array([layout.size for layout in self._layouts])
        begins = np.stack(self._begins) * sizes[:, None]
        starts = np.cumsum(begins[:, -1]) - begins[:, -1]
        return begins + starts[:, None], sizes, np.stack([layout.words for layout in self._layouts])

    def close(self) -> None:
        """Forget everything."""
        self._kept.clear()
        if self._file is not None:
            self._file.close()

    def _read(self, left: memoryview, offset: int) -> None:
        assert self._file is not None
        while left:
            got = os.preadv(self._file.fileno(), [left], offset)
            if not got:
                raise OSError(f"{self._file.name} has become shorter while it was read.")
            left, offset = left[got:], offset + got


@dataclass(frozen=True)
class Shelves:
    """Where shelves are kept, and in how many parts each."""

    parts: int = 1
    folder: Path = Path()
    """Of their files, if there is more than one part."""

    def shelf(self, name: str, words: int) -> Shelf:
        """Return a new shelf for rows of so many words."""
        return Shelf(self.folder / name, words, self.parts)
