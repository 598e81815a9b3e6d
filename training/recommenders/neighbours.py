"""Neighbours: for each product those that its buyers buy, too, with a weight; learned once, only read afterwards."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from training.recommenders.history import Floats, Ints, Places

MOST = 50
"""So many neighbours has a product at most."""


@dataclass(frozen=True)
class Neighbours:
    """Rows of neighbours, those of a product sorted by product."""

    begin: Ints
    """Where each product's neighbours begin, and the end: shape (items + 1,)."""
    item: Places
    """The neighbours, shape (neighbours,)."""
    weight: Floats
    """What having bought the product adds to the neighbour's score."""
    share: Floats
    """Which share of the product's buyers bought the neighbour, too; NaN where that was not counted."""

    def save(self, path: Path) -> None:
        """Write them into one file."""
        np.savez(path, **asdict(self))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as stored:
            return cls(**dict(stored))

    @classmethod
    def none(cls, items: int) -> Self:
        """Return those of products that have none."""
        return cls(np.zeros(items + 1, np.int64), np.empty(0, np.int32), np.empty(0), np.empty(0))


def of_rows(rows: NDArray[np.integer], item: Places, weight: Floats, share: Floats, items: int) -> Neighbours:
    """Return the neighbours that are named with their products, in any order.

    Args:
        rows: the products, shape (neighbours,), as the next three.
        item: their neighbours.
        weight: the weights.
        share: the shares.
        items: how many products there are.
    """
    order = np.lexsort((item, rows))
    begin = np.searchsorted(rows[order], np.arange(items + 1)).astype(np.int64)
    return Neighbours(begin, item[order].astype(np.int32), weight[order], share[order])
