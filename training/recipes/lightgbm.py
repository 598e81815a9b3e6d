"""Gradient-boosted trees with a preset that needs no tuning: shallow, slow, and regularised."""

from dataclasses import dataclass, field
from typing import Any

import lightgbm
import numpy as np

from training.examples import Examples
from training.scorers import Trees

PRESET: dict[str, Any] = {
    "learning_rate": 0.03,
    "num_leaves": 15,
    "min_data_in_leaf": 60,
    "feature_fraction": 0.4,
    "lambda_l2": 5.0,
}
TREES = 200

_SAME_EVERY_TIME: dict[str, Any] = {
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "seed": 0,
    "verbosity": -1,
}


@dataclass(frozen=True)
class LightGBM:
    """LightGBM with the preset; one thread, so that the same examples give the same trees."""

    objective: str
    inputs: tuple[str, ...]
    """The features that it may look at."""
    name: str = "lightgbm"
    baseline: bool = False
    settings: dict[str, Any] = field(default_factory=lambda: dict(PRESET))

    def fit(self, examples: Examples) -> Trees:
        """Fit the examples."""
        columns = np.array([examples.names.index(name) for name in self.inputs], np.int32)
        data = lightgbm.Dataset(examples.x[:, columns], examples.y, feature_name=list(self.inputs))
        options = {"objective": self.objective, **self.settings, **_SAME_EVERY_TIME}
        booster = lightgbm.train(options, data, num_boost_round=TREES)
        return Trees(booster.model_to_string(), columns)


def gains(trees: Trees) -> dict[str, float]:
    """Return each feature's share of the splits' total gain, the largest first."""
    booster = lightgbm.Booster(model_str=trees.text)
    gain = booster.feature_importance("gain")
    total = float(gain.sum()) or 1.0
    shares = {name: float(value) / total for name, value in zip(booster.feature_name(), gain, strict=True)}
    return dict(sorted(shares.items(), key=lambda item: (-item[1], item[0])))
