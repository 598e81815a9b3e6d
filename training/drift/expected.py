"""The expected figures: what calibrated probabilities say of their own quality before any label is there.

If an event happens with the probability that is said, the expected number of ranked pairs, and the expected losses,
follow from the probabilities alone (Garg et al. 2022 and NannyML's CBPE use the same). They are as good as the
calibration is: whether that holds, kept scores tell when the labels are there.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FIGURES = ("mean", "roc_auc", "log_loss", "brier")
_SMALLEST = 1e-15


def figures(p: Floats) -> Floats:
    """Return FIGURES of probabilities, shape (rows,); NaN where there is none, or nothing to rank.

    Example:
        >>> figures(np.array([0.5, 0.5])).round(3).tolist()
        [0.5, 0.5, 0.693, 0.25]
    """
    if not p.size:
        return np.full(len(FIGURES), np.nan)
    inside = np.clip(p, _SMALLEST, 1 - _SMALLEST)
    entropy = -(inside * np.log(inside) + (1 - inside) * np.log1p(-inside))
    return np.array([p.mean(), _auc(p), entropy.mean(), (p * (1 - p)).mean()])


def _auc(p: Floats) -> float:
    """Return the expected share of pairs of one with and one without the event that are ranked right."""
    value, group, count = np.unique(p, return_inverse=True, return_counts=True)
    without = np.cumsum((1 - value) * count) - (1 - value) * count
    below = (p * without[group]).sum()
    tied = (value * (1 - value) * count * (count - 1)).sum() / 2
    pairs = p.sum() * (1 - p).sum() - (p * (1 - p)).sum()
    return float((below + tied) / pairs) if pairs > 0 else float("nan")
