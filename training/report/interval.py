"""Intervals of figures that training does not record: of groups and of profits, by resampling customers."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from training.bootstrap import DRAWS, Estimate, Scored
from training.metrics import Floats, Metric

_SEED = 20170101
_CELLS = 4_000_000
"""As many weights are held at once."""


def estimates(
    metrics: Mapping[str, Metric], y: Floats, p: Floats, customers: NDArray[np.int64], draws: int = DRAWS
) -> dict[str, Estimate]:
    """Return metrics with 95 % intervals; all rows of one customer are drawn together.

    Args:
        metrics: functions of outcomes, predictions and weights, by name.
        y: outcomes, shape (rows,), at least one.
        p: predictions, shape (rows,).
        customers: who each row belongs to, shape (rows,).
        draws: how many times the customers are drawn.
    """
    _, owner = np.unique(customers, return_inverse=True)
    everyone = int(owner.max()) + 1
    generator = np.random.default_rng(_SEED)
    chunk = max(1, _CELLS // y.size)
    parts: dict[str, list[Floats]] = {name: [] for name in metrics}
    for start in range(0, draws, chunk):
        weights = _drawn(generator, min(chunk, draws - start), everyone)[:, owner]
        # A draw of a small group may hold none of its customers: its mean is not a number, and is passed over.
        with np.errstate(invalid="ignore", divide="ignore"):
            for name, metric in metrics.items():
                parts[name].append(metric(y, p, weights))
    value = {name: float(metric(y, p, np.ones((1, y.size)))[0]) for name, metric in metrics.items()}
    return Scored(value, {name: np.concatenate(part) for name, part in parts.items()}).estimates()


def _drawn(generator: np.random.Generator, draws: int, everyone: int) -> Floats:
    """Return how often each customer is drawn, shape (draws, everyone): a multinomial, faster by counting."""
    places = generator.integers(0, everyone, (draws, everyone)) + np.arange(draws)[:, None] * everyone
    return np.bincount(places.ravel(), minlength=draws * everyone).reshape(draws, everyone).astype(np.float64)


def mean_outcome(y: Floats, _: Floats, w: Floats) -> Floats:
    """Return the mean outcome, as a metric."""
    mean: Floats = (w * y).sum(1) / w.sum(1)
    return mean
