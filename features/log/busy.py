"""Busy: how many orders customers have on one day, of which there may be more than a person makes."""

import numpy as np
from numpy.typing import NDArray

from features.log.event import DISCOUNTED
from features.log.log import Log


def most_orders(log: Log) -> NDArray[np.int64]:
    """Return how many orders each customer has on the day with most, shape (customers,)."""
    bought = log.columns["code"] % DISCOUNTED == log.kinds.index("purchase")
    customer = np.repeat(np.arange(log.offsets.size - 1), np.diff(log.offsets))[bought]
    order = log.columns["order"] if log.columns["order"].size else log.columns["time"]
    each = np.column_stack([customer, log.columns["day"][bought], order[bought]]).astype(np.int64)
    days, orders = np.unique(np.unique(each, axis=0)[:, :2], axis=0, return_counts=True)
    most = np.zeros(log.offsets.size - 1, np.int64)
    np.maximum.at(most, days[:, 0], orders)
    return most
