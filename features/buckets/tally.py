"""The tally: how many rows each source gave, and of which columns they have nothing."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from features.sources.batch import ROW_BITS, Batch, Ints


class Tally:
    """Counts of good rows, by source; arrays of shape (sources,)."""

    def __init__(self, sources: int) -> None:
        self.rows = np.zeros(sources, np.int64)
        self.read = np.zeros(sources, np.int64)
        """Those, and the rows that were good when they came and are no longer: `missing` speaks of them, too."""
        self.missing: dict[str, Ints] = {}
        """By column, how many rows of each source have nothing there."""
        self._there: dict[str, NDArray[np.bool_]] = {}
        self._any = np.zeros(sources, np.bool_)

    def look(self, batch: Batch) -> None:
        """Look for a value in each column of each source that none was seen of so far."""
        source, good = batch.place >> ROW_BITS, batch.reason == 0
        own = np.flatnonzero(np.bincount(source[good], minlength=self._any.size))
        self._any[own] = True
        for name, missing in batch.missing.items():
            there = self._there.setdefault(name, np.zeros(self._any.size, np.bool_))
            if not there[own].all():
                there[source[good & ~missing]] = True

    def empty(self, source: int) -> list[str]:
        """Return the columns of which a source that gave good rows had nothing on any."""
        return [name for name, there in self._there.items() if self._any[source] and not there[source]]

    def add(self, batch: Batch) -> None:
        """Count the good rows of a batch."""
        source = batch.place >> ROW_BITS
        good = batch.reason == 0
        counts = np.bincount(source[good], minlength=self.rows.size)
        self.rows += counts
        self.read += counts
        for name, missing in batch.missing.items():
            counts = np.bincount(source[missing & good], minlength=self.rows.size)
            self.missing[name] = self.missing.get(name, 0) + counts

    def take_old(self, counts: Mapping[int, int]) -> None:
        """Take rows away, so many of each source, that are older than what is kept."""
        for source, count in counts.items() if self.rows.any() else ():
            self.rows[source] -= count

    def take_away(self, places: Ints) -> None:
        """Take rows away that are no good after all; of what they lacked nothing is known."""
        if self.rows.any():
            self.rows -= np.bincount(places >> ROW_BITS, minlength=self.rows.size)
