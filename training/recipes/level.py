"""Level: a scorer moved so that what it says of the rows that it was fitted on agrees with what happened."""

import numpy as np
from numpy.typing import NDArray

from training.panel.examples import Examples
from training.scorers import Calibrated, Duration, Scorer


def to_the_sum(scorer: Scorer, examples: Examples) -> Scorer:
    """Return a scorer of values by which the predictions of the examples add up to their outcomes."""
    predicted, happened = (float(examples.weights @ values) for values in (examples.said(scorer.score), examples.y))
    if predicted <= 0 or happened <= 0:
        return scorer
    return Calibrated(scorer, binary=False, slope=1.0, shift=float(np.log(happened / predicted)))


def to_the_median(scorer: Scorer, examples: Examples, horizon_days: int) -> Scorer:
    """Return a scorer of times, multiplied by what makes the absolute error of the examples smallest.

    That factor is the median of outcome over prediction, weighted by the prediction, of those predicted within the
    horizon.
    """
    predicted = examples.said(scorer.score)
    within = (predicted > 0) & (predicted < horizon_days)
    if not within.any():
        return scorer
    factor = weighted_median(examples.y[within] / predicted[within], (examples.weights * predicted)[within])
    if factor <= 0:
        return scorer
    moved = Calibrated(scorer, binary=False, slope=1.0, shift=float(np.log(factor)))
    return Duration(moved, float(horizon_days))


def weighted_median(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Return the smallest value that has half of the weight at or below it."""
    order = np.argsort(values, kind="stable")
    upto = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(upto, upto[-1] / 2)])
