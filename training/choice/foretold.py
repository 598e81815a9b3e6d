"""What would have been foretold without labels at moments of the past, beside what happened from each to the end.

No label of the target's own horizon is known; each moment has the longest horizon that has one, and the history that
was known by then. So the moments differ in how far they look ahead, as in what they look back on.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from features.clock import DAY
from features.kernel.kernel import Kernel
from features.log.spine import Spine
from training.btyd.formulas import ANY, MEDIAN
from training.bundle.shorter import Moment
from training.choice.plan import shortened
from training.metrics.metrics import Floats, level, level_variance, shifted
from training.panel import panel
from training.panel.examples import Examples
from training.panel.ground import Ground
from training.panel.reach import Reach
from training.recipes.table import without_labels
from training.targets.target import Target


@dataclass(frozen=True)
class Foretold:
    """What was said of a cohort at a moment, and what happened."""

    task: str
    """Of the target: that of a time says whether there is a purchase at all."""
    horizon_days: int
    cut_off: int
    y: Floats
    """Outcomes, shape (rows,)."""
    p: Floats
    """Predictions, shape (rows,)."""

    @cached_property
    def level(self) -> float:
        """The shift of the predictions to what happened: of logits, or of logarithms of values."""
        return level(self.task, self.y, self.p)

    @cached_property
    def chance(self) -> float:
        """The variance of that shift by chance: what resampling the customers gives it, in closed form."""
        return level_variance(self.task, self.y, shifted(self.task, self.p, self.level))

    @property
    def moment(self) -> Moment:
        """What is kept of it."""
        return Moment(self.horizon_days, self.cut_off, self.y.size, float(self.p.mean()), float(self.y.mean()))


def moments(target: Target, ground: Ground) -> Iterator[Foretold]:
    """Yield what was foretold at the moments of the past at which a target's level can be checked.

    Args:
        target: one that is answered without labels.
        ground: what is known of the business; who is asked about is its sample.
    """
    kernel = histories(target)
    for days in Reach(target.horizon_days).checks(ground.begin, ground.end):
        short, cut_off = shortened(target, days), ground.end - days * DAY
        found = foretold(short, asked(short, ground, kernel, cut_off), cut_off)
        if found is not None:
            yield found


def histories(target: Target) -> Kernel:
    """Return what computes the histories that a target is answered from without labels, and whom it speaks of."""
    recipe = without_labels(target)
    needed = (*(recipe.needs if recipe else ()), *target.cohort().features)
    return Kernel(tuple({one.name: one for one in needed}.values()))


def asked(short: Target, ground: Ground, kernel: Kernel, cut_off: int) -> Examples:
    """Return the rows of all customers at a moment, with a target's outcomes."""
    rows = short.rows()
    spine: Spine = rows.spine(ground, {cut_off}, None)
    x = panel.features(kernel, ground.log, spine, None)
    y = panel.labels(ground, {short.name: rows}, spine, None)[short.name]
    return Examples(kernel.names, x, np.arange(len(spine)), y, spine)


def foretold(short: Target, everyone: Examples, cut_off: int) -> Foretold | None:
    """Return what would have been said for a shorter horizon, beside what happened; None where nobody did anything.

    Args:
        short: the target over the shorter horizon.
        everyone: rows of all customers, with its outcomes at the cut-off.
        cut_off: the moment from which the shorter horizon is.
    """
    then = everyone.at([cut_off])
    rows = then.where(then.said_of(short.cohort().failed) < 0)
    recipe = without_labels(short)
    if recipe is None or not len(rows):
        return None
    if recipe.answer == MEDIAN:  # a median has no level; whether there is a purchase has one
        recipe, y = replace(recipe, answer=ANY), (rows.y < short.horizon_days).astype(np.float64)
    else:
        y = rows.y
    if not y.any():
        return None
    columns = np.array([everyone.names.index(feature.name) for feature in recipe.needs], np.int32)
    histories = everyone.matrix([feature.name for feature in recipe.needs], then.rows)
    p = rows.said(recipe.of_histories(histories, columns, missing=0.0).score)
    return Foretold(short.task, short.horizon_days, cut_off, y, p)
