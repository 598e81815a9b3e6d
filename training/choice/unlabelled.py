"""Predictors without labels: where the history is shorter than two horizons, BTYD answers from purchase dates alone."""

import numpy as np

from training.bundle.predictor import Predictor
from training.panel.panel import Panel
from training.recipes.table import without_labels
from training.targets.target import Target


def predictor(target: Target, panel: Panel, end: int) -> Predictor:
    """Fit the histories of every customer known at the end of the data.

    Raises:
        ValueError: the target has no recipe that does without labels.
    """
    recipe = without_labels(target)
    if recipe is None:
        raise ValueError(f"{target.name}: no recipe of it does without labels.")
    columns = np.array([panel.names.index(feature.name) for feature in recipe.needs], np.int32)
    known = panel.at({end})[:, columns]
    return Predictor(target, recipe.name, recipe.of_histories(known, columns, missing=0.0), panel.names, evidence=None)
