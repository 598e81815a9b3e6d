"""The ranker: LightGBM on customers and candidates at moments of the past; whether they bought within the horizon."""

from collections.abc import Sequence
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from training.recommenders.by_trees import ByTrees
from training.recommenders.columns import NAMES
from training.recommenders.examples import Examples
from training.scorers.trees import Trees

PRESET: dict[str, Any] = {
    "objective": "binary",
    "num_iterations": 100,
    "learning_rate": 0.06,
    "num_leaves": 15,
    "min_data_in_leaf": 100,
    "feature_fraction": 0.5,
    "lambda_l2": 5.0,
    "bin_construct_sample_cnt": 50_000,
}
_SAME_EVERY_TIME: dict[str, Any] = {
    "deterministic": True,
    "force_col_wise": True,
    "num_threads": 1,
    "seed": 0,
    "verbosity": -1,
}


def fit(parts: Sequence[Examples]) -> ByTrees:
    """Fit examples of several moments, one thread: the same ones give the same trees."""
    x = np.concatenate([one.x for one in parts])
    y: NDArray[np.float64] = np.concatenate([one.y for one in parts]).astype(np.float64)
    weight = np.concatenate([one.weight for one in parts])
    options = PRESET | _SAME_EVERY_TIME
    data = lightgbm.Dataset(x, y, weight=weight, feature_name=list(NAMES), params=options)
    booster = lightgbm.train(options, data)
    return ByTrees(Trees(booster.model_to_string(), np.arange(len(NAMES), dtype=np.int32)))
