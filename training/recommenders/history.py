"""History: what customers' events before a moment say of products: one backward scan over each customer's events.

Nothing here calls a compiled function of another file, and no number of another file is compiled in: Numba's cache
would not notice that it changed.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled
from features.log.event import GIVES_BACK, KINDS, selection
from features.log.log import KEYS, PRODUCT, Log, recoded

Ints = NDArray[np.int64]
Places = NDArray[np.int32]
Floats = NDArray[np.float64]

OWN = (
    "baskets", "first", "last", "newer", "last_5", "last_25", "baskets_28d", "baskets_84d", "gap_newest", "units",
    "paid", "given_back", "looks", "looked", "seen", "touched", "category",
)  # fmt: skip
"""What is told of a customer and a product, as integers: counts, moments in microseconds UTC, units of quantity and
money as the log has them. `newer` are the baskets after its last one, `looks` views and carts, `seen` and `touched`
the first and the newest event of any kind, `category` a place in the log's names. NEVER is a moment that is not there,
and -1 a gap or a category."""

WHOLE = ("all_baskets", "lines", "products", "first_basket", "last_basket", "all_baskets_28d", "all_units", "all_paid")
"""What is told of a customer; `lines` are the different products of each basket, summed over baskets."""

HALF_LIVES = (14, 56, 112)
"""Days in which a basket counts half, one for each column of `decays`."""

LOOKS = ("page_view", "cart_add", "cart_abandon")
"""Kinds by which a customer looks at a product."""

NEVER = -(2**62)

(
    BASKETS, FIRST, LAST, NEWER, LAST_5, LAST_25, IN_28, IN_84, GAP, UNITS, PAID, BACK, LOOKED_AT, LOOKED, SEEN,
    TOUCHED, CATEGORY,
) = range(17)  # fmt: skip
"""The places in OWN."""
_DAY = 86_400_000_000
_ONE = 1000
"""Of a line without a quantity: one, in the log's units."""
_BOUGHT, _RETURNED, _VIEWED = 1, 2, 3
_BITS = 32
_LEAST = NEVER
EVENTS = 500_000
"""So many events are read together at most, or one customer's."""
CUSTOMERS = 1_000
"""So many customers are."""


class Histories(NamedTuple):
    """What some customers' events say; a customer's products are those bought, the newest first, then the others."""

    begin: Ints
    """Where each customer's products begin, and the end: shape (customers + 1,)."""
    item: Places
    """The products, shape (products,)."""
    own: Ints
    """Of each, OWN; shape (products + 1, OWN). The last row is that of a product of which nothing is known."""
    decays: Floats
    """Of each, its baskets, each counted by its age for each of HALF_LIVES; shape (products + 1, HALF_LIVES)."""
    whole: Ints
    """Of each customer, WHOLE; shape (customers, WHOLE)."""


def roles() -> NDArray[np.uint8]:
    """Return what each packed code is to a product: bought, returned, viewed or nothing; shape (CODES,)."""
    found = selection("purchase").codes(KINDS) * np.uint8(_BOUGHT)
    for kinds, role in ((GIVES_BACK, _RETURNED), (LOOKS, _VIEWED)):
        for kind in kinds:
            found |= selection(kind).codes(KINDS) * np.uint8(role)
    return found.astype(np.uint8)


_ROLES = roles()
_LOOKED_AT = ("time", "recorded", "order", PRODUCT, "quantity", "amount", "category")


def read(log: Log, places: Places, items: int, customers: Ints, as_of: Ints, retention: int | None = None) -> Histories:
    """Return what customers' events before a moment of each say, as far as they had arrived then.

    Args:
        log: the events; those older than its retention are not seen.
        places: of each of the log's products, the place that is told, -1 for none: shape (names,).
        items: how many places there are.
        customers: their places in the log, shape (customers,).
        as_of: microseconds UTC, shape (customers,).
        retention: how many microseconds before a moment an event may lie; by default as the log says.
    """
    time, recorded, order, product, quantity, amount, category = (_column(log, name) for name in _LOOKED_AT)
    sizes = (log.offsets[1:] - log.offsets[:-1])[customers]
    room = int(sizes.sum())
    begin, item = np.zeros(customers.size + 1, np.int64), np.empty(room, np.int32)
    own, decays = np.empty((room + 1, len(OWN)), np.int64), np.empty((room + 1, len(HALF_LIVES)))
    whole = np.zeros((customers.size, len(WHOLE)), np.int64)
    kept = log.retention if retention is None else retention
    _scan(
        np.ascontiguousarray(customers), np.ascontiguousarray(as_of), 2**61 if kept is None else kept,
        np.asarray(log.offsets), time, recorded, order, product, quantity, amount, category,
        recoded(log, KINDS), _ROLES, places, np.full(items, -1, np.int32),
        np.array(HALF_LIVES, np.float64), begin, item, own, decays, whole,
    )  # fmt: skip
    some = int(begin[-1])
    return Histories(begin, item[:some], own[: some + 1], decays[: some + 1], whole)


def blocks(log: Log, customers: Ints) -> list[slice]:
    """Return slices of customers who are read together, as many as there is room for."""
    ends = np.cumsum((log.offsets[1:] - log.offsets[:-1])[customers])
    found, begin = [], 0
    while begin < customers.size:
        before = int(ends[begin - 1]) if begin else 0
        end = max(int(np.searchsorted(ends, before + EVENTS, "right")), begin + 1)
        end = min(end, begin + CUSTOMERS)
        found.append(slice(begin, end))
        begin = end
    return found


def _column(log: Log, name: str) -> NDArray[Any]:
    """Return a column that the scan looks at; one that the log lacks is empty, which the scan knows."""
    kind = np.int32 if name in (*KEYS, PRODUCT) else np.int64
    return np.asarray(log.columns.get(name, np.empty(0, kind)))


@compiled
def _scan(  # noqa: C901, PLR0912  one pass over the events
    customers: Ints, as_of: Ints, kept: int, offsets: Ints, time: Ints, recorded: Ints, order: Places,
    product: Places, quantity: Ints, amount: Ints, category: Places, code: NDArray[np.uint8],
    role: NDArray[np.uint8], place: Places, slot: Places, half_lives: Floats, begin: Ints, item: Places, own: Ints,
    decays: Floats, whole: Ints,
) -> None:  # fmt: skip
    """Write `Histories` whose arrays have room for all events; `slot` is -1 for each place, and is left so."""
    longest = 0
    for c in customers:
        longest = max(longest, offsets[c + 1] - offsets[c])
    keys, moments, newer = np.empty(longest, np.int64), np.empty(longest, np.int64), np.empty(longest, np.int64)
    n = 0
    for r in range(customers.size):
        low, high, a = offsets[customers[r]], offsets[customers[r] + 1], as_of[r]
        number = np.full(order[low:high].max() + 1 if high > low else 0, -1, np.int64)
        pairs = baskets = k = 0
        loose, loose_at = -1, _LEAST
        for i in range(high - 1, low - 1, -1):
            if time[i] < a - kept:
                break
            what = role[code[i]]
            if what == 0 or time[i] >= a or (recorded.size and recorded[i] >= a):
                continue
            basket = -1
            if what == _BOUGHT:
                # what has no order is a basket with all else of that instant that has none
                basket = number[order[i]] if order[i] >= 0 else loose if loose_at == time[i] else -1
                if basket < 0:
                    basket = baskets
                    moments[basket] = time[i]
                    new = basket == 0 or moments[basket - 1] > time[i]
                    newer[basket] = basket if new else newer[basket - 1]
                    baskets += 1
                if order[i] >= 0:
                    number[order[i]] = basket
                else:
                    loose, loose_at = basket, time[i]
            p = place[product[i]] if product.size and product[i] >= 0 else -1
            if p < 0:
                continue
            if slot[p] < 0:
                slot[p] = k
                item[n + k] = p
                _nothing(own[n + k], decays[n + k])
                own[n + k, TOUCHED] = time[i]
                k += 1
            _add(
                own[n + slot[p]], what, time[i], quantity[i] if quantity.size else _ONE,
                amount[i] if amount.size else 0, category[i] if category.size else -1,
            )  # fmt: skip
            if what == _BOUGHT:
                keys[pairs] = np.int64(slot[p]) << _BITS | basket
                pairs += 1
        for s in range(n, n + k):
            slot[item[s]] = -1
        lines = _baskets(np.sort(keys[:pairs]), moments, newer, a, half_lives, own[n:], decays[n:])
        _sort(item[n : n + k], own[n : n + k], decays[n : n + k])
        _sum(whole[r], own[n : n + k], moments[:baskets], lines, a)
        n += k
        begin[r + 1] = n
    _nothing(own[n], decays[n])


@compiled
def _add(own: Ints, what: int, time: int, quantity: int, amount: int, category: int) -> None:
    """Add an event to what is told of its product; events come the newest first."""
    own[SEEN] = time
    if own[CATEGORY] < 0:
        own[CATEGORY] = category
    if what == _BOUGHT:
        own[UNITS] += quantity
        own[PAID] += amount
    elif what == _RETURNED:
        own[BACK] += 1
    else:
        own[LOOKED_AT] += 1
        own[LOOKED] = max(own[LOOKED], time)


@compiled
def _nothing(own: Ints, decays: Floats) -> None:
    """Write what is told of a product of which nothing is known."""
    own[:] = 0
    decays[:] = 0.0
    own[FIRST] = own[LAST] = own[LOOKED] = own[SEEN] = own[TOUCHED] = _LEAST
    own[GAP] = own[CATEGORY] = -1


@compiled
def _baskets(
    keys: Ints, moments: Ints, newer: Ints, a: int, half_lives: Floats, own: Ints, decays: Floats
) -> int:  # fmt: skip
    """Write what baskets say of products, by keys of product and basket, the newest basket first; return the lines."""
    lines = 0
    for at in range(keys.size):
        if at and keys[at] == keys[at - 1]:
            continue
        lines += 1
        s, basket = keys[at] >> _BITS, keys[at] & ((1 << _BITS) - 1)
        found, t = own[s], moments[basket]
        if found[BASKETS] == 0:
            found[LAST], found[NEWER] = t, newer[basket]
        elif found[BASKETS] == 1:
            found[GAP] = found[LAST] - t
        found[FIRST] = t
        found[BASKETS] += 1
        found[LAST_5] += newer[basket] < 5  # noqa: PLR2004  as their names say
        found[LAST_25] += newer[basket] < 25  # noqa: PLR2004
        found[IN_28] += t >= a - 28 * _DAY
        found[IN_84] += t >= a - 84 * _DAY
        for h in range(half_lives.size):
            decays[s, h] += 0.5 ** ((a - t) / (half_lives[h] * _DAY))
    return lines


@compiled
def _sort(item: Places, own: Ints, decays: Floats) -> None:
    """Put a customer's products in order: bought ones by their last basket, then the others by their newest look."""
    by_item = np.argsort(item)
    key = np.empty(item.size, np.int64)
    for j in range(item.size):
        found = own[by_item[j]]
        key[j] = -found[LAST] if found[BASKETS] else -(found[LOOKED] >> 1) - (_LEAST >> 1)
    order = by_item[np.argsort(key, kind="mergesort")]
    item[:] = item[order]
    own[:] = own[order]
    decays[:] = decays[order]


@compiled
def _sum(whole: Ints, own: Ints, moments: Ints, lines: int, a: int) -> None:
    """Write WHOLE of a customer."""
    whole[0], whole[1], whole[2] = moments.size, lines, 0
    whole[3] = moments[-1] if moments.size else _LEAST
    whole[4] = moments[0] if moments.size else _LEAST
    for b in range(moments.size):
        whole[5] += moments[b] >= a - 28 * _DAY
    for s in range(own.shape[0]):
        whole[2] += own[s, BASKETS] > 0
        whole[6] += own[s, UNITS]
        whole[7] += own[s, PAID]
