"""The tally: how many rows each source gave, and of which columns they have nothing."""

import numpy as np

from features.sources.batch import ROW_BITS, Batch, Ints


class Tally:
    """Counts of good rows, by source; arrays of shape (sources,)."""

    def __init__(self, sources: int) -> None:
        self.rows = np.zeros(sources, np.int64)
        self.read = np.zeros(sources, np.int64)
        """Those, and the rows that were good when they came and are no longer: `missing` speaks of them, too."""
        self.missing: dict[str, Ints] = {}
        """By column, how many rows of each source have nothing there."""

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

    def take_away(self, places: Ints) -> None:
        """Take rows away that are no good after all; of what they lacked nothing is known."""
        if self.rows.any():
            self.rows -= np.bincount(places >> ROW_BITS, minlength=self.rows.size)
