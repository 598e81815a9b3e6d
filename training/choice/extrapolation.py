"""Extrapolation: what moments of the past tell of the level over a horizon that no label reaches, and how surely.

The moments' horizons end together and overlap, so that together they hardly tell more than one does; and a horizon has
a level of its own: on 39 histories of 70 to 120 days of three public datasets and three simulated shops, the level of
90 days lay .31 (logits of churn) and .19 (logarithms of spend) from that of the horizon which could be checked; that of
a year lay .5 from the level of 64 days.
"""

import math
from collections.abc import Sequence

import numpy as np

from training.bundle.total import Total
from training.choice.calibration import CALIBRATED
from training.choice.foretold import Foretold
from training.metrics.bootstrap import NORMAL
from training.metrics.metrics import Floats, shifted, shrunk

UNSURE_SD = {"binary": 0.25, "value": 0.2}
"""How far the level of a horizon lies from what BTYD says of it beforehand: of logits, or of logarithms of values."""


def shift(found: Sequence[Foretold], horizon_days: int) -> float:
    """Return the shift of the level that some moments ask for on a longer horizon.

    It is their mean level, drawn to 0 by what chance explains of it, by how much the moments differ, and by how far
    the levels of two horizons lie apart: the further, the more often the one is doubled to reach the other.

    Args:
        found: what was foretold at the moments, of one target, the longest horizon first.
        horizon_days: the target's own.
    """
    if not found or found[0].task not in CALIBRATED:
        return 0.0
    levels, chance = (np.array(own) for own in zip(*((one.level, one.chance) for one in found), strict=True))
    apart = 2 * UNSURE_SD[found[0].task] ** 2 * max(1.0, math.log2(horizon_days / found[0].horizon_days))
    differ = max(float(levels.var(ddof=1) - chance.mean()), 0.0) / levels.size if levels.size > 1 else 0.0
    return shrunk(float(levels.mean()), apart + differ + float(chance.mean()))


def spread(found: Sequence[Foretold]) -> float:
    """Return how far a level may lie from what is said, one standard deviation: as far as the moments', beyond chance.

    The shift takes nothing off it, since a longer horizon may lie on the other side. It is never taken for less than
    what is expected beforehand: moments that agree are alike in what they have seen.

    Args:
        found: what was foretold at the moments, of one target; at least one.
    """
    beyond = [max(one.level**2 - one.chance, 0.0) for one in found]
    return float(np.sqrt(max(sum(beyond) / len(beyond), UNSURE_SD[found[0].task] ** 2)))


def total(found: Sequence[Foretold], p: Floats, share: float = 1.0) -> Total | None:
    """Return the total of the target's own horizon with its 95 % interval; None of times, which add up to nothing.

    The level is uncertain by the spread of the moments, and by chance as much as at the longest horizon of theirs.

    Args:
        found: what was foretold at the moments, the longest horizon first; at least one.
        p: the predictions for the cohort at the end of the data, their level moved already; shape (rows,).
        share: the share of all customers that these are of.
    """
    task = found[0].task
    if task not in CALIBRATED:
        return None
    apart, chance = spread(found), float(np.sqrt(found[0].chance))
    off = NORMAL * float(np.hypot(apart, chance))
    lo, whole, hi = (
        float(shifted(task, p, by).sum()) / share if by else float(p.sum()) / share for by in (-off, 0, off)
    )
    return Total(round(p.size / share), whole, lo, hi, apart, chance, len(found))
