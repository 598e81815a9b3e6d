"""Predictors without labels: where no label of the horizon is known, BTYD answers from purchase dates alone.

The level is checked on the longest horizon that has labels, and what is found there is carried over.
"""

from dataclasses import dataclass, replace

import numpy as np

from features.clock import DAY
from training.btyd.formulas import ANY, MEDIAN
from training.bundle.predictor import Predictor
from training.bundle.shorter import Shorter
from training.choice.calibration import carried
from training.panel.enough import Enough
from training.panel.examples import Examples
from training.panel.panel import Panel
from training.panel.rung import WORDS, Rung
from training.recipes.table import without_labels
from training.scorers import Calibrated
from training.targets.target import Target

NOTHING_LEAST = Enough(customers=0, either_class=0)


@dataclass(frozen=True)
class Unlabelled:
    """A target that is answered without a label."""

    predictor: Predictor
    short: str
    """What a label of its horizon would need."""

    rung = Rung.NONE

    @property
    def target(self) -> Target:
        """The target."""
        return self.predictor.target

    @property
    def checked(self) -> str:
        """On what its level was checked, in words."""
        found = self.predictor.shorter
        return found.said(self.target.task != "value") if found else "its level could not be checked"

    @property
    def said(self) -> str:
        """On what it stands, in words."""
        return f"{self.rung}: {WORDS[self.rung].stands}; {self.checked}; {self.short}"


def predictor(
    target: Target, panel: Panel, end: int, short: Target | None = None, enough: Enough = NOTHING_LEAST
) -> Predictor:
    """Fit the histories of every customer known at the end of the data.

    Args:
        target: what is answered.
        panel: rows at the end; and, with the outcomes of the shorter horizon, at the moment that it ends with the data.
        end: of the data.
        short: the target over the longest horizon that has labels; None where none has.
        enough: the least customers in the cohort.

    Raises:
        ValueError: the target has no recipe that does without labels.
        Refused: the cohort is too small.
    """
    recipe = without_labels(target)
    if recipe is None:
        raise ValueError(f"{target.name}: no recipe of it does without labels.")
    columns = np.array([panel.names.index(feature.name) for feature in recipe.needs], np.int32)
    now = panel.at({end})
    enough.check_customers(int((target.cohort().failed(now, panel.names) < 0).sum()))
    scorer = recipe.of_histories(now[:, columns], columns, missing=0.0)
    found = checked(short, panel.examples(target.name), end - short.horizon_days * DAY) if short else None
    if found is None or not found.shift:
        return Predictor(target, recipe.name, scorer, panel.names, None, shorter=found)
    moved = Calibrated(scorer, target.task == "binary", 1.0, found.shift)
    return Predictor(target, recipe.name, moved, panel.names, None, shorter=found)


def checked(short: Target, everyone: Examples, cut_off: int) -> Shorter | None:
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
    columns = np.array([everyone.names.index(feature.name) for feature in recipe.needs], np.int32)
    histories = everyone.matrix([feature.name for feature in recipe.needs], then.rows)
    p = rows.said(recipe.of_histories(histories, columns, missing=0.0).score)
    if not y.any():
        return None
    found = Shorter(short.horizon_days, cut_off, len(rows), float(p.mean()), float(y.mean()))
    return replace(found, shift=carried(short.task, y, p))
