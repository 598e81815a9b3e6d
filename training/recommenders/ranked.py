"""Ranked: products for customers, the best first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.recommenders.history import Floats, Ints, Places


@dataclass(frozen=True)
class Ranked:
    """Each customer's products, the best first; ties by product id. Nobody's are padded."""

    begin: Ints
    """Where each customer's begin, and the end: shape (customers + 1,)."""
    item: Places
    """The products' places in the items; shape (ranked,), as the next two."""
    score: Floats
    pair: Ints
    """The place of the pair that was ranked."""

    @property
    def sizes(self) -> Ints:
        """How many each customer has, shape (customers,)."""
        return np.diff(self.begin)

    def where(self, kept: NDArray[np.bool_]) -> "Ranked":
        """Return some of the products, shape (ranked,), in the same order."""
        begin = np.append(0, np.cumsum(kept))[self.begin]
        return Ranked(begin, self.item[kept], self.score[kept], self.pair[kept])

    def first(self, k: int) -> "Ranked":
        """Return the k best of each customer, or as many as there are."""
        return self.where(np.arange(self.item.size) - np.repeat(self.begin[:-1], self.sizes) < k)


def rank(begin: Ints, item: Places, keys: Sequence[NDArray[np.floating]], inside: NDArray[np.bool_]) -> Ranked:
    """Return some pairs of customers and products, ranked.

    Args:
        begin: where each customer's pairs begin, shape (customers + 1,).
        item: the products, shape (pairs,); smaller places are smaller ids.
        keys: what is ranked by, the first first, the larger the better; NaN is the worst. The first is the score.
        inside: which pairs are ranked, shape (pairs,).
    """
    pair = np.flatnonzero(inside)
    owner = np.repeat(np.arange(begin.size - 1), np.diff(begin))[pair]
    by = [np.nan_to_num(key[pair].astype(np.float64), nan=-np.inf, posinf=np.inf, neginf=-np.inf) for key in keys]
    every: tuple[NDArray[Any], ...] = (item[pair], *(-key for key in reversed(by)), owner)
    order = np.lexsort(every)
    ends = np.append(0, np.cumsum(np.bincount(owner, minlength=begin.size - 1))).astype(np.int64)
    return Ranked(ends, item[pair][order], by[0][order], pair[order])


def joined(parts: Sequence[Ranked]) -> Ranked:
    """Return those of several groups of customers together, in their order."""
    begin = np.append(0, np.cumsum(np.concatenate([one.sizes for one in parts] or [np.empty(0, np.int64)])))
    item, score, pair = (
        np.concatenate([getattr(one, name) for one in parts] or [np.empty(0, kind)])
        for name, kind in (("item", np.int32), ("score", np.float64), ("pair", np.int64))
    )
    return Ranked(begin.astype(np.int64), item, score, pair)
