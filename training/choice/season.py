"""Season: how the level of a period differs from what the training's average says, told by the same weeks a year ago.

A model learns the average level of its cut-offs. The level of the period to come is taken to be that of the same weeks
a year ago, times the trend: the newest level that is known over the level a year before it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from features.clock import DAY
from training.metrics.metrics import level, level_variance, shrunk
from training.panel.examples import Examples
from training.scorers import Scorer

YEAR = 364 * DAY
"""52 weeks, so that weekdays fall on weekdays."""


@dataclass(frozen=True)
class Season:
    """A period's shift, of the logit or of the logarithm of a value, and why it is what it is."""

    shift: float
    applied: bool
    why: str


def reference(cut_off: int, horizon_days: int) -> tuple[int, int, int]:
    """Return the cut-offs that tell a period's season: a year before it, the newest with labels, a year before that."""
    newest = cut_off - horizon_days * DAY
    return cut_off - YEAR, newest, newest - YEAR


def references(cut_offs: Iterable[int], horizon_days: int, earliest: int) -> set[int]:
    """Return the cut-offs that are needed to tell the season of some periods; none where the history is too short.

    Args:
        cut_offs: where the periods begin.
        horizon_days: how long they are.
        earliest: the first cut-off whose customers are known well enough: a cohort's look-back lies within the data.
    """
    if horizon_days * DAY > YEAR:  # the label of the year before is not over yet
        return set()
    every = [set(reference(cut_off, horizon_days)) for cut_off in cut_offs]
    return set().union(*(needed for needed in every if min(needed) >= earliest))


def season(task: str, scorer: Scorer, rows: Examples, cut_offs: Iterable[int], horizon_days: int) -> Season:
    """Tell the season of some periods from labelled rows of a cohort, shrunk by as much as chance explains of it."""
    if horizon_days * DAY > YEAR:
        return Season(0.0, applied=False, why="the horizon is longer than a year")
    found = [_shift(task, scorer, rows, reference(cut_off, horizon_days)) for cut_off in cut_offs]
    known = [pair for pair in found if pair is not None]
    if not known or len(known) < len(found):
        return Season(0.0, applied=False, why="the history has no year before the newest labels")
    shift, variance = np.mean(known, axis=0).tolist()
    return Season(shrunk(shift, variance), applied=True, why="the same weeks a year ago, times the trend")


def _shift(task: str, scorer: Scorer, rows: Examples, cut_offs: tuple[int, int, int]) -> tuple[float, float] | None:
    """Return a period's shift and its variance; None where a cut-off has no rows."""
    levels = [_level(task, scorer, rows.at([cut_off])) for cut_off in cut_offs]
    if any(one is None for one in levels):
        return None
    (ago, a), (newest, b), (before, c) = (one for one in levels if one is not None)
    return ago + newest - before, a + b + c


def _level(task: str, scorer: Scorer, rows: Examples) -> tuple[float, float] | None:
    """Return the level at one cut-off, and the variance that chance gives it."""
    if not len(rows) or rows.y.mean() <= 0 or (task == "binary" and rows.y.mean() == 1):
        return None
    p = rows.said(scorer.score)
    return level(task, rows.y, p), level_variance(task, rows.y, p)
