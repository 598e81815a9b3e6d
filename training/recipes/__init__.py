"""Recipes: ways to fit one target, interchangeable. Each fits examples and leaves a scorer; baselines come first."""

from typing import Protocol

from training.examples import Examples
from training.recipes.last_period import LastPeriod
from training.recipes.lightgbm import LightGBM
from training.recipes.recency_rule import RecencyRule
from training.recipes.rfm_regression import RfmRegression
from training.scorers import Scorer
from training.targets import Target


class Recipe(Protocol):
    """One way to fit a target."""

    @property
    def name(self) -> str:
        """What runs and tables call it."""

    @property
    def baseline(self) -> bool:
        """Whether it is there to be beaten."""

    def fit(self, examples: Examples) -> Scorer:
        """Fit the examples; the same examples always give the same scorer."""


def recipes(target: Target) -> tuple[Recipe, ...]:
    """Return the recipes of a target, baselines first."""
    if target.task == "binary":
        return RecencyRule(), RfmRegression(target.task), LightGBM("binary")
    return LastPeriod(target.outcome().name), RfmRegression(target.task), LightGBM("tweedie")
