"""The outcome: what customers bought in the days after a moment, late rows too; what rankings are judged by."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features import clock
from features.log.log import Log
from training.recommenders import history
from training.recommenders.history import OWN, WHOLE, Ints, Places
from training.recommenders.items import Items

HORIZON = 28 * clock.DAY


@dataclass(frozen=True)
class Outcome:
    """The products that customers bought."""

    begin: Ints
    """Where each customer's begin, and the end: shape (customers + 1,)."""
    item: Places
    """Their places in the items, -1 for one that nobody had an event with before; shape (products,)."""
    first: NDArray[np.bool_]
    """Whether each was in the first basket."""

    @property
    def owner(self) -> Ints:
        """Whose each is, shape (products,)."""
        return np.repeat(np.arange(self.begin.size - 1), np.diff(self.begin))

    def where(self, kept: NDArray[np.bool_]) -> "Outcome":
        """Return some of the products, shape (products,)."""
        return Outcome(np.append(0, np.cumsum(kept))[self.begin], self.item[kept], self.first[kept])

    def bought(self, owner: Ints, item: Places, items: int) -> NDArray[np.bool_]:
        """Return which pairs of customers (their places here) and products are in it, shape (pairs,)."""
        return np.isin(owner * items + item, (self.owner * items + self.item)[self.item >= 0])


def after(log: Log, items: Items, customers: Ints, as_of: int) -> Outcome:
    """Return what customers, by their places in a log, bought within the horizon from a moment on."""
    names, all_of_it = log.names["product"], log.all_known()
    every = np.arange(len(names), dtype=np.int32)
    places = np.append(items.places(names), -1)
    parts = []
    for block in history.blocks(all_of_it, customers):
        who = customers[block]
        ends = np.full(who.size, as_of + HORIZON)
        found = history.read(all_of_it, every, len(names), who, ends, retention=HORIZON)
        own = found.own[:-1]
        owner = np.repeat(np.arange(who.size), np.diff(found.begin))
        first = own[:, OWN.index("first")] == found.whole[owner, WHOLE.index("first_basket")]
        bought = own[:, OWN.index("baskets")] > 0
        parts.append(Outcome(found.begin, places[found.item].astype(np.int32), first).where(bought))
    begin = np.append(0, np.cumsum(np.concatenate([np.diff(one.begin) for one in parts] or [np.empty(0, np.int64)])))
    return Outcome(
        begin.astype(np.int64),
        np.concatenate([one.item for one in parts] or [np.empty(0, np.int32)]),
        np.concatenate([one.first for one in parts] or [np.empty(0, np.bool_)]),
    )
