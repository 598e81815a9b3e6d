"""Repeated event ids: which rows have an id that an earlier row of their source has, whoever did it."""

import numpy as np
from numpy.typing import NDArray

from features.buckets import packing
from features.buckets.shelf import Shelf
from features.sources.batch import NOTHING, Ints

_SHIFT = 40
"""The bits above part the ids, those below find them in a table."""


class Repeats:
    """Ids as they come, parted on a shelf by their hash."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def add(self, ids: Ints, places: Ints, numbers: Ints, contents: Ints) -> None:
        """Note the ids of rows; those of a negative number are no good, and none is no id. Contents are hashes."""
        target = np.where((ids == NOTHING) | (numbers < 0), -1, 0)
        begin = packing.part(ids, self._shelf.parts, _SHIFT, target)
        self._shelf.add((ids, places, contents), target, begin)

    def found(self) -> tuple[Ints, NDArray[np.bool_]]:
        """Return the places of the rows that repeat an id, and which have another content; and forget all ids."""
        found, changed = [np.empty(0, np.int64)], [np.empty(0, np.bool_)]
        for number in range(self._shelf.parts):
            ids = self._shelf.part(number)
            table = np.zeros(1 << int(2 * len(ids) + 1).bit_length(), np.int32)
            again, other = packing.repeated(ids, table)
            found.append(again)
            changed.append(other)
        self._shelf.close()
        return np.concatenate(found), np.concatenate(changed)
