"""Predictors without labels: where no label of the horizon is known, BTYD answers from purchase dates alone.

The level is checked on the longest horizons that have labels at moments of the past, and what is found there is carried
over.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from training.bundle.predictor import Predictor
from training.bundle.shorter import Shorter
from training.choice import extrapolation
from training.choice.foretold import Foretold
from training.panel.enough import Enough
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
    unit: str = ""
    """What its value is in."""

    rung = Rung.NONE

    @property
    def target(self) -> Target:
        """The target."""
        return self.predictor.target

    @property
    def checked(self) -> str:
        """What is expected of all of the cohort, and on what the level was checked, in words."""
        found, binary = self.predictor.shorter, self.target.task != "value"
        if found is None:
            return "its level could not be checked"
        whole = f"{found.total.said(self.target.horizon_days, self.unit, binary)}; " if found.total else ""
        return whole + found.said(binary)

    @property
    def said(self) -> str:
        """On what it stands, in words."""
        return f"{self.rung}: {WORDS[self.rung].stands}; {self.checked}; {self.short}"


def predictor(
    target: Target,
    panel: Panel,
    end: int,
    found: Sequence[Foretold] = (),
    enough: Enough = NOTHING_LEAST,
    share: float = 1.0,
) -> Predictor:
    """Fit the histories of every customer known at the end of the data.

    Args:
        target: what is answered.
        panel: rows at the end.
        end: of the data.
        found: what was foretold at moments of the past, the longest horizon first; none where no horizon has labels.
        enough: the least customers in the cohort.
        share: the share of all customers that the panel is of.

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
    if not found:
        return Predictor(target, recipe.name, scorer, panel.names, None)
    shift = extrapolation.shift(found, target.horizon_days)
    moved = Calibrated(scorer, target.task == "binary", 1.0, shift) if shift else scorer
    made = Predictor(target, recipe.name, moved, panel.names, None)
    said = made.predict(now)
    total = extrapolation.total(found, said[~np.isnan(said)], share)
    first, *others = (one.moment for one in found)
    return replace(made, shorter=Shorter(**vars(first), shift=shift, others=tuple(others), total=total))
