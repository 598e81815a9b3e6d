"""The ranking: what the first rows hold when rows are taken by their prediction, the highest first."""

import numpy as np

from training.metrics.metrics import Floats


def captured(values: Floats, p: Floats) -> Floats:
    """Return the sum of `values` among the first k rows by prediction, for k from 0 to all, shape (rows + 1,).

    Rows with equal predictions share their sum equally, so no order of theirs is better than another.
    """
    order = np.argsort(-p, kind="stable")
    ends = np.r_[np.flatnonzero(np.diff(p[order]) != 0) + 1, p.size]
    sums = np.cumsum(values[order])[ends - 1]
    shared: Floats = np.interp(np.arange(p.size + 1), np.r_[0, ends], np.r_[0.0, sums])
    return shared


def at(cumulated: Floats, places: Floats) -> Floats:
    """Return what `captured` is at places between rows too."""
    between: Floats = np.interp(places, np.arange(cumulated.size), cumulated)
    return between
