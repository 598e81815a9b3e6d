"""Transitions: how many customers went from each segment to each other between the ends of two months."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.consent.groups import enough
from training.migration.membership import Places
from training.migration.months import Month
from training.segmenters import Segmenter

ENTERED = LEFT = ""
"""The segment that somebody comes from who was not known before, and goes to who is no longer."""
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Transitions:
    """The moves of one segmenter."""

    segmenter: Segmenter
    months: tuple[Month, ...]
    counts: Counts
    """From the end of each month but the last to that of the next, shape (months - 1, segments + 1, segments + 1);
    the last place is that of who is not known."""
    left_out: int = 0
    """Cells that are not told, since they are of few customers."""

    def told(self, smallest: int) -> "Transitions":
        """Return them without cells of too few customers: sums are then of what is told alone."""
        few = np.vectorize(lambda count: not enough(int(count), smallest), otypes=[np.bool_])
        hidden = few(self.counts) if self.counts.size else np.zeros(self.counts.shape, np.bool_)
        return Transitions(self.segmenter, self.months, np.where(hidden, 0, self.counts), int(hidden.sum()))

    def rows(self) -> Iterator[dict[str, str | int]]:
        """Yield a row for each cell of somebody: of the month at whose end they had moved."""
        names = [*(segment.name for segment in self.segmenter.segments), ENTERED]
        for month, before, after in np.argwhere(self.counts > 0).tolist():
            yield {
                "segmenter": self.segmenter.name,
                "month": self.months[month + 1].name,
                "from": names[before],
                "to": names[after],
                "count": int(self.counts[month, before, after]),
            }


def nothing(segmenters: Sequence[Segmenter], months: Sequence[Month]) -> dict[str, Counts]:
    """Return the counts of nobody, by segmenter."""
    sizes = {one.name: len(one.segments) + 1 for one in segmenters}
    return {name: np.zeros((len(months) - 1, size, size), np.int64) for name, size in sizes.items()}


def add(counts: Counts, places: Places) -> None:
    """Count the moves of some customers, by their places at the ends of months; who is never known moves nowhere."""
    for month in range(counts.shape[0]):
        np.add.at(counts[month], (places[:, month], places[:, month + 1]), 1)  # -1 is the last place
    counts[:, -1, -1] = 0


SCHEMA = pa.schema(
    [
        ("segmenter", pa.string()),
        ("month", pa.string()),
        ("from", pa.string()),
        ("to", pa.string()),
        ("count", pa.int64()),  # a column of customers would name them
    ]
)


def table(found: Sequence[Transitions]) -> pa.Table:
    """Return the moves of all segmenters."""
    return pa.Table.from_pylist([row for one in found for row in one.rows()], SCHEMA)
