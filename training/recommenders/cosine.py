"""The item cosine: how often two products have the same buyers, beside how often they have any; over all products."""

import numpy as np

from features.compiled import compiled
from training.recommenders import crowd as crowds
from training.recommenders import neighbours
from training.recommenders.crowd import Crowd
from training.recommenders.history import Floats, Ints, Places
from training.recommenders.neighbours import MOST, Neighbours

SHRINK = 20.0
"""Added to the geometric mean of the buyers: two that few bought are no neighbours yet."""
SUPPORT = 3
"""So many buyers have both at least."""


def fit(crowd: Crowd, items: int, smallest: int = 0) -> Neighbours:
    """Return each product's 50 nearest, ties by id; product by product, so memory grows with the neighbours alone.

    Args:
        crowd: who bought what.
        items: how many products there are.
        smallest: the share of a product's buyers who bought another is not told where they are fewer: it is NaN.
    """
    crowd = crowds.by_product(crowds.bought_by(crowd, items, SUPPORT))
    begin, buyer = crowds.turned(crowd, items)
    kept = np.empty((items, MOST), np.int32)
    weight, share, count = np.empty((items, MOST)), np.zeros((items, MOST)), np.zeros(items, np.int64)
    _nearest(begin, buyer, crowd.begin, crowd.item, SHRINK, SUPPORT, kept, weight, share, count)
    rows = np.repeat(np.arange(items), count)
    there = np.arange(MOST)[None, :] < count[:, None]
    both = np.rint(share * np.diff(begin)[:, None])
    share[there & (both < smallest)] = np.nan
    return neighbours.of_rows(rows, kept[there], weight[there], share[there], items)


@compiled
def _nearest(
    begin: Ints, buyer: Places, customer: Ints, item: Places, shrink: float, support: int, kept: Places,
    weight: Floats, share: Floats, count: Ints,
) -> None:  # fmt: skip
    """Write each product's nearest, the nearest first, and how many there are; customers' products ascend.

    Each pair is counted once, when the smaller of both is looked at.
    """
    items, most = kept.shape
    both, touched = np.zeros(items, np.int32), np.empty(items, np.int32)
    least = np.zeros(items)  # of products that have all, the weight of their last: most pairs need no other look
    following = customer.copy()  # by customer, the first product after the one that is looked at
    for i in range(items):
        some, own = 0, begin[i + 1] - begin[i]
        for b in range(begin[i], begin[i + 1]):
            following[buyer[b]] += 1
            for at in range(following[buyer[b]], customer[buyer[b] + 1]):
                j = item[at]
                if both[j] == 0:
                    touched[some] = j
                    some += 1
                both[j] += 1
        for t in range(some):
            j = touched[t]
            together, both[j] = both[j], 0
            if together < support:
                continue
            other = begin[j + 1] - begin[j]
            w = together / (np.sqrt(float(own) * float(other)) + shrink)
            if w >= least[i]:
                count[i] = _keep(kept[i], weight[i], share[i], count[i], j, w, together / own)
                least[i] = weight[i, most - 1] if count[i] == most else 0.0
            if w >= least[j]:
                count[j] = _keep(kept[j], weight[j], share[j], count[j], i, w, together / other)
                least[j] = weight[j, most - 1] if count[j] == most else 0.0


@compiled
def _keep(kept: Places, weight: Floats, share: Floats, n: int, j: int, w: float, of: float) -> int:
    """Put a neighbour among a product's nearest, where it is one, ties by product; return how many there are."""
    most = kept.size
    if n == most and (w < weight[n - 1] or (w == weight[n - 1] and j > kept[n - 1])):
        return n
    at = n if n < most else most - 1
    while at > 0 and (weight[at - 1] < w or (weight[at - 1] == w and kept[at - 1] > j)):
        kept[at], weight[at], share[at] = kept[at - 1], weight[at - 1], share[at - 1]
        at -= 1
    kept[at], weight[at], share[at] = j, w, of
    return min(n + 1, most)
