"""LightGBM: features in bins that fits share give the trees of fits that share nothing, to the last digit."""

import lightgbm
import numpy as np
import pytest

from training.panel.examples import Examples
from training.recipes import lightgbm as recipe
from training.recipes.lightgbm import PRESET, RANDOM, LightGBM

ROWS, NAMES = 2000, tuple(f"f{number}" for number in range(12))
GENERATOR = np.random.default_rng(5)
X = np.where(GENERATOR.random((ROWS, 12)) < 0.2, np.nan, GENERATOR.normal(size=(ROWS, 12))).astype(np.float32)
OUTCOMES = {
    "binary": (np.nan_to_num(X[:, 0]) + GENERATOR.normal(size=ROWS) > 0).astype(np.float64),
    "tweedie": np.maximum(0, np.nan_to_num(X[:, 1]) + GENERATOR.normal(size=ROWS)),
}


@pytest.mark.parametrize("settings", [PRESET, RANDOM])
@pytest.mark.parametrize("objective", OUTCOMES)
def test_shared_bins_give_the_trees_of_bins_of_its_own(objective: str, settings: dict[str, float]) -> None:
    examples = Examples.of(NAMES, X, OUTCOMES[objective], np.arange(ROWS), np.zeros(ROWS, np.int64))
    data = lightgbm.Dataset(examples.matrix(NAMES), examples.y, weight=examples.weights, feature_name=list(NAMES))
    alone = lightgbm.train({"objective": objective, **settings, **recipe._SAME_EVERY_TIME}, data).model_to_string()
    for _ in range(2):
        assert LightGBM(objective, NAMES, settings=dict(settings)).fit(examples).text == alone
    other = Examples.of(NAMES, X[::-1].copy(), OUTCOMES[objective], np.arange(ROWS), np.zeros(ROWS, np.int64))
    assert LightGBM(objective, NAMES, settings=dict(settings)).fit(other).text != alone
    fewer = {**settings, "min_data_in_leaf": 400}
    assert LightGBM(objective, NAMES, settings=fewer).fit(examples).text != alone
    assert LightGBM(objective, NAMES, settings=dict(settings)).fit(examples).text == alone
