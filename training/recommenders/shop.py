"""The shop: what is known of all products as of a moment, and what it shows of a customer's candidates."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from features.log.log import Log
from training.recommenders import candidates, columns, crowd, ease, items
from training.recommenders import cosine as cosines
from training.recommenders.candidates import Pairs
from training.recommenders.crowd import Crowd
from training.recommenders.history import Histories, Ints
from training.recommenders.items import Items
from training.recommenders.neighbours import Neighbours

EASE, COSINE = "ease.npz", "cosine.npz"


class Seen(NamedTuple):
    """What is seen of some customers and their candidates."""

    as_of: Ints
    """The customers' moments, shape (customers,)."""
    found: Histories
    pairs: Pairs
    x: NDArray[np.float32]
    """The columns, shape (pairs, COLUMNS)."""


@dataclass(frozen=True)
class Shop:
    """Products and their neighbours."""

    items: Items
    ease: Neighbours
    cosine: Neighbours

    def seen(
        self,
        log: Log,
        customers: Ints,
        as_of: Ints,
        allowed: NDArray[np.bool_] | None = None,
        rested: int = 0,
    ) -> Seen:
        """Return what a log says of customers before a moment of each; equal to the bit, one by one or together.

        Args:
            log: the events.
            customers: places in the log, shape (customers,).
            as_of: microseconds UTC, shape (customers,).
            allowed: which products may be offered, shape (items,); by default all.
            rested: what was bought within so many microseconds is not considered again; 0: all of it is.
        """
        found = self.items.read(log, customers, as_of)
        pairs = candidates.find(found, as_of, self.items, self.ease, self.cosine, allowed, rested)
        return Seen(as_of, found, pairs, columns.values(pairs, found, as_of, self.items))

    def save(self, folder: Path) -> None:
        """Write it into an existing folder."""
        self.items.save(folder)
        self.ease.save(folder / EASE)
        self.cosine.save(folder / COSINE)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        return cls(Items.load(folder), Neighbours.load(folder / EASE), Neighbours.load(folder / COSINE))


def learned(log: Log, as_of: int, smallest: int = 0) -> tuple[Shop, Crowd]:
    """Return the shop of a log before a moment, and the customers that its neighbours were learned from.

    Args:
        log: the events.
        as_of: microseconds UTC.
        smallest: no share is told of fewer customers.
    """
    known = items.learned(log, as_of)
    some = crowd.of(log, known, as_of)
    return Shop(known, ease.fit(some, len(known)), cosines.fit(some, len(known), smallest)), some
