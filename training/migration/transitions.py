"""Transitions: how many customers went from each segment to each other between the ends of two months."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.consent.groups import merged_each, together
from training.migration import blocks
from training.migration.blocks import Mask
from training.migration.membership import Places
from training.migration.months import Month
from training.segmenters import Segment, Segmenter

ENTERED = LEFT = ""
"""The segment that somebody comes from who was not known before, and goes to who is no longer."""
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Transitions:
    """The moves of one segmenter."""

    name: str
    """Of the segmenter."""
    segments: tuple[Segment, ...]
    """Its segments; some that have few customers are one here."""
    months: tuple[Month, ...]
    counts: Counts
    """From the end of each month but the last to that of the next, shape (months - 1, segments + 1, segments + 1);
    the last place is that of who is not known."""
    hidden: Mask
    """Cells that are not told, which are 0 in `counts`; shape as of `counts`."""

    def told(self, smallest: int) -> "Transitions":
        """Return them so that nothing that is told, or follows from it, is of too few customers.

        Segments of too few at any of the ends of months are told as one with a neighbour, and cells are hidden as
        `blocks.hidden` says.
        """
        if smallest <= 1 or not self.counts.size:
            return self
        first = self.counts[0].sum(1)[:-1]
        sizes = np.column_stack([first, *(month.sum(0)[:-1] for month in self.counts)])
        groups = merged_each([tuple(own) for own in sizes.tolist()], smallest)
        if not groups:
            hidden = np.ones(self.counts.shape, np.bool_)
            hidden[:, -1, -1] = False
            return replace(self, counts=np.zeros_like(self.counts), hidden=hidden)
        place = np.full(len(self.segments) + 1, len(groups))
        for number, group in enumerate(groups):
            place[list(group)] = number
        member = np.eye(len(groups) + 1, dtype=np.int64)[place]
        sums = member.T @ self.counts @ member
        hidden = np.stack([blocks.hidden(month, smallest) for month in sums])
        hidden[:, -1, -1] = False  # who is never known moves nowhere
        segments = tuple(_one([self.segments[own] for own in group]) for group in groups)
        return Transitions(self.name, segments, self.months, np.where(hidden, 0, sums), hidden)

    def rows(self) -> Iterator[dict[str, str | int | None]]:
        """Yield a row for each cell of somebody, of the month at whose end they had moved; None is not told."""
        names = [*(segment.name for segment in self.segments), ENTERED]
        for month, before, after in np.argwhere((self.counts > 0) | self.hidden).tolist():
            yield {
                "segmenter": self.name,
                "month": self.months[month + 1].name,
                "from": names[before],
                "to": names[after],
                "count": None if self.hidden[month, before, after] else int(self.counts[month, before, after]),
            }


def of(segmenter: Segmenter, months: Sequence[Month], counts: Counts) -> Transitions:
    """Return the moves of a segmenter, of which all is told."""
    return Transitions(segmenter.name, segmenter.segments, tuple(months), counts, np.zeros(counts.shape, np.bool_))


def _one(segments: Sequence[Segment]) -> Segment:
    """Return segments that are told as one; the colour is that of the first."""
    title = together([one.title for one in segments])
    return replace(segments[0], name="+".join(one.name for one in segments), title=title)


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
