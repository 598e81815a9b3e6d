"""Metrics of predictions, for many weightings of the rows at once, as a bootstrap needs them.

Each takes `y` and `p` of shape (rows,) and weights `w` of shape (draws, rows), and returns one number for each draw.
With weights of 1 they are the field's usual definitions. Ties in `p` are treated as one group, so no metric depends
on the order of rows.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from training.metrics.concordance import concordance

Floats = NDArray[np.float64]
Metric = Callable[[Floats, Floats, Floats], Floats]

BINS = 10
TOP = 0.10
TWEEDIE_POWER = 1.5
_SMALLEST_P = 1e-15
_SMALLEST_VALUE = 0.01


class _Groups(NamedTuple):
    """Rows gathered by equal key, in increasing order of the key: weights and weighted values, (draws, groups)."""

    weight: Floats
    value: Floats
    before: Floats
    """The weight of all groups that come earlier."""


def _by(key: Floats, y: Floats, w: Floats) -> _Groups:
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(key[order]) > 0])
    weight, value = w[:, order], (w * y)[:, order]
    if starts.size < key.size:
        weight, value = np.add.reduceat(weight, starts, axis=1), np.add.reduceat(value, starts, axis=1)
    return _Groups(weight, value, np.cumsum(weight, axis=1) - weight)


def _mean(values: Floats, w: Floats) -> Floats:
    mean: Floats = (w * values).sum(1) / w.sum(1)
    return mean


def _over(a: Floats, b: Floats) -> Floats:
    return np.divide(a, b, out=np.full_like(a, np.nan), where=b != 0)


def roc_auc(y: Floats, p: Floats, w: Floats) -> Floats:
    """Probability that a positive is ranked above a negative, ties counting half."""
    groups = _by(p, y, w)
    negative = groups.weight - groups.value
    below = np.cumsum(negative, axis=1) - negative / 2
    return _over((groups.value * below).sum(1), groups.value.sum(1) * negative.sum(1))


def average_precision(y: Floats, p: Floats, w: Floats) -> Floats:
    """Mean of the precision at each threshold, weighted by the increase in recall."""
    groups = _by(-p, y, w)
    precision = _over(np.cumsum(groups.value, axis=1), groups.before + groups.weight)
    return _over(np.nansum(groups.value * precision, axis=1), groups.value.sum(1))


def brier(y: Floats, p: Floats, w: Floats) -> Floats:
    """Mean squared difference of probability and outcome."""
    return _mean((y - p) ** 2, w)


def log_loss(y: Floats, p: Floats, w: Floats) -> Floats:
    """Mean negative log-likelihood of the outcomes."""
    return _mean(_log_losses(y, p), w)


def _log_losses(y: Floats, p: Floats) -> Floats:
    p = np.clip(p, _SMALLEST_P, 1 - _SMALLEST_P)
    losses: Floats = -(y * np.log(p) + (1 - y) * np.log1p(-p))
    return losses


def ece(y: Floats, p: Floats, w: Floats) -> Floats:
    """Expected calibration error over ten bins of equal count: mean |mean outcome - mean probability|."""
    difference = _by(p, y - p, w)
    total = difference.weight.sum(1, keepdims=True)
    place = np.minimum((difference.before + difference.weight / 2) * BINS // total, BINS - 1)
    error = np.zeros(len(w))
    for number in range(BINS):
        error += np.abs(np.where(place == number, difference.value, 0.0).sum(1))
    return _over(error, total[:, 0])


def lift_at_10pct(y: Floats, p: Floats, w: Floats) -> Floats:
    """Share of positives among the tenth with the highest probability, over their share among all."""
    groups = _by(-p, y, w)
    total = groups.weight.sum(1, keepdims=True)
    taken = np.clip(TOP * total - groups.before, 0, groups.weight)
    found = np.nansum(_over(taken * groups.value, groups.weight), axis=1)
    return _over(found, TOP * groups.value.sum(1))


def mae(y: Floats, p: Floats, w: Floats) -> Floats:
    """Mean absolute error."""
    return _mean(np.abs(y - p), w)


def rmse(y: Floats, p: Floats, w: Floats) -> Floats:
    """Root of the mean squared error."""
    return np.sqrt(_mean((y - p) ** 2, w))


def spearman(y: Floats, p: Floats, w: Floats) -> Floats:
    """Spearman's correlation: Pearson's, of the mid-ranks."""
    a, b = _ranks(y, w), _ranks(p, w)
    a -= _mean(a, w)[:, None]
    b -= _mean(b, w)[:, None]
    return _over(_mean(a * b, w), np.sqrt(_mean(a * a, w) * _mean(b * b, w)))


def _ranks(key: Floats, w: Floats) -> Floats:
    groups = _by(key, key, w)
    _, where = np.unique(key, return_inverse=True)
    return (groups.before + groups.weight / 2)[:, where]


def gini(y: Floats, p: Floats, w: Floats) -> Floats:
    """Normalised Gini: how much of the value the ranking by `p` puts first, over what a perfect ranking puts first."""
    return _over(_concentration(y, p, w), _concentration(y, y, w))


def _concentration(y: Floats, key: Floats, w: Floats) -> Floats:
    groups = _by(-key, y, w)
    area = (groups.weight * (np.cumsum(groups.value, axis=1) - groups.value / 2)).sum(1)
    return _over(area, groups.weight.sum(1) * groups.value.sum(1)) - 0.5


def total_ratio(y: Floats, p: Floats, w: Floats) -> Floats:
    """Sum of the predictions over the sum of the outcomes."""
    return _over((w * p).sum(1), (w * y).sum(1))


def deviance(y: Floats, p: Floats, w: Floats) -> Floats:
    """Mean Tweedie deviance of power 1.5, with predictions of at least a cent; a recipe for value is chosen by it."""
    return _mean(_deviances(y, p), w)


def _deviances(y: Floats, p: Floats) -> Floats:
    p = np.maximum(p, _SMALLEST_VALUE)
    a, b = 1 - TWEEDIE_POWER, 2 - TWEEDIE_POWER
    deviances: Floats = 2 * (np.maximum(y, 0) ** b / (a * b) - y * p**a / a + p**b / b)
    return deviances


def c_index(y: Floats, p: Floats, w: Floats) -> Floats:
    """Probability that of two times the one predicted to be later is later, ties in the prediction counting half.

    Harrell's (1982) index of concordance: of the pairs whose earlier time is known. Times at the largest are censored,
    as in all metrics of times: they are where the horizon ends.
    """
    told, right = concordance(y, p, w)
    return _over(right, told)


def mae_returners(y: Floats, p: Floats, w: Floats) -> Floats:
    """Mean absolute error of the times that are known, of predictions of at most the horizon."""
    known = w * (y < y.max())
    return _over((known * np.abs(y - np.minimum(p, y.max()))).sum(1), known.sum(1))


def share_early(y: Floats, p: Floats, w: Floats) -> Floats:
    """Share of times earlier than predicted, of those predicted within the horizon; of a median one half is right.

    A time as predicted counts half.
    """
    within = w * (p < y.max())
    early = (y < p) + (y == p) / 2
    return _over((within * early).sum(1), within.sum(1))


def pinball(y: Floats, p: Floats, w: Floats) -> Floats:
    """Mean pinball loss at one half, of times and predictions of at most the horizon: a median makes it smallest."""
    return _mean(_pinballs(y, p), w)


def _pinballs(y: Floats, p: Floats) -> Floats:
    losses: Floats = np.abs(y - np.minimum(p, y.max())) / 2
    return losses


METRICS: dict[str, dict[str, Metric]] = {
    "binary": {f.__name__: f for f in (roc_auc, average_precision, brier, log_loss, ece, lift_at_10pct)},
    "value": {f.__name__: f for f in (mae, rmse, spearman, gini, total_ratio, deviance)},
    "time": {f.__name__: f for f in (c_index, mae_returners, share_early, pinball)},
}
"""The metrics of each task, by the names that MLflow shows."""

CHOSEN_BY = {"binary": "log_loss", "value": "deviance", "time": "pinball"}
"""The metric that a recipe is chosen by on validation, of levelled predictions: the smallest wins."""

ROW_LOSS: dict[str, Callable[[Floats, Floats], Floats]] = {
    "binary": _log_losses,
    "value": _deviances,
    "time": _pinballs,
}
"""The same by row: `CHOSEN_BY`'s metric is their mean."""

HEADLINE = {"binary": "roc_auc", "value": "spearman", "time": "c_index"}
"""The metric that recipes are compared by in the printed table."""


def level(task: str, y: Floats, p: Floats) -> float:
    """Return the shift of the predictions (of their logits, or of the logarithm of values) to the outcomes' mean.

    It is 0 where no shift can reach that mean: no predicted value, say, or outcomes that are all the same.
    """
    if task == "value":
        return float(np.log(y.sum() / p.sum())) if p.sum() > 0 and y.sum() > 0 else 0.0
    if not 0 < y.mean() < 1:
        return 0.0
    known = logit(p)
    return float(brentq(lambda by: float((1 / (1 + np.exp(-(known + by)))).mean() - y.mean()), -50, 50))


def level_variance(task: str, y: Floats, p: Floats) -> float:
    """Return the variance that chance alone gives the shift to the outcomes' mean, of outcomes that are independent."""
    if task == "binary":
        return float(1 / max((p * (1 - p)).sum(), 1.0))
    return float(((y - p) ** 2).sum() / max(p.sum(), 1e-9) ** 2)


def shifted(task: str, p: Floats, by: float) -> Floats:
    """Return predictions with a level's shift."""
    moved: Floats = p * np.exp(by) if task == "value" else 1 / (1 + np.exp(-(logit(p) + by)))
    return moved


def levelled(task: str, y: Floats, p: Floats) -> Floats:
    """Return predictions shifted so that their mean is the outcome's.

    A period's level is a matter of its season, which no recipe knows: recipes are compared by what is left. Times are
    left as they are.
    """
    return p if task == "time" else shifted(task, p, level(task, y, p))


def levelled_losses(task: str, y: Floats, p: Floats) -> Floats:
    """Return each row's loss of the levelled predictions, shape (rows,): recipes are compared by it."""
    return ROW_LOSS[task](y, levelled(task, y, p))


def shrunk(found: float, variance: float) -> float:
    """Return a number drawn to 0 by as much as chance explains of it: `1 - variance / found ** 2`, at least 0."""
    return found * max(0.0, 1 - variance / found**2) if found else 0.0


def logit(p: Floats) -> Floats:
    """Return the logarithm of the odds, of probabilities kept off 0 and 1."""
    inside = np.clip(p, _SMALLEST_P, 1 - _SMALLEST_P)
    found: Floats = np.log(inside) - np.log1p(-inside)
    return found
