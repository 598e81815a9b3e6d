"""The feed: the rows of files, and what came in since, on their way into buckets: refused, asked about, counted."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.buckets.buckets import Buckets
from features.buckets.daily import Daily
from features.buckets.joined import padded
from features.buckets.permitted import Asking
from features.buckets.refusal import Refusal
from features.buckets.tally import Tally
from features.buckets.traces import Traces
from features.sources.batch import Batch, Ints

Advance = Callable[[int], None]
"""Is told of how many rows more have been read."""


@dataclass(frozen=True)
class Feed:
    """What rows pass on their way."""

    buckets: Buckets
    columns: Sequence[str]
    """Those of the buckets: rows of one road may lack some that others have."""
    refusal: Refusal
    asking: Asking | None
    tally: Tally
    daily: Daily | None = None

    def files(self, batches: Iterable[Batch], valued: bool, advance: Advance) -> None:
        """Take the rows of files; they are counted by source and day.

        Args:
            batches: the rows, in the order of the files.
            valued: whether what columns lack is counted: who wants features alone does not ask.
            advance: is told how far it is.
        """
        for given in batches:
            read = self.refusal.without(given)
            seen, hidden = self._looked(read)
            taken = self.buckets.add(self._whole(read), hidden)
            batch = taken if self.asking is None or hidden is None else seen
            self.tally.look(batch)
            if valued:
                self.tally.add(batch)
            if self.daily is not None:
                self.daily.add(batch)
            advance(read.place.size)

    def since(self, batches: Iterable[tuple[Batch, list[Ints]]], advance: Advance) -> None:
        """Take what came in since, as `Since.batches` gives it: it counts for no day and no source."""
        for given, ids in batches:
            batch, kept = self.refusal.parted(given)
            read = batch.where(kept)
            _, hidden = self._looked(read)
            self.buckets.add(self._whole(read), hidden, [one[kept] for one in ids])
            advance(given.place.size)

    def links(self, batches: Iterable[Batch], traces: Traces) -> None:
        """Take what came in since and only links identifiers, but those of erased people."""
        for given in batches:
            batch, kept = self.refusal.parted(given)
            traces.linked(batch.where(kept))

    def _looked(self, batch: Batch) -> tuple[Batch, NDArray[np.bool_] | None]:
        return (batch, None) if self.asking is None else self.asking.looked(batch)

    def _whole(self, batch: Batch) -> Batch:
        there = len(batch.numbers) + len(batch.keys)
        return batch if there == len(self.columns) else padded(batch, self.columns)
