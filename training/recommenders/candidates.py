"""Candidates: which products are considered for whom, and what lies between the two.

Nothing here calls a compiled function of another file, and no number of another file is compiled in: Numba's cache
would not notice that it changed.
"""

import threading
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from features import clock
from features.compiled import compiled
from training.recommenders.history import HALF_LIVES, OWN, Floats, Histories, Ints, Places
from training.recommenders.items import Items
from training.recommenders.neighbours import Neighbours

BOUGHT, NEAR, POPULAR, LOOKED, ARRIVED = 1, 2, 4, 8, 16
"""Why a product is a candidate, as bits: bought before; or never, and a neighbour of what was, popular, looked at, or
new in a category that was bought."""

RELATIONS = ("ease", "ease_56d", "cosine", "cosine_56d", "in_category")
"""What lies between a customer and a product: the weights that EASE and the cosine have of what was bought, whole and
decayed by 56 days, added from the product bought last on; and the lines bought in its category."""

MOST = {BOUGHT: 100, NEAR: 60, POPULAR: 40, LOOKED: 40, ARRIVED: 40}
"""So many there are of each at most: those by the decay of 56 days; of each kind of neighbour by its weight; by the
buyers of the newest 28 days; by the newest look; and again by the buyers."""

NEW = 28 * clock.DAY
"""A product that was first seen so long ago is new."""


class _Scratch(threading.local):
    """What the scan of a thread writes on; it is left as it was made, and made anew for other products alone."""

    arrays: tuple[NDArray[Any], ...] = ()

    def of(self, items: int, categories: int) -> tuple[NDArray[Any], ...]:
        """Return marks, places, scores, lines by category, and room for what is touched."""
        if not self.arrays or (self.arrays[0].size, self.arrays[3].size) != (items, categories + 1):
            self.arrays = (
                np.zeros(items, np.uint8),
                np.full(items, -1, np.int64),
                np.zeros((4, items)),
                np.zeros(categories + 1, np.int64),
                np.empty((2, items), np.int32),
            )
        return self.arrays


_SCRATCH = _Scratch()
_DECAY = HALF_LIVES.index(56)
_WHYS = (BOUGHT, NEAR, POPULAR, LOOKED, ARRIVED)


class Pairs(NamedTuple):
    """Customers and products that are considered for them; a customer's by product."""

    begin: Ints
    """Where each customer's begin, and the end: shape (customers + 1,)."""
    item: Places
    """The products, shape (pairs,)."""
    own: Ints
    """Where they stand in the customer's history, -1 where they do not; shape (pairs,)."""
    why: NDArray[np.uint8]
    """Bits of why; shape (pairs,)."""
    relations: Floats
    """RELATIONS, shape (pairs, RELATIONS)."""


def find(
    found: Histories,
    as_of: Ints,
    items: Items,
    ease: Neighbours,
    cosine: Neighbours,
    allowed: NDArray[np.bool_] | None = None,
    rested: int = 0,
) -> Pairs:
    """Return the candidates of customers: of a moment of the past nothing that nobody had seen yet.

    Args:
        found: what their events say.
        as_of: their moments, shape (customers,).
        items: the products.
        ease: the neighbours by EASE.
        cosine: those by the cosine.
        allowed: which products may be offered at all, shape (items,); by default all.
        rested: what was bought within so many microseconds is none; 0: it may be one.
    """
    may = np.ones(len(items), np.bool_) if allowed is None else np.ascontiguousarray(allowed)
    popular = items.selling
    arrived = items.popular[items.popular_since >= as_of.min(initial=2**62) - NEW]
    room = MOST[BOUGHT] + 2 * MOST[NEAR] + MOST[POPULAR] + MOST[LOOKED] + MOST[ARRIVED]
    room = min(room, len(items))
    customers = as_of.size
    begin, item = np.zeros(customers + 1, np.int64), np.empty(customers * room, np.int32)
    own, why = np.empty(customers * room, np.int64), np.empty(customers * room, np.uint8)
    relations = np.empty((customers * room, len(RELATIONS)))
    own_of = ("baskets", "looked", "last")
    baskets, looked, last = (np.ascontiguousarray(found.own[:, OWN.index(name)]) for name in own_of)
    moment = np.ascontiguousarray(as_of)
    reason, place, scores, lines, touched = _SCRATCH.of(len(items), len(items.categories))
    _find(
        found.begin, found.item, baskets, looked, last, np.ascontiguousarray(found.decays[:, _DECAY]), moment,
        moment - NEW, moment - rested if rested else moment, may,
        popular, arrived, items.first_seen, items.category, reason, place, scores, lines, touched,
        ease.begin, ease.item, ease.weight, cosine.begin, cosine.item, cosine.weight,
        np.array([MOST[one] for one in _WHYS]), begin, item, own, why,
        relations,
    )  # fmt: skip
    some = int(begin[-1])
    return Pairs(begin, item[:some], own[:some], why[:some], relations[:some])


@compiled
def _find(
    history: Ints, bought: Places, baskets: Ints, looked: Ints, last: Ints, decay: Floats, moment: Ints, new: Ints,
    rested: Ints, may: NDArray[np.bool_], popular: Places, arrived: Places, first_seen: Ints, category: Places,
    reason: NDArray[np.uint8], place: Ints, scores: Floats, lines: Ints, touched: Places, ease: Ints, ease_item: Places,
    ease_weight: Floats, cosine: Ints, cosine_item: Places, cosine_weight: Floats, most: Ints,
    begin: Ints, item: Places, own: Ints, why: NDArray[np.uint8], relations: Floats,
) -> None:  # fmt: skip
    """Write `Pairs` whose arrays have room for all; `most` by the order of the bits of why."""
    n = 0
    for r in range(begin.size - 1):
        low, high = history[r], history[r + 1]
        for s in range(low, high):
            place[bought[s]] = s
            if baskets[s]:
                lines[category[bought[s]]] += baskets[s]
        lines[-1] = 0  # that of no category, which -1 is
        by_ease = _add(low, high, bought, baskets, decay, ease, ease_item, ease_weight, scores[:2], touched[0])
        by_cosine = _add(low, high, bought, baskets, decay, cosine, cosine_item, cosine_weight, scores[2:], touched[1])
        a = moment[r]
        _own(low, high, bought, baskets, looked, last, rested[r], decay, may, most, reason)
        _near(touched[0, :by_ease], scores[0], place, baskets, a, first_seen, may, most[1], reason)
        _near(touched[1, :by_cosine], scores[2], place, baskets, a, first_seen, may, most[1], reason)
        so_far = _popular(popular, place, baskets, a, first_seen, may, most[2], reason)
        as_far = _arrived(arrived, new[r], a, first_seen, category, lines, place, baskets, may, most[4], reason)
        n = _take(n, bought[low:high], reason, item, why)
        n = _take(n, touched[0, :by_ease], reason, item, why)
        n = _take(n, touched[1, :by_cosine], reason, item, why)
        n = _take(n, popular[:so_far], reason, item, why)
        n = _take(n, arrived[:as_far], reason, item, why)
        begin[r + 1] = n
        some = slice(begin[r], n)
        _describe(place, scores, lines, category, item[some], own[some], why[some], relations[some])
        for s in range(low, high):
            place[bought[s]] = -1
            lines[category[bought[s]]] = 0
        for t in range(by_ease):
            scores[:2, touched[0, t]] = 0
        for t in range(by_cosine):
            scores[2:, touched[1, t]] = 0


@compiled
def _add(
    low: int, high: int, bought: Places, baskets: Ints, decay: Floats, begin: Ints, item: Places, weight: Floats,
    scores: Floats, touched: Places,
) -> int:  # fmt: skip
    """Add the neighbours of what was bought, the product bought last first; return how many products they are."""
    some = 0
    for s in range(low, high):
        if baskets[s] == 0:
            break
        for at in range(begin[bought[s]], begin[bought[s] + 1]):
            j = item[at]
            if scores[0, j] == 0.0:
                touched[some] = j
                some += 1
            scores[0, j] += weight[at]
            scores[1, j] += weight[at] * decay[s]
    return some


@compiled
def _own(
    low: int, high: int, bought: Places, baskets: Ints, looked: Ints, last: Ints, rested: int, decay: Floats,
    may: NDArray[np.bool_], most: Ints, reason: NDArray[np.uint8],
) -> None:  # fmt: skip
    """Mark what was bought before it rested, by its decay and then by its last basket; and what was only looked at."""
    ends = low
    while ends < high and baskets[ends]:
        ends += 1
    n = 0
    for s in np.argsort(-decay[low:ends], kind="mergesort"):
        if n < most[0] and may[bought[low + s]] and last[low + s] < rested:
            reason[bought[low + s]] = BOUGHT
            n += 1
    n = 0
    for s in range(ends, high):
        if looked[s] > -(2**62) and n < most[3] and may[bought[s]]:
            reason[bought[s]] = LOOKED
            n += 1


@compiled
def _near(
    touched: Places, score: Floats, place: Ints, baskets: Ints, a: int, first_seen: Ints, may: NDArray[np.bool_],
    most: int, reason: NDArray[np.uint8],
) -> None:  # fmt: skip
    """Mark the products with the highest scores that were never bought, ties by product."""
    kept = np.empty(most, np.int32)
    n = 0
    for j in touched:
        if not may[j] or first_seen[j] >= a or (place[j] >= 0 and baskets[place[j]]):
            continue
        w = score[j]
        if n == most and (w < score[kept[n - 1]] or (w == score[kept[n - 1]] and j > kept[n - 1])):
            continue
        at = n if n < most else most - 1
        n = min(n + 1, most)
        while at > 0 and (score[kept[at - 1]] < w or (score[kept[at - 1]] == w and kept[at - 1] > j)):
            kept[at] = kept[at - 1]
            at -= 1
        kept[at] = j
    for j in kept[:n]:
        reason[j] |= NEAR


@compiled
def _popular(
    popular: Places, place: Ints, baskets: Ints, a: int, first_seen: Ints, may: NDArray[np.bool_], most: int,
    reason: NDArray[np.uint8],
) -> int:  # fmt: skip
    """Mark the products that most bought of late and the customer never; return how many were looked at."""
    n = at = 0
    while at < popular.size and n < most:
        j = popular[at]
        at += 1
        if may[j] and first_seen[j] < a and not (place[j] >= 0 and baskets[place[j]]):
            reason[j] |= POPULAR
            n += 1
    return at


@compiled
def _arrived(
    arrived: Places, new: int, a: int, first_seen: Ints, category: Places, lines: Ints, place: Ints, baskets: Ints,
    may: NDArray[np.bool_], most: int, reason: NDArray[np.uint8],
) -> int:  # fmt: skip
    """Mark the products that are new in categories that were bought, most bought first; return as `_popular` does."""
    n = at = 0
    while at < arrived.size and n < most:
        j = arrived[at]
        at += 1
        if first_seen[j] < new or first_seen[j] >= a or lines[category[j]] == 0 or not may[j]:
            continue
        if place[j] >= 0 and baskets[place[j]]:
            continue
        reason[j] |= ARRIVED
        n += 1
    return at


@compiled
def _take(n: int, marked: Places, reason: NDArray[np.uint8], item: Places, why: NDArray[np.uint8]) -> int:
    """Write those of some products that are marked, from the n-th pair on, and leave no mark; return where they end."""
    for j in marked:
        if reason[j]:
            item[n] = j
            why[n] = reason[j]
            reason[j] = 0
            n += 1
    return n


@compiled
def _describe(
    place: Ints, scores: Floats, lines: Ints, category: Places, item: Places, own: Ints, why: NDArray[np.uint8],
    relations: Floats,
) -> None:  # fmt: skip
    """Put a customer's pairs in the order of products, and write what lies between."""
    order = np.argsort(item)
    item[:] = item[order]
    why[:] = why[order]
    for at in range(item.size):
        j = item[at]
        own[at] = place[j]
        for k in range(4):
            relations[at, k] = scores[k, j]
        relations[at, 4] = lines[category[j]]
