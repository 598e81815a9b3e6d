"""Popular: what the customers of each segment buy now, for those of them of whom no purchase is known."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from features import clock
from features.log.log import Log
from training.recommenders import history
from training.recommenders.history import OWN, Ints
from training.recommenders.items import Items

FILE = "popular.json"
MOST = 100
"""So many products of each segment are kept."""
DAYS = 28
LEAST = 20
"""Of a segment with fewer buyers in those days nothing is told."""


class Assigned(NamedTuple):
    """In which segment customers are."""

    names: Sequence[str]
    """The segments."""
    places: NDArray[np.int32]
    """Of each customer, shape (customers,)."""


@dataclass(frozen=True)
class Popular:
    """By segmenter and segment, products by their buyers of 28 days: each one's place, and the share that bought it."""

    segments: Mapping[str, Mapping[str, Sequence[tuple[int, float]]]] = field(default_factory=dict)

    @classmethod
    def fit(
        cls,
        items: Items,
        log: Log,
        customers: Ints,
        as_of: int,
        assigned: Mapping[str, Assigned],
        least: int = LEAST,
        smallest: int = 0,
    ) -> Self:
        """Count what the customers of segments bought in the 28 days before a moment.

        Args:
            items: the products.
            log: the events.
            customers: places in the log, ascending, shape (customers,).
            as_of: microseconds UTC.
            assigned: by segmenter, in which segment each of them is.
            least: of a segment with fewer buyers nothing is told.
            smallest: of a product that fewer of them bought neither.
        """
        counts = {name: np.zeros((len(one.names), len(items)), np.int64) for name, one in assigned.items()}
        buyers = {name: np.zeros(len(one.names), np.int64) for name, one in assigned.items()}
        last, baskets = OWN.index("last"), OWN.index("baskets")
        for first, piece in log.pieces():
            begin, end = np.searchsorted(customers, [first, first + len(piece.customers)])
            own = customers[begin:end] - first
            for block in history.blocks(piece, own):
                who = own[block]
                found = items.read(piece, who, np.full(who.size, as_of))
                owner = np.repeat(np.arange(who.size), np.diff(found.begin))
                recent = (found.own[:-1, baskets] > 0) & (found.own[:-1, last] >= as_of - DAYS * clock.DAY)
                bought = np.bincount(owner[recent], minlength=who.size) > 0
                for name, one in assigned.items():
                    places = one.places[begin:end][block]
                    np.add.at(counts[name], (places[owner[recent]], found.item[recent]), 1)
                    buyers[name] += np.bincount(places[bought], minlength=len(one.names))
        return cls(
            {
                name: {
                    segment: _best(counts[name][place], int(buyers[name][place]), max(smallest, 1))
                    for place, segment in enumerate(one.names)
                    if buyers[name][place] >= least
                }
                for name, one in assigned.items()
            }
        )

    def save(self, folder: Path) -> None:
        """Write it into an existing folder."""
        (folder / FILE).write_text(json.dumps(self.segments), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return cls(
            {
                name: {
                    segment: [(int(place), float(share)) for place, share in every] for segment, every in own.items()
                }
                for name, own in found.items()
            }
        )


def _best(counts: Ints, buyers: int, least: int) -> list[tuple[int, float]]:
    """Return the products that most bought, and so many at least, of equals the smaller id first, with the share."""
    best = np.argsort(-counts, kind="stable")[:MOST]
    return [(int(place), float(counts[place]) / buyers) for place in best if counts[place] >= least]
