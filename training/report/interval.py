"""Intervals of figures that training does not record: of groups and of profits, by resampling customers."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from training.metrics.bootstrap import DRAWS, Estimate, resampled
from training.metrics.metrics import Floats, Metric
from training.metrics.owners import Owners


def estimates(
    metrics: Mapping[str, Metric], y: Floats, p: Floats, customers: NDArray[np.int64] | Owners, draws: int = DRAWS
) -> dict[str, Estimate]:
    """Return metrics with 95 % intervals; all rows of one customer are drawn together.

    Args:
        metrics: functions of outcomes, predictions and weights, by name.
        y: outcomes, shape (rows,), at least one.
        p: predictions, shape (rows,).
        customers: who each row belongs to, shape (rows,).
        draws: how many times the customers are drawn.
    """
    return resampled(metrics, y, p, customers, _drawn, draws).estimates()


def _drawn(generator: np.random.Generator, draws: int, everyone: int) -> Floats:
    """Return how often each customer is drawn, shape (draws, everyone): a multinomial, faster by counting."""
    places = generator.integers(0, everyone, (draws, everyone)) + np.arange(draws)[:, None] * everyone
    return np.bincount(places.ravel(), minlength=draws * everyone).reshape(draws, everyone).astype(np.float64)


def mean_outcome(y: Floats, _: Floats, w: Floats) -> Floats:
    """Return the mean outcome, as a metric."""
    mean: Floats = (w * y).sum(1) / w.sum(1)
    return mean
