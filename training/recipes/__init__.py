"""Recipes: ways to fit one target, interchangeable. Each fits examples and leaves a scorer; baselines come first."""

from typing import Protocol

from features.catalogue import CATALOGUE, PER_VALUE
from training.examples import Examples
from training.recipes.last_period import LastPeriod
from training.recipes.lightgbm import LightGBM
from training.recipes.recency_rule import RecencyRule
from training.recipes.rfm_regression import RfmRegression
from training.scorers import Scorer
from training.targets import Category, Churn, Decline, Purchases, Spend, Target


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


_SHARED = frozenset(feature.name for feature in CATALOGUE)


def recipes(target: Target, names: tuple[str, ...]) -> tuple[Recipe, ...]:
    """Return the recipes of a target, baselines first.

    Args:
        target: what to predict.
        names: the features that there are; a model sees those of the catalogue and those that its target needs.
    """
    own = {feature.name for feature in target.needs()}
    inputs = tuple(name for name in names if name in _SHARED or name.startswith(PER_VALUE) or name in own)
    match target:
        case Churn() | Decline():
            return RecencyRule(), RfmRegression("binary"), LightGBM("binary", inputs)
        case Category():
            rule = RecencyRule(target.recency().name, rises=False)
            return rule, RfmRegression("binary"), LightGBM("binary", inputs)
        case Spend():
            return _last_period(target), RfmRegression("value"), LightGBM("tweedie", inputs)
        case Purchases():
            return _last_period(target), RfmRegression("value"), LightGBM("poisson", inputs)


def _last_period(target: Spend | Purchases) -> LastPeriod:
    (feature,) = target.outcome()
    return LastPeriod(feature.name, target.scale)
