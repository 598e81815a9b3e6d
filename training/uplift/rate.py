"""The rank-weighted average effect (RATE): by how much those who are ranked first gain more than anybody.

Yadlowsky, Fleming, Shah, Brunskill and Wager (2025, Evaluating treatment prioritization rules via rank-weighted average
treatment effects): TOC(u) is the mean effect among the share u that is ranked first, less that of all; a RATE is its
integral, weighted by 1 (AUTOC, for effects in few) or u (QINI, for effects in many). QINI is the area between the gain
curve, in units per customer, and that of a draw by lot. As a mean over customers it is sum(w x effect) / n, where w is
the slope of `W(t)` at the customer's place t from the top: of equal scores the mean slope over all their places, so
that ties are cut by value.
"""

from collections.abc import Callable

import numpy as np

from training.uplift.influence import Figure
from training.uplift.trial import Floats

Weighting = tuple[Callable[[Floats], Floats], Callable[[Floats], Floats]]
"""W and its second derivative."""

QINI: Weighting = (lambda t: t * (1 - t) / 2, lambda t: np.full(t.shape, -1.0))
AUTOC: Weighting = (lambda t: -t * np.log(np.maximum(t, 1e-300)), lambda t: -1.0 / t)


def rate(score: Floats, effect: Floats, weighting: Weighting = QINI) -> Figure:
    """Return the RATE of a ranking, with its influences: a customer counts by their own effect and by moving ranks.

    Args:
        score: the higher, the earlier, shape (customers,); it must not know of the effects.
        effect: whose mean over any group is the group's effect, such as doubly robust scores, shape (customers,).
        weighting: QINI or AUTOC.
    """
    level, slope = weighting
    _, group, rows = np.unique(-score, return_inverse=True, return_counts=True)
    after = np.cumsum(rows) / score.size
    before = after - rows / score.size
    middle = (before + after) / 2
    weight = ((level(after) - level(before)) / (after - before))[group]
    value = float((weight * effect).mean())
    # Somebody more at place t pushes all who are below by one, and those who are equal by half.
    pushed = np.bincount(group, effect) * slope(middle) / score.size
    below = np.cumsum(pushed[::-1])[::-1] - pushed / 2
    moving = below[group] - (pushed * middle).sum()
    influence = weight * effect + moving
    return Figure(value, influence - influence.mean())
