"""Gradient-boosted trees with a preset that needs no tuning: shallow, slow, and regularised."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from training.panel.examples import Examples
from training.scorers import Scorer, Trees
from training.scorers.grove import trees_in

PRESET: dict[str, Any] = {
    "num_iterations": 300,
    "learning_rate": 0.02,
    "num_leaves": 15,
    "min_data_in_leaf": 60,
    "feature_fraction": 0.2,
    "lambda_l2": 5.0,
}
RANDOM: dict[str, Any] = {**PRESET, "extra_trees": True}
"""Splits at random places: trees that agree less with each other, and less with the noise."""

_SAME_EVERY_TIME: dict[str, Any] = {
    "deterministic": True,
    "force_col_wise": True,  # the same trees as row by row, sooner where a tree sees a fifth of the features
    "num_threads": 1,
    "seed": 0,
    "verbosity": -1,
}

_OF_BINS = ("min_data_in_leaf", "max_bin", "min_data_in_bin", "feature_pre_filter", "use_missing")
"""The settings by which bins are found, of those that somebody may give."""
_NEWEST: dict[str, lightgbm.Dataset] = {}
"""The features that were put into bins last, by their content, in this process alone."""


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
        options = {"objective": self.objective, **self.settings, **_SAME_EVERY_TIME}
        data = _binned(examples.matrix(self.inputs), self.inputs, options)
        data.set_label(examples.y)
        data.set_weight(examples.weights)
        booster = lightgbm.train(options, data)
        return Trees(booster.model_to_string(), columns)


def _binned(x: NDArray[np.float32], names: tuple[str, ...], options: dict[str, Any]) -> lightgbm.Dataset:
    """Return features in LightGBM's bins, those of the fit before where they are the same: a third of a fit is that."""
    told = json.dumps([x.shape, names, {name: options.get(name) for name in _OF_BINS}])
    content = hashlib.sha256(np.ascontiguousarray(x).data).hexdigest() + told
    if content not in _NEWEST:
        _NEWEST.clear()
        _NEWEST[content] = lightgbm.Dataset(x, np.zeros(len(x)), feature_name=list(names), params=options).construct()
    return _NEWEST[content]


def gains(scorer: Scorer) -> dict[str, float]:
    """Return each feature's share of the splits' total gain, the largest first, as the mean over a scorer's trees."""
    total: dict[str, float] = {}
    every = trees_in(scorer)
    for trees in every:
        booster = lightgbm.Booster(model_str=trees.text)
        gain = booster.feature_importance("gain")
        whole = float(gain.sum()) or 1.0
        for name, value in zip(booster.feature_name(), gain, strict=True):
            total[name] = total.get(name, 0.0) + float(value) / whole / len(every)
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))
