"""Moves: how many customers went from each of the champion's segments to each of the new ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.segmenters.segment import Segment
from training.succession.parts import Places, numbered


@dataclass(frozen=True)
class Moves:
    """Of the customers whom both moments know, the former segment of then and the new one of now."""

    segments: tuple[Segment, ...]
    """The new ones, then those of the former that are gone; of one name they are one."""
    counts: NDArray[np.int64]
    """From each to each other, shape (segments, segments)."""
    then: int
    """The moment of the former segments, in microseconds UTC."""
    now: int

    @property
    def moved(self) -> int:
        """How many are in another segment than before."""
        return int(self.counts.sum() - np.trace(self.counts))


def moves(old: tuple[Sequence[Segment], Places], new: tuple[Sequence[Segment], Places], then: int, now: int) -> Moves:
    """Return the moves of the same customers.

    Args:
        old: the former segments, and the place of each customer among them, shape (customers,).
        new: the same of now.
        then: the former moment.
        now: the new one.
    """
    known = {one.name for one in new[0]}
    segments = (*new[0], *(one for one in old[0] if one.name not in known))
    names = [one.name for one in segments]
    # The first is there for its numbering alone: that of the segments that are told.
    sides = (
        (names, np.arange(len(names))),
        ([one.name for one in old[0]], old[1]),
        ([one.name for one in new[0]], new[1]),
    )
    _, before, after = numbered(*sides)
    counts = np.zeros((len(names), len(names)), np.int64)
    np.add.at(counts, (before, after), 1)
    return Moves(segments, counts, then, now)
