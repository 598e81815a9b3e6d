"""Calibration: a fitted scorer's answers, stretched as the validation asked for and moved to a season's level."""

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from training.metrics.metrics import level, level_variance, logit, shrunk
from training.panel.examples import Examples
from training.scorers import Calibrated, Scorer

CALIBRATED = ("binary", "value")
"""The tasks whose answers have a level."""
LEVEL_SD = 0.1
"""How far the levels of two periods of a stable business lie apart, of logits or of logarithms of values."""


def slope(task: str, y: NDArray[np.float64], p: NDArray[np.float64]) -> float:
    """Return how much wider apart predictions should lie, drawn to 1 by as much as chance explains of it.

    For a probability it is the slope of a logistic regression of the outcome on the logit (Cox 1958); values keep
    theirs. The level is left alone: that of one period says little of the next.
    """
    if task != "binary" or not 0 < y.mean() < 1 or np.ptp(p) == 0:
        return 1.0
    known = logit(p)
    line = LogisticRegression(C=np.inf).fit(known[:, None], y)
    found = float(line.coef_[0, 0])
    weight = (fitted := line.predict_proba(known[:, None])[:, 1]) * (1 - fitted)
    centred = known - np.average(known, weights=weight)
    variance = 1 / float((weight * centred**2).sum())
    return 1 + shrunk(found - 1, variance)


def carried(task: str, y: NDArray[np.float64], p: NDArray[np.float64]) -> float:
    """Return the shift of the level that one period's outcomes ask of predictions for another period.

    It is drawn to 0 by what chance explains of it, and by how much the levels of periods differ.
    """
    return shrunk(level(task, y, p), level_variance(task, y, p) + LEVEL_SD**2) if task in CALIBRATED else 0.0


def calibrate(task: str, scorer: Scorer, examples: Examples, slope: float, season: float) -> Scorer:
    """Return the scorer with a slope, the mean of its answers unchanged but for the season.

    Args:
        task: the target's.
        scorer: the fitted scorer.
        examples: the rows that it was fitted on.
        slope: by which logits are stretched.
        season: the shift of the level.
    """
    if task not in CALIBRATED or (slope == 1 and season == 0):
        return scorer
    binary = task == "binary"
    if slope == 1:
        return Calibrated(scorer, binary, 1.0, season)
    p = examples.said(scorer.score)
    stretched = 1 / (1 + np.exp(-slope * logit(p)))
    shift = level(task, np.full(p.size, p.mean()), stretched)
    return Calibrated(scorer, binary, slope, shift + season)
