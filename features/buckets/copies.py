"""Copies: rows that are the same in several files of one source, or twice in one, where they have no ids."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.buckets import packing
from features.compiled import compiled
from features.sources.batch import ROW_BITS, Ints

_LAYOUT = (packing.PLACE, packing.TIME, packing.WHO, packing.KIND, ROW_BITS)
"""Where a row has its place, time and kind; given to what is compiled, which must hold nothing of other files."""

SAME = ("order_id", "product_id", "amount")
"""Columns that are the same in copies, beside customer, kind and time."""
USUAL = 0.01
"""Up to this share of rows may be the same as another of their file without being told."""


@dataclass(frozen=True)
class Files:
    """The files that rows come from."""

    begins: Ints
    """The place of each file's first row, ascending."""
    looked: NDArray[np.bool_]
    """Of each source, whether its rows have no ids, so that copies are looked for."""
    dropped: NDArray[np.bool_]
    """Of each source, whether a row counts as often only as in the file that has it most."""


class Copies:
    """What was found, by source."""

    def __init__(self, files: Files) -> None:
        sources = files.looked.size
        self._files = files
        self.rows = np.zeros(sources, np.int64)
        """How many rows were looked at."""
        self.across = np.zeros(sources, np.int64)
        """How many stand in another file, too: they are more than the file has that has them most."""
        self.within = np.zeros(sources, np.int64)
        """How many are the same as one before in their own file."""
        self.first = np.full((sources, 2), -1, np.int64)
        """Where one and the same row stands in two files."""

    def kept(self, rows: Ints, offsets: Ints, words: Sequence[int]) -> NDArray[np.bool_]:
        """Count the copies in a bucket, and return which rows stay.

        Args:
            rows: in the order of customer, time, kind and place.
            offsets: where each customer's rows begin.
            words: which words of a row hold SAME.
        """
        keep = np.ones(len(rows), np.bool_)
        if self._files.looked.any():
            self.rows += np.bincount(rows[:, packing.PLACE] >> ROW_BITS, minlength=self.rows.size)
            files = self._files
            counts = self.across, self.within, self.first
            of_source = files.begins, files.looked, files.dropped
            _look(rows, offsets, np.array(words, np.int64), _LAYOUT, *of_source, *counts, keep)
        return keep

    def said(self, paths: Sequence[str]) -> Iterator[tuple[str, tuple[int, int] | None]]:
        """Yield what is to be told of sources that keep all rows, with the places of an example."""
        for number in np.flatnonzero(self._files.looked & ~self._files.dropped).tolist():
            across, within, total = (int(of[number]) for of in (self.across, self.within, self.rows))
            one, other = self.first[number].tolist()
            if across:
                yield f"{across:,} rows of {paths[number]} {_ACROSS}", (one, other)
            if within > USUAL * total:
                yield f"{within:,} of {total:,} rows of {paths[number]} {_WITHIN}", None


_THE_SAME = "with the same customer, kind, time, order, product and amount; they are kept"
_ACROSS = (
    f"stand in another of its files, too, {_THE_SAME}:"
    ' duplicates = "drop" counts each as often as in the file that has it most'
)
_WITHIN = f"are the same as another of their file, {_THE_SAME}: without an event_id they may be lines of their own"


@compiled
def _look(
    rows: Ints,
    offsets: Ints,
    words: Ints,
    layout: tuple[int, int, int, int, int],
    begins: Ints,
    looked: NDArray[np.bool_],
    dropped: NDArray[np.bool_],
    across: Ints,
    within: Ints,
    first: Ints,
    keep: NDArray[np.bool_],
) -> None:
    """Count copies by source, note the first, and set `keep` to false for those that are dropped."""
    place, time, who, kind, bits = layout
    for g in range(offsets.size - 1):
        i = offsets[g]
        while i < offsets[g + 1]:
            j = i + 1
            while j < offsets[g + 1] and rows[j, time] == rows[i, time] and rows[j, who] & kind == rows[i, who] & kind:
                j += 1
            if j - i > 1:
                keys = _keys(rows[i:j, place] >> bits, rows[i:j], words)
                order = np.argsort(keys, kind="mergesort")  # those of one key stay in the order of their places
                a = 0
                while a < order.size:
                    b = a + 1
                    while b < order.size and keys[order[b]] == keys[order[a]]:
                        b += 1
                    source = rows[i + order[a], place] >> bits
                    if b - a > 1 and looked[source]:
                        places = rows[i:j, place][order[a:b]]
                        best, most, files = _most(places, begins, first[source])
                        across[source] += b - a - most
                        within[source] += b - a - files
                        if dropped[source]:
                            keep[i + order[a:b]] = np.searchsorted(begins, places, "right") - 1 == best
                    a = b
            i = j


@compiled
def _keys(sources: Ints, rows: Ints, words: Ints) -> Ints:
    """Return a hash of the source and some words of each row."""
    keys = np.empty(rows.shape[0], np.int64)
    for n in range(rows.shape[0]):
        mix = sources[n]
        for word in words:
            mix = (mix ^ rows[n, word]) * 0x5851F42D4C957F2D
            mix ^= (mix >> 29) & 0x7FFFFFFFF
        keys[n] = mix
    return keys


@compiled
def _most(places: Ints, begins: Ints, first: Ints) -> tuple[int, int, int]:
    """Return the file that has most of some places, which ascend, how many, and how many files there are.

    The places in the first two files are noted in `first` where it has none.
    """
    most, files, count, best, last = 0, 0, 0, -1, -1
    for n in range(places.size):
        file = np.searchsorted(begins, places[n], "right") - 1
        if file == last:
            count += 1
        else:
            files, count = files + 1, 1
            if n and first[0] < 0:
                first[0], first[1] = places[n - 1], places[n]
        if count > most:
            most, best = count, file
        last = file
    return best, most, files
