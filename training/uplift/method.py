"""Methods: ways to say who is treated first, from plain to learned."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import lightgbm
import numpy as np

from training.recipes.lightgbm import PRESET
from training.scorers import Linear
from training.uplift.ridge import ridge
from training.uplift.trial import Floats, Trial

Ranking = Callable[[Trial], Floats]
"""Scores customers, the higher the earlier, shape (customers,)."""

_TREES: dict[str, Any] = {
    **PRESET,
    "num_iterations": 100,
    "learning_rate": 0.05,
    "feature_fraction": 1.0,
    "deterministic": True,
    "force_col_wise": True,
    "num_threads": 1,
    "seed": 0,
    "verbosity": -1,
}


class Method(Protocol):
    """A way to rank customers for one action."""

    @property
    def name(self) -> str:
        """What tables and runs call it."""

    def fit(self, trial: Trial, scores: Floats, action: int) -> Ranking:
        """Learn from customers.

        Args:
            trial: the customers.
            scores: their doubly robust scores, shape (customers, arms).
            action: the arm that is to be given, a place in `Trial.arms`.
        """


@dataclass(frozen=True)
class ByResponse:
    """Who is likely to answer when treated comes first: LightGBM on the treated. No effect, but often as good."""

    name: str = "response"

    def fit(self, trial: Trial, scores: Floats, action: int) -> Ranking:  # noqa: ARG002
        """Learn from the treated alone."""
        own = trial.arm == action
        options = {**_TREES, "objective": "binary" if trial.binary else "regression"}
        booster = lightgbm.train(options, lightgbm.Dataset(trial.x[own], trial.y[own], params=options))
        return lambda asked: np.asarray(booster.predict(asked.x), np.float64)


@dataclass(frozen=True)
class BySegment:
    """The segments with the largest effect come first."""

    name: str = "segment"

    def fit(self, trial: Trial, scores: Floats, action: int) -> Ranking:
        """Learn each segment's effect; of a segment that nobody is in, that of all."""
        effect = scores[:, action] - scores[:, 0]
        count = np.bincount(trial.segment, minlength=len(trial.segments))
        total = np.bincount(trial.segment, effect, len(trial.segments))
        means = np.where(count > 0, total / np.maximum(count, 1), effect.mean())
        return lambda asked: means[asked.segment]


@dataclass(frozen=True)
class Learned:
    """The DR learner (Kennedy 2023): ridge on doubly robust effects. It estimates the effect itself."""

    name: str = "learned"

    def fit(self, trial: Trial, scores: Floats, action: int) -> Ranking:
        """Learn the effect from what was known before."""
        model = self.model(trial, scores, action)
        return lambda asked: model.score(asked.x)

    def model(self, trial: Trial, scores: Floats, action: int) -> Linear:
        """Return what is learned: an effect by features."""
        return ridge(trial.x, scores[:, action] - scores[:, 0])


LEARNED = Learned()
RESPONSE = ByResponse()
SEGMENT = BySegment()
METHODS: tuple[Method, ...] = (RESPONSE, SEGMENT, LEARNED)
"""From plain to learned."""
