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


def fit(crowd: Crowd, items: int) -> Neighbours:
    """Return each product's 50 nearest, ties by id; product by product, so memory grows with the neighbours alone."""
    crowd = crowds.bought_by(crowd, items, SUPPORT)
    begin, buyer = crowds.turned(crowd, items)
    kept = np.empty((items, MOST), np.int32)
    weight, share, count = np.empty((items, MOST)), np.empty((items, MOST)), np.zeros(items, np.int64)
    _nearest(begin, buyer, crowd.begin, crowd.item, SHRINK, SUPPORT, kept, weight, share, count)
    rows = np.repeat(np.arange(items), count)
    there = np.arange(MOST)[None, :] < count[:, None]
    return neighbours.of_rows(rows, kept[there], weight[there], share[there], items)


@compiled
def _nearest(
    begin: Ints, buyer: Places, customer: Ints, item: Places, shrink: float, support: int, kept: Places,
    weight: Floats, share: Floats, count: Ints,
) -> None:  # fmt: skip
    """Write each product's nearest, the nearest first, and how many there are."""
    items, most = kept.shape
    both, touched = np.zeros(items, np.int32), np.empty(items, np.int32)
    for i in range(items):
        some, own = 0, begin[i + 1] - begin[i]
        for b in range(begin[i], begin[i + 1]):
            for at in range(customer[buyer[b]], customer[buyer[b] + 1]):
                j = item[at]
                if both[j] == 0:
                    touched[some] = j
                    some += 1
                both[j] += 1
        n = 0
        for t in range(some):
            j = touched[t]
            together, both[j] = both[j], 0
            if j == i or together < support:
                continue
            w = together / (np.sqrt(float(own) * float(begin[j + 1] - begin[j])) + shrink)
            if n == most and (w < weight[i, n - 1] or (w == weight[i, n - 1] and j > kept[i, n - 1])):
                continue
            at = n if n < most else most - 1
            n = min(n + 1, most)
            while at > 0 and (weight[i, at - 1] < w or (weight[i, at - 1] == w and kept[i, at - 1] > j)):
                kept[i, at], weight[i, at], share[i, at] = kept[i, at - 1], weight[i, at - 1], share[i, at - 1]
                at -= 1
            kept[i, at], weight[i, at], share[i, at] = j, w, together / own
        count[i] = n
