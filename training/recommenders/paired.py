"""Paired: how often two products are in one group, counted product by product, and which others are kept of each."""

from dataclasses import dataclass

import numpy as np

from features.compiled import compiled
from training.recommenders.bought import Bought, Codes, Floats, Ints
from training.recommenders.pairs import Pairs

SUPPORT, MOST = 5, 50
"""A pair is told from so many groups on that have both; so many others of each product are kept."""
_NO_PRICES, _NO_TIMES = np.empty(0), np.empty(0, np.int64)


@dataclass(frozen=True)
class Weighing:
    """How much a pair weighs: `scale * together / (own ** power_of_own * others ** power_of_other + shrinkage)`.

    `own` and `others` are in how many groups the product and the other are.
    """

    power_of_own: float
    power_of_other: float
    shrinkage: float = 0.0
    """So many groups without the pair are thought to have been seen, too."""
    scale: float = 1.0


def paired(
    bought: Bought,
    weighing: Weighing,
    prices: Floats = _NO_PRICES,
    ratios: tuple[float, float] = (0.0, np.inf),
    later: bool = False,
    support: int = SUPPORT,
    most: int = MOST,
) -> Pairs:
    """Return the others of each product that are in groups with it, never itself.

    The pairs of one product are counted after those of another, so that memory grows with products and what is kept,
    and not with pairs.

    Args:
        bought: the groups.
        weighing: what orders the others.
        prices: of each product, NaN where it is not known, shape (products,); empty where prices do not matter.
        ratios: the other's price lies above the first times the product's own, and not above the second times.
        later: whether a group counts only where the other was first bought after the product.
        support: in how many groups a pair is at the least.
        most: so many others of each product.
    """
    sizes = bought.sizes
    counted: Floats = sizes.astype(np.float64)
    left, right = counted**weighing.power_of_own, counted**weighing.power_of_other
    room = int((sizes >= support).sum()) * min(most, max(sizes.size - 1, 0))
    offsets, index = np.zeros(sizes.size + 1, np.int64), np.empty(room, np.int32)
    weight, counts = np.empty(room), np.empty(room, np.int64)
    priced = prices if prices.size else np.ones(sizes.size)
    times = bought.first if later else _NO_TIMES
    filled = _paired(
        bought.offsets,
        bought.items,
        *bought.holders,
        priced,
        *ratios,
        times,
        left,
        right,
        weighing.shrinkage,
        weighing.scale,
        support,
        most,
        offsets,
        index,
        weight,
        counts,
    )
    return Pairs(bought.products, offsets, index[:filled], weight[:filled], counts[:filled])


@compiled
def _paired(
    begins: Ints,
    items: Codes,
    starts: Ints,
    holders: Ints,
    prices: Floats,
    above: float,
    up_to: float,
    times: Ints,
    left: Floats,
    right: Floats,
    shrinkage: float,
    scale: float,
    support: int,
    most: int,
    offsets: Ints,
    index: Codes,
    weight: Floats,
    counts: Ints,
) -> int:
    """Write the pairs of all products; return how many there are."""
    filled = 0
    count, touched = np.zeros(prices.size, np.int64), np.empty(prices.size, np.int32)
    for own in range(prices.size):
        many = 0
        if starts[own + 1] - starts[own] >= support:
            for at in range(starts[own], starts[own + 1]):
                many = _met(begins, items, holders[at], own, prices, above, up_to, times, count, touched, many)
        others = np.sort(touched[:many])
        enough = others[count[others] >= support]
        weights = scale * count[enough] / (left[own] * right[enough] + shrinkage)
        for place in np.argsort(-weights, kind="mergesort")[:most]:  # stable: of equals the smaller id is first
            index[filled], weight[filled], counts[filled] = enough[place], weights[place], count[enough[place]]
            filled += 1
        count[others] = 0
        offsets[own + 1] = filled
    return filled


@compiled
def _met(
    begins: Ints,
    items: Codes,
    group: int,
    own: int,
    prices: Floats,
    above: float,
    up_to: float,
    times: Ints,
    count: Ints,
    touched: Codes,
    many: int,
) -> int:
    """Count the others of one group, and remember those that were not met before; return how many were."""
    begin, end, since = begins[group], begins[group + 1], 0
    if times.size:
        since = times[begin + np.searchsorted(items[begin:end], own)]
    for entry in range(begin, end):
        other = items[entry]
        ratio = prices[other] / prices[own]
        if other == own or not above < ratio <= up_to or (times.size and times[entry] <= since):
            continue
        if count[other] == 0:
            touched[many] = other
            many += 1
        count[other] += 1
    return many
