"""Orders: what a customer bought together, and when something of it first came back."""

from dataclasses import dataclass

import numpy as np

from features.log.event import DISCOUNTED, GIVES_BACK, KINDS
from features.log.log import ORDER, Log
from training.kpis.things import NEVER, Ints, newest

_PURCHASE = KINDS.index("purchase")
_BACK = [KINDS.index(kind) for kind in GIVES_BACK]


@dataclass(frozen=True)
class Orders:
    """The orders of a log, and their lines."""

    owner: Ints
    """Of each order, shape (orders,)."""
    begun: Ints
    """When its first line was bought."""
    returned: Ints
    """When a line of it first came back, NEVER where none did."""
    lines: Ints
    """The rows of purchases, refunds and cancellations in the log, shape (lines,)."""
    of: Ints
    """The order of each line as its place; -1 of what came back of no order that is known."""
    back: Ints
    """Which of the lines came back, by their places."""


def orders(log: Log) -> Orders:
    """Return the orders of a log; a line without an order is one with what was bought at the same instant.

    What comes back is of the order of the same `order_id` of the same customer that was bought before it.
    """
    kind = log.columns["code"] % DISCOUNTED
    lines = np.flatnonzero((kind == _PURCHASE) | np.isin(kind, _BACK))
    bought = kind[lines] == _PURCHASE
    owner, time = log.owners[lines], log.columns["time"][lines]
    key = keys(log.columns[ORDER][lines].astype(np.int64), time)
    span = int(key.max(initial=0)) + 1
    group = owner * span + key
    units, first, unit = np.unique(group[bought], return_index=True, return_inverse=True)
    begun = time[bought][first]  # lines of a customer are in the order of time
    of = np.full(lines.size, -1)
    of[bought] = unit
    back = np.flatnonzero(~bought)
    of[back] = newest(units, begun, group[back], time[back])
    returned = np.full(units.size, NEVER)
    known = back[of[back] >= 0]
    np.minimum.at(returned, of[known], time[known])
    return Orders(units // span, begun, returned, lines, of, back)


def keys(order: Ints, time: Ints) -> Ints:
    """Return a number for each line's order, of those without one for their instant."""
    without = order < 0
    if not without.any():
        return order
    _, instant = np.unique(time, return_inverse=True)
    return np.where(without, int(order.max()) + 1 + instant, order)
