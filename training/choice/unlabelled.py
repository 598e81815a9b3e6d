"""Predictors without labels: where the history is shorter than two horizons, BTYD answers from purchase dates alone."""

import numpy as np

from features.catalogue.feature import lacks
from features.clock import DAY
from training.bundle.predictor import Predictor
from training.panel.examples import Examples
from training.panel.panel import WARM_UP_DAYS, Panel
from training.recipes import without_labels
from training.recipes.btyd import HISTORY
from training.targets import Target


def possible(target: Target, columns: frozenset[str], kinds: frozenset[str], begin: int, end: int) -> bool:
    """Return whether a target can be answered without a label, from a history from `begin` to `end`."""
    enough = end - begin >= WARM_UP_DAYS * DAY
    needed = (*HISTORY, *target.needs())
    return enough and without_labels(target) is not None and not any(lacks(f, {}, columns, kinds) for f in needed)


def predictor(target: Target, panel: Panel, names: tuple[str, ...], end: int) -> Predictor:
    """Fit the histories of every customer known at the end of the data.

    Raises:
        ValueError: the target has no recipe that does without labels.
    """
    recipe = without_labels(target)
    if recipe is None:
        raise ValueError(f"{target.name}: no recipe of it does without labels.")
    rows = panel.at({end})
    now = Examples(names, panel.x[rows], np.zeros(int(rows.sum())), panel.customers[rows], panel.as_of[rows])
    scorer = recipe.of_histories(now.x, names, missing=0.0)
    return Predictor(target, recipe.name, scorer, names, evidence=None)
