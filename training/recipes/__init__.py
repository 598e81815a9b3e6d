"""Recipes: ways to fit one target, interchangeable. Each fits examples and leaves a scorer; baselines come first."""

from typing import Any, Protocol

import msgspec

from features.catalogue.catalogue import CATALOGUE, PER_VALUE
from features.catalogue.feature import Aggregate
from training.btyd.formulas import ANY, MEDIAN, NONE, PURCHASES, VALUE
from training.panel.examples import Examples
from training.recipes.accelerated_failure import AcceleratedFailure
from training.recipes.blend import Blend, fit_all
from training.recipes.btyd import BuyTillYouDie
from training.recipes.last_period import LastPeriod
from training.recipes.lightgbm import RANDOM, LightGBM
from training.recipes.median import Median
from training.recipes.quantile_regression import QuantileRegression
from training.recipes.recency_rule import RecencyRule
from training.recipes.rfm_regression import RfmRegression
from training.recipes.two_stage import TwoStage
from training.recipes.usual_gap import UsualGap
from training.scorers import Scorer
from training.scorers.combined import LOGIT_MEAN, MEAN
from training.targets import (
    Category,
    Churn,
    Conversion,
    Decline,
    NextPurchase,
    Purchases,
    Repurchase,
    Response,
    Spend,
    Target,
)


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


__all__ = ["Blend", "Recipe", "fit_all", "recipes", "restored", "without_labels"]

_SHARED = frozenset(feature.name for feature in CATALOGUE)
_TENURE = frozenset(f.name for f in CATALOGUE if isinstance(f, Aggregate) and f.kind == "tenure")
"""In a short history these tell the date: a model that does not see them carries over better."""


def recipes(target: Target, names: tuple[str, ...]) -> tuple[Recipe, ...]:  # noqa: PLR0911  a table of targets
    """Return the recipes of a target, baselines first.

    Args:
        target: what to predict.
        names: the features that there are; a model sees those of the catalogue and those that its target needs.
    """
    seen = target.seen() if isinstance(target, Response) else target.needs()
    own = {feature.name for feature in seen}
    inputs = tuple(name for name in names if name in _SHARED or name.startswith(PER_VALUE) or name in own)
    btyd = without_labels(target)
    simple = (btyd,) if btyd and {feature.name for feature in btyd.needs} <= set(names) else ()
    match target:
        case Churn() | Decline():
            return RecencyRule(), RfmRegression("binary"), *_binary(inputs, simple)
        case Category():
            rule = RecencyRule(target.recency().name, rises=False)
            return rule, RfmRegression("binary"), LightGBM("binary", inputs)
        case Response():
            rule, found = RecencyRule(target.recency().name, rises=False), _binary(inputs, ())
            return rule, RfmRegression("binary"), *found, Blend("mean", found[:3], LOGIT_MEAN)
        case Repurchase():
            return RecencyRule(rises=False), RfmRegression("binary"), *_binary(inputs, simple)
        case Conversion():
            return RecencyRule(target.recency().name, rises=False), *_binary(inputs, ())
        case NextPurchase():
            return UsualGap(target.gap().name, target.horizon_days), *_time(inputs, simple, target.horizon_days)
        case Spend():
            return _last_period(target), RfmRegression("value"), *_value("tweedie", inputs, simple)
        case Purchases():
            return _last_period(target), RfmRegression("value"), *_value("poisson", inputs, simple)


def without_labels(target: Target) -> BuyTillYouDie | None:
    """Return what can be fitted where the history has no label of the target's horizon; None where nothing can."""
    match target:
        case Churn():
            return BuyTillYouDie(NONE, target.horizon_days)
        case Purchases():
            return BuyTillYouDie(PURCHASES, target.horizon_days)
        case Spend():
            return BuyTillYouDie(VALUE, target.horizon_days, target.scale)
        case Repurchase():
            return BuyTillYouDie(ANY, target.horizon_days)
        case NextPurchase():
            return BuyTillYouDie(MEDIAN, target.horizon_days)
        case _:
            return None


def _binary(inputs: tuple[str, ...], simple: tuple[BuyTillYouDie, ...]) -> tuple[Recipe, ...]:
    """Return the recipes of a probability that are no baselines."""
    trees, other = _two("binary", inputs)
    blends: tuple[Recipe, ...] = (Blend("blend", (trees, other), LOGIT_MEAN),)
    if simple:
        blends = (*blends, Blend("blend_btyd", (*simple, trees, other), LOGIT_MEAN))
    return *simple, QuantileRegression("binary", inputs), trees, other, *blends


def _value(objective: str, inputs: tuple[str, ...], simple: tuple[BuyTillYouDie, ...]) -> tuple[Recipe, ...]:
    """Return the recipes of a value that are no baselines."""
    (trees, other), ridge = _two(objective, inputs), QuantileRegression("value", inputs)
    squares = LightGBM("regression", inputs, "lightgbm_l2")
    blends = (
        Blend("blend", (trees, other), MEAN),
        Blend("mean", (trees, other, squares, ridge), MEAN),
        *(Blend("mean_btyd", (*simple, trees, other, squares, ridge), MEAN) for _ in simple),
    )
    return *simple, ridge, trees, other, squares, TwoStage(inputs), *blends


def _time(inputs: tuple[str, ...], simple: tuple[BuyTillYouDie, ...], horizon_days: int) -> tuple[Recipe, ...]:
    """Return the recipes of a time that are no baselines."""
    trees, logs = Median(inputs, horizon_days), AcceleratedFailure(_steady(inputs), horizon_days)
    return *simple, trees, logs, Blend("blend", (trees, logs), MEAN)


def _two(objective: str, inputs: tuple[str, ...]) -> tuple[LightGBM, LightGBM]:
    """Return the preset, and the same with random splits that does not see what tells the date."""
    return LightGBM(objective, inputs), LightGBM(objective, _steady(inputs), "lightgbm_random", settings=dict(RANDOM))


def _steady(inputs: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in inputs if name not in _TENURE)


def _last_period(target: Spend | Purchases) -> LastPeriod:
    (feature,) = target.outcome()
    return LastPeriod(feature.name, target.scale)


def restored(recipe: Recipe, settings: dict[str, Any]) -> Recipe:
    """Return a recipe with the settings that it had in another training, as plain data."""
    if isinstance(recipe, Blend):
        parts = (restored(part, own) for part, own in zip(recipe.parts, settings["parts"], strict=True))
        return Blend(settings["name"], tuple(parts), settings["how"], settings["baseline"])
    found: Recipe = msgspec.convert(settings, type(recipe))
    return found
