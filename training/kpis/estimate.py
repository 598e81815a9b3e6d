"""Estimates: a ratio of sums over customers with its interval, and the change from one window to another.

Customers are independent, what each does is not: a ratio's variance is that of its linear form in the customers' sums
(delta method: Cochran, Sampling Techniques, 6.4). A share has Wilson's interval (1927) at the sample size that gives
the same variance (Korn & Graubard 1998). The interval of a change is made of both intervals and of how the two ratios
move together (Zou & Donner 2008, after Newcombe 1998); where both are symmetrical that is the delta method's.
"""

from dataclasses import dataclass

import numpy as np

from training.kpis.moments import COUNTED, DENOMINATOR, MEMBER, NUMERATOR, WIDTH
from training.kpis.things import Floats
from training.metrics.bootstrap import NORMAL, Estimate

_FEWEST = 2
"""Customers of whom a variance can be told."""


@dataclass(frozen=True)
class Ratio:
    """The ratio of two sums of one window."""

    members: int
    counted: int
    """Of how many members there is anything in the denominator."""
    numerator: float
    denominator: float
    value: float
    lo: float
    hi: float
    """NaN where nothing is in the denominator, or an interval cannot be told."""
    error: float
    """The standard error."""

    def scaled(self, by: float, plus: float) -> Estimate:
        """Return the ratio times a number that is not negative, plus another."""
        return Estimate(*(one * by + plus for one in (self.value, self.lo, self.hi)))


def ratio(gram: Floats, slot: int, *, share: bool) -> Ratio:
    """Return the ratio of a slot of `Moments.grams`, of one segment and KPI.

    Args:
        gram: shape (SLOTS * WIDTH, SLOTS * WIDTH).
        slot: of SLOTS.
        share: whether the numerator is a part of the denominator.
    """
    own = gram[slot * WIDTH : (slot + 1) * WIDTH, slot * WIDTH : (slot + 1) * WIDTH]
    members, counted = round(own[MEMBER, MEMBER]), round(own[COUNTED, COUNTED])
    above, below = float(own[MEMBER, NUMERATOR]), float(own[MEMBER, DENOMINATOR])
    if below <= 0:
        return Ratio(members, counted, above, below, np.nan, np.nan, np.nan, np.nan)
    value = above / below
    squares = own[NUMERATOR, NUMERATOR] - 2 * value * own[NUMERATOR, DENOMINATOR]
    squares += value**2 * own[DENOMINATOR, DENOMINATOR]
    if counted < _FEWEST and not share:
        return Ratio(members, counted, above, below, value, np.nan, np.nan, np.nan)
    error = float(np.sqrt(max(squares, 0.0) * members / max(members - 1, 1))) / below
    if share:
        alone = own[DENOMINATOR, DENOMINATOR] == below  # each customer is one thing, or none
        lo, hi = wilson(value, below if alone else _size(value, error, counted, below))
    else:
        lo, hi = value - NORMAL * error, value + NORMAL * error
    return Ratio(members, counted, above, below, value, lo, hi, error)


def wilson(share: float, size: float) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share of so many independent things.

    Example:
        >>> [round(one, 6) for one in wilson(0.1, 50)]
        [0.043476, 0.213603]
    """
    middle = (share + NORMAL**2 / (2 * size)) / (1 + NORMAL**2 / size)
    half = NORMAL * np.sqrt(share * (1 - share) / size + NORMAL**2 / (4 * size**2)) / (1 + NORMAL**2 / size)
    return float(max(middle - half, 0.0)), float(min(middle + half, 1.0))


def _size(share: float, error: float, counted: int, things: float) -> float:
    """Return how many independent things have a share's variance; those of nothing or all are as many as customers."""
    if error == 0 or not 0 < share < 1:
        return counted
    return float(min(share * (1 - share) / error**2, things))


def change(gram: Floats, now: int, then: int, newer: Estimate, older: Estimate) -> Estimate:
    """Return by how much a ratio is larger in one slot than in another, whose customers are partly the same.

    Args:
        gram: as `ratio` has it.
        now: a slot.
        then: the other one.
        newer: the ratio of `now`, scaled or not.
        older: that of `then`.
    """
    together = _together(gram, now, then)
    difference = newer.value - older.value
    below, above = (newer.value - newer.lo, older.hi - older.value), (newer.hi - newer.value, older.value - older.lo)
    lo, hi = (np.sqrt(max(a**2 + b**2 - 2 * together * a * b, 0.0)) for a, b in (below, above))
    return Estimate(float(difference), float(difference - lo), float(difference + hi))


def _together(gram: Floats, now: int, then: int) -> float:
    """Return the correlation of two ratios over the customers."""

    def linear(slot: int) -> Floats:
        form = np.zeros(len(gram))
        above, below = slot * WIDTH + NUMERATOR, slot * WIDTH + DENOMINATOR
        member = slot * WIDTH + MEMBER
        form[above], form[below] = 1.0, -gram[member, above] / gram[member, below]
        return form

    a, b = linear(now), linear(then)
    both = float(a @ gram @ a) * float(b @ gram @ b)
    return float(np.clip(a @ gram @ b / np.sqrt(both), -1, 1)) if both > 0 else 0.0
