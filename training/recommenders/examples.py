"""Examples: customers and candidates at a moment of the past, and whether they were bought within the horizon."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.log.log import Log
from training.recommenders import history, outcome
from training.recommenders.history import Floats, Ints
from training.recommenders.lists import LISTS
from training.recommenders.outcome import Outcome
from training.recommenders.shop import Seen, Shop

CUSTOMERS = 2_000
"""From so many customers is learned at a moment: those with the smallest hashes of their first event."""
NEGATIVES = 25_000
"""So many candidates of a moment that were not bought are learned from, about: a draw by hash, each counting for all
that it was drawn from."""
_SEED = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Examples:
    """What is learned from at one moment."""

    x: NDArray[np.float32]
    """The columns, shape (rows, COLUMNS)."""
    y: NDArray[np.bool_]
    weight: Floats


def buyers(log: Log, as_of: int, baskets: int = 1, most: int | None = CUSTOMERS) -> Ints:
    """Return who bought within the horizon from a moment on, and in so many baskets before it: places in the log.

    Args:
        log: the events.
        as_of: microseconds UTC.
        baskets: how many at least.
        most: how many customers at most, by the hash of their first event; None: all.
    """
    who = log.known_before(as_of)
    room = who.size if most is None or not len(log.keys) else most
    if room < who.size:
        who = who[np.lexsort((who, log.keys[who, 0]))]
    all_of_it, nothing = log.all_known(), np.full(len(log.names["product"]), -1, np.int32)
    kept, count = [np.empty(0, np.int64)], 0
    for block in history.blocks(log, who):
        some, moment = who[block], np.full(who[block].size, as_of)
        before = history.read(log, nothing, 1, some, moment).whole[:, 0]
        ends = moment + outcome.HORIZON
        then = history.read(all_of_it, nothing, 1, log.person[some], ends, outcome.HORIZON).whole[:, 0]
        kept.append(some[(before >= baskets) & (then > 0)])
        count += kept[-1].size
        if count >= room:
            break
    return np.sort(np.concatenate(kept)[:room])


def seen(log: Log, shop: Shop, customers: Ints, as_of: int) -> Iterator[tuple[Ints, Seen]]:
    """Yield what is seen of customers before a moment, with who they are, as many together as there is room for."""
    for block in history.blocks(log, customers):
        some = customers[block]
        yield some, shop.seen(log, some, np.full(some.size, as_of))


def of(log: Log, shop: Shop, as_of: int, customers: Ints, names: tuple[str, ...]) -> dict[str, Examples]:
    """Return the examples of some lists at a moment: all that was bought, and a draw of what was not."""
    parts: dict[str, list[Examples]] = {name: [] for name in names}
    for some, told in seen(log, shop, customers, as_of):
        bought = outcome.after(log, shop.items, log.person[some], as_of)
        for name, own in parts.items():
            own.append(_drawn(told, bought, LISTS[name], NEGATIVES / max(customers.size, 1)))
    return {name: _joined(own) for name, own in parts.items()}


def _drawn(told: Seen, bought: Outcome, bits: int, each: float) -> Examples:
    """Return a list's examples of some customers, with about so many candidates of each that were not bought."""
    pairs = told.pairs
    inside = np.flatnonzero(pairs.why & bits)
    owner = np.repeat(np.arange(pairs.begin.size - 1), np.diff(pairs.begin))[inside]
    items = int(pairs.item.max(initial=0)) + 1 + int(bought.item.max(initial=0))
    y = bought.bought(owner, pairs.item[inside], items)
    share = min(1.0, each * (pairs.begin.size - 1) / max(int((~y).sum()), 1))
    kept = y | (_hash(told.as_of[owner], owner, pairs.item[inside]) < share)
    weight = np.where(y, 1.0, 1 / share)
    return Examples(told.x[inside[kept]], y[kept], weight[kept])


def _hash(*numbers: NDArray[np.integer]) -> Floats:
    """Return a number from 0 to 1 for each row, the same for the same numbers."""
    state = np.full(numbers[0].size, _SEED)
    for number in numbers:
        state ^= number.astype(np.uint64)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            state = (state ^ (state >> np.uint64(shift))) * np.uint64(factor)
        state ^= state >> np.uint64(31)
    return state.astype(np.float64) / 2.0**64


def _joined(parts: list[Examples]) -> Examples:
    """Return all examples together."""
    if not parts:
        return Examples(np.empty((0, 0), np.float32), np.empty(0, np.bool_), np.empty(0))
    x, y, weight = (np.concatenate([getattr(one, name) for one in parts]) for name in ("x", "y", "weight"))
    return Examples(x, y, weight)
