"""The crowd: which customers bought which products before a moment; what neighbours and similar customers come from."""

from dataclasses import dataclass

import numpy as np

from features.log.log import Log
from training.recommenders import history
from training.recommenders.history import OWN, Floats, Ints, Places
from training.recommenders.items import Items

CUSTOMERS = 50_000
"""From so many customers is learned at most: those with the smallest hashes of their first event."""
PRODUCTS = 500
"""So many products of a customer count at most, those bought last."""


@dataclass(frozen=True)
class Crowd:
    """The products of customers; nothing says who they are."""

    begin: Ints
    """Where each customer's products begin, and the end: shape (customers + 1,)."""
    item: Places
    """The products, those bought last first: shape (products,)."""
    recent: Floats
    """In which share of the customer's newest 25 baskets each was."""


def of(log: Log, items: Items, as_of: int, customers: int = CUSTOMERS) -> Crowd:
    """Return what customers bought before a moment, of a sample by hash where there are more than asked for."""
    sizes, item, recent = [], [], []
    threshold = np.sort(log.keys[:, 0])[customers - 1] if len(log.keys) > customers else None
    for _, piece in log.pieces():
        who = piece.known_before(as_of)
        if threshold is not None:
            who = who[piece.keys[who, 0] <= threshold]
        for block in history.blocks(piece, who):
            some = who[block]
            found = items.read(piece, some, np.full(some.size, as_of))
            place = np.arange(found.item.size) - np.repeat(found.begin[:-1], np.diff(found.begin))
            own = found.own[:-1]
            kept = (own[:, OWN.index("baskets")] > 0) & (place < PRODUCTS)
            owner = np.repeat(np.arange(some.size), np.diff(found.begin))[kept]
            baskets = np.clip(found.whole[owner, 0], 1, 25)
            sizes.append(np.bincount(owner, minlength=some.size))
            item.append(found.item[kept])
            recent.append(own[kept, OWN.index("last_25")] / baskets)
    if not sizes:
        return Crowd(np.zeros(1, np.int64), np.empty(0, np.int32), np.empty(0))
    begin = np.append(0, np.cumsum(np.concatenate(sizes))).astype(np.int64)
    return Crowd(begin, np.concatenate(item), np.concatenate(recent))


def turned(crowd: Crowd, items: int) -> tuple[Ints, Places]:
    """Return where each product's buyers begin, shape (items + 1,), and the buyers, ascending."""
    owner = np.repeat(np.arange(crowd.begin.size - 1, dtype=np.int32), np.diff(crowd.begin))
    order = np.argsort(crowd.item, kind="stable")
    begin = np.searchsorted(crowd.item[order], np.arange(items + 1)).astype(np.int64)
    return begin, owner[order]


def bought_by(crowd: Crowd, items: int, least: int) -> Crowd:
    """Return a crowd without the products that fewer customers bought than asked for."""
    kept = np.bincount(crowd.item, minlength=items)[crowd.item] >= least
    return Crowd(np.append(0, np.cumsum(kept))[crowd.begin], crowd.item[kept], crowd.recent[kept])


def by_product(crowd: Crowd) -> Crowd:
    """Return a crowd with each customer's products ascending."""
    owner = np.repeat(np.arange(crowd.begin.size - 1), np.diff(crowd.begin))
    order = np.lexsort((crowd.item, owner))
    return Crowd(crowd.begin, crowd.item[order], crowd.recent[order])
