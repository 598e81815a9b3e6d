"""Calibration: a fitted scorer's answers, stretched as the validation asked for and moved to a season's level."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from training.metrics.metrics import Floats, level, logit, shrunk
from training.panel.examples import Examples
from training.scorers import Calibrated, Scorer

CALIBRATED = ("binary", "value")
"""The tasks whose answers have a level."""
LEVEL_SD = {"binary": 0.2, "value": 0.1}
"""How far the levels of periods lie apart, of logits or of logarithms of values: of eight months of the Complete
Journey .18 and .06."""
SLOPE_SD = 0.1
"""How far the slopes of periods lie apart: there .07, most of it by chance."""


def slope(task: str, y: Floats, p: Floats, periods: NDArray[np.int64] | None = None) -> float:
    """Return how much wider apart predictions should lie, drawn to 1 by what chance and the periods' spread explain.

    For a probability it is the slope of a logistic regression of the outcome on the logit (Cox 1958); values keep
    theirs. The level is left alone here. Rows of one period are one observation of what the next will ask for, however
    many they are.

    Args:
        task: the target's.
        y: outcomes, shape (rows,).
        p: predictions, shape (rows,).
        periods: the cut-off of each row, shape (rows,); by default all are of one.
    """
    found = _slope(y, p) if task == "binary" else None
    if found is None:
        return 1.0
    own = [one for rows in _by_period(periods, y.size) if (one := _slope(y[rows], p[rows])) is not None]
    return 1 + shrunk(found[0] - 1, found[1] + between(own, SLOPE_SD) / max(len(own), 1))


def between(found: Sequence[tuple[float, float]], expected: float) -> float:
    """Return the variance of a number between periods, from what some of them gave and its variance by chance.

    What is expected beforehand counts as much as one period's distance from the mean does, so that two periods which
    happen to agree do not make a third one certain; and it is never taken for less.
    """
    if not found:
        return float(expected**2)
    values, chance = np.array(found).T
    spread = float(((values - values.mean()) ** 2).sum())
    least, beyond = expected**2 / values.size, spread - float(chance.mean()) * (values.size - 1)
    return float(least + max(beyond, 0.0) / values.size)


def _by_period(periods: NDArray[np.int64] | None, rows: int) -> list[NDArray[np.bool_]]:
    if periods is None:
        return [np.ones(rows, np.bool_)]
    return [periods == moment for moment in np.unique(periods)]


def _slope(y: Floats, p: Floats) -> tuple[float, float] | None:
    """Return the slope that some outcomes ask for, and the variance that chance gives it; None where none is told."""
    if not 0 < y.mean() < 1 or np.ptp(p) == 0:
        return None
    known = logit(p)
    line = LogisticRegression(C=np.inf).fit(known[:, None], y)
    found = float(line.coef_[0, 0])
    weight = (fitted := line.predict_proba(known[:, None])[:, 1]) * (1 - fitted)
    centred = known - np.average(known, weights=weight)
    variance = 1 / float((weight * centred**2).sum())
    return found, variance


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
