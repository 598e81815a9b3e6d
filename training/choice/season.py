"""Season: how the level of a period to come differs from what the model says, told by the levels of periods before it.

A model learns the average level of its cut-offs. How far each of their periods was off it is known. That of the period
to come is predicted from them as the sum of three parts, which lie normally about 0: a *season* that returns after 52
weeks, alike in neighbouring weeks; a *trend* that is alike in neighbouring years; and what is each *period's own*, and
tells nothing of another. The prediction is the best linear unbiased one (Goldberger 1962; kriging, Rasmussen & Williams
2006, chapter 2), so each part is drawn to 0 by what chance explains of it and by how much periods differ. How far the
parts spread is not known; each of some spreads counts by how likely it makes the levels that were seen (ibid., 5.2), so
a season is believed as far as the history shows one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from features.clock import DAY
from training.choice.cures import ALL, Cures

YEAR_DAYS = 364
"""52 weeks, so that weekdays fall on weekdays."""
YEAR = YEAR_DAYS * DAY
SEASONS = PERIODS = (0.05, 0.1, 0.2, 0.4, 0.8)
TRENDS = (0.0, 0.1, 0.2)
"""The spreads that are thought possible: standard deviations of logits, or of logarithms of values."""
_USUAL, _OTHERWISE = 0.15, 0.8
"""Of seasons and periods so much is expected beforehand, and a factor of 2.2 more or less is one standard deviation."""
_ALIKE_DAYS = 60
"""Weeks so far apart in the year share 37 % of their season."""
_TREND_DAYS = 2 * YEAR_DAYS
"""Periods so far apart share 37 % of the trend."""
_LEAST = 1e-9

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Levels:
    """How far periods were off what a model says of them; arrays of shape (periods,)."""

    moments: NDArray[np.int64]
    """Where each begins."""
    found: Floats
    """The shift of logits, or of logarithms of values, to what happened."""
    chance: Floats
    """Its variance by chance, customers being independent."""
    horizon_days: int
    """How long each is."""

    def until(self, moment: int) -> "Levels":
        """Return the periods that are over by a moment."""
        over = self.moments + self.horizon_days * DAY <= moment
        return Levels(self.moments[over], self.found[over], self.chance[over], self.horizon_days)


@dataclass(frozen=True)
class Season:
    """A period's shift, of the logit or of the logarithm of a value, how sure it is, and why it is what it is."""

    shift: float
    why: str
    sd: float = 0.0
    """How far the period's level may lie from what is predicted with the shift: one standard deviation."""


def season(levels: Levels, moments: Sequence[int], cures: Cures = ALL) -> Season:
    """Tell the level of some periods that begin at moments, by those that are over by the first of them.

    Several periods have the mean of their shifts, and the spread of one of them.
    """
    known = levels.until(min(moments))
    told = np.array([_told(known, moment, cures) for moment in moments])
    yearly, trend, variance = told.mean(axis=0).tolist()
    count = known.moments.size
    of = f"of {count} period{'s' if count > 1 else ''} before" if count else "no period before is known"
    why = f"{yearly:+.3f} by the same weeks of other years, {trend:+.3f} by the trend, {of}"
    return Season(yearly + trend, why, float(np.sqrt(variance)))


def _told(known: Levels, moment: int, cures: Cures) -> tuple[float, float, float]:
    """Return a period's season, its trend, and the variance of its level."""
    spreads = (SEASONS if cures.season else (0.0,), TRENDS if cures.level else (0.0,), PERIODS)
    variances = np.array(list(product(*spreads))) ** 2
    days = known.moments / DAY
    apart = np.abs(days[:, None] - days)
    own = np.maximum(0, 1 - apart / known.horizon_days)  # periods that overlap share what happened in both
    alike = np.stack([_seasonal(apart), np.exp(-apart / _TREND_DAYS), own])
    by_chance = np.sqrt(np.outer(known.chance, known.chance)) * own + _LEAST * np.eye(days.size)
    whole = np.einsum("vp,pij->vij", variances, alike) + by_chance
    ahead = np.abs(moment / DAY - days)
    shared = np.stack([_seasonal(ahead), np.exp(-ahead / _TREND_DAYS)])
    covariance = variances[:, :2, None] * shared
    solved = np.linalg.solve(whole, np.concatenate([covariance, np.tile(known.found, (len(whole), 1, 1))], axis=1).mT)
    weights, explained = solved[..., :2], solved[..., 2]
    parts = np.einsum("vip,i->vp", weights, known.found)
    left = variances.sum(axis=1) - np.einsum("vpi,viq->v", covariance, weights)
    expected = (np.log(np.maximum(variances[:, ::2], _LEAST**2) / _USUAL**2) / 2 / _OTHERWISE) ** 2
    likely = -0.5 * (explained @ known.found + np.linalg.slogdet(whole)[1] + expected.sum(axis=1))
    credence = np.exp(likely - likely.max())
    credence /= credence.sum()
    yearly, trend = (credence @ parts).tolist()
    spread = credence @ (parts.sum(axis=1) - yearly - trend) ** 2
    return yearly, trend, float(credence @ left + spread)


def _seasonal(apart: Floats) -> Floats:
    """Return how alike the seasons of periods are that begin some days apart: by their distance within the year."""
    within = apart % YEAR_DAYS
    shared: Floats = np.exp(-np.minimum(within, YEAR_DAYS - within) / _ALIKE_DAYS)
    return shared
