"""A measure: what is counted of each customer from a moment on, straight from the events; a metric is one, or two."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from activation.experiments.metric import Metric
from activation.experiments.moments import Floats
from features.log.event import MONEY_UNITS, selection
from features.log.log import ORDER, Log
from features.nearest import nearest
from training.kpis.orders import keys

Ints = NDArray[np.int64]


class NoSuchMeasure(ValueError):
    """A metric is not known, or the dataset has no column for it."""


@dataclass(frozen=True)
class Measure:
    """What is counted of a customer: all that the log holds, whatever led to it."""

    meaning: str
    unit: str
    events: str
    """The name of a selection of events, or of a kind."""
    count: Callable[[Log, NDArray[np.bool_], Ints], Floats]
    """Counts, by customer of a piece of the log, the events that a mask picks, given each event's customer."""
    column: str = ""
    """The column without which it cannot be told."""
    fewer_is_better: bool = False


def _amount(log: Log, which: NDArray[np.bool_], owner: Ints) -> Floats:
    """Return the sum of money, in units of the currency; refunds count against it."""
    units = log.columns["amount"][which].astype(np.float64)  # whole units: sums are exact below 2^53
    return np.bincount(owner[which], units, len(log.customers)) / MONEY_UNITS


def _orders(log: Log, which: NDArray[np.bool_], owner: Ints) -> Floats:
    """Return how many different orders there are: of purchases without one, those of an instant are one, as of KPIs."""
    order = keys(log.columns[ORDER][which].astype(np.int64), log.columns["time"][which])
    pairs = np.unique(np.stack([owner[which], order]), axis=1)
    return np.bincount(pairs[0], minlength=len(log.customers)).astype(np.float64)


def _any(log: Log, which: NDArray[np.bool_], owner: Ints) -> Floats:
    """Return 1 of who has any, 0 of the others."""
    return (np.bincount(owner[which], minlength=len(log.customers)) > 0).astype(np.float64)


MEASURES: Mapping[str, Measure] = {
    "spend": Measure("net spend, refunds taken off", "currency", "net", _amount, "amount"),
    "orders": Measure("orders", "orders", "purchase", _orders),
    "buyers": Measure("customers with a purchase", "share", "purchase", _any),
    "opens": Measure("customers who opened a mail", "share", "mail_open", _any),
    "clicks": Measure("customers who followed a link of a mail", "share", "mail_click", _any),
    "redemptions": Measure("customers who redeemed an offer", "share", "redemption", _any),
    "unsubscribes": Measure("customers who unsubscribed", "share", "mail_unsubscribed", _any, fewer_is_better=True),
}
"""What is counted of each customer."""

RATIOS: Mapping[str, tuple[str, str, str]] = {
    "order_value": ("spend", "orders", "net spend per order"),
    "click_to_open": ("clicks", "opens", "customers who followed a link per customer who opened"),
}
"""Ratios of two of them, with what they mean."""


@dataclass(frozen=True)
class Wanted:
    """A metric over some days of each customer's own."""

    name: str
    days: int
    measures: tuple[Measure, ...]
    metric: Metric
    meaning: str
    unit: str
    fewer_is_better: bool = False


def wanted(name: str) -> Wanted:
    """Return the metric that a name such as `spend_28d` stands for.

    Raises:
        NoSuchMeasure: there is none.
    """
    found = re.fullmatch(r"([a-z_]+)_([1-9]\d{0,2})d", name)
    known = [*MEASURES, *RATIOS]
    if found is None or found[1] not in known:
        hint = nearest(found[1] if found else name, known)
        raise NoSuchMeasure(f"got {name!r}; NAME_DAYSd is allowed, such as spend_28d.{hint}")
    what, days = found[1], int(found[2])
    if what in RATIOS:
        top, bottom, meaning = RATIOS[what]
        unit = f"{MEASURES[top].unit} per {bottom.removesuffix('s')}"
        return Wanted(name, days, (MEASURES[top], MEASURES[bottom]), Metric("ratio"), meaning, unit)
    own = MEASURES[what]
    return Wanted(name, days, (own,), Metric(), own.meaning, own.unit, own.fewer_is_better)


def measured(log: Log, measure: Measure, places: Ints, begin: Ints, end: Ints) -> Floats:
    """Return what is counted of customers from a moment of their own to another, shape (customers,).

    Args:
        log: the events; what arrived late happened when it did.
        measure: what is counted.
        places: the customers' places in the log, each once.
        begin: from when on, microseconds UTC, shape (customers,).
        end: before when.

    Raises:
        NoSuchMeasure: the events lack the column that it needs.
    """
    if measure.column and not log.columns[measure.column].size and len(log):
        raise NoSuchMeasure(f"{measure.meaning}: the dataset's events have no {measure.column!r}.")
    counts = selection(measure.events).codes(log.kinds)
    out = np.zeros(places.size)
    for first, piece in log.pieces():
        own = np.flatnonzero((places >= first) & (places < first + len(piece.customers)))
        since, until = (np.zeros(len(piece.customers), np.int64) for _ in range(2))
        since[places[own] - first], until[places[own] - first] = begin[own], end[own]
        owner, time = piece.owners, piece.columns["time"]
        which = counts[piece.columns["code"]] & (time >= since[owner]) & (time < until[owner])
        out[own] = measure.count(piece, which, owner)[places[own] - first]
    return out
