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
    return most(customer, log.columns["day"][bought], order[bought], log.offsets.size - 1)


def most(
    customer: NDArray[np.integer], day: NDArray[np.integer], order: NDArray[np.integer], customers: int
) -> NDArray[np.int64]:
    """Return how many orders each of so many customers has on the day with most, from the lines of all orders."""
    found = np.zeros(customers, np.int64)
    if customer.size:
        sort = np.lexsort((order, day, customer))
        who, when, what = customer[sort], day[sort], order[sort]
        other_day = np.append(True, (who[1:] != who[:-1]) | (when[1:] != when[:-1]))
        counted = other_day | np.append(True, what[1:] != what[:-1])
        begins = np.flatnonzero(other_day)
        np.maximum.at(found, who[begins], np.add.reduceat(counted.astype(np.int64), begins))
    return found
