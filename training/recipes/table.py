"""The table of recipes: what the names stand for by which targets say what they are tried with."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec

from features.catalogue.catalogue import CATALOGUE, PER_VALUE, is_of_kind
from features.catalogue.feature import Aggregate
from features.catalogue.windows import catalogue
from training.btyd.formulas import ANY, MEDIAN, NONE, PURCHASES, VALUE
from training.recipes.accelerated_failure import AcceleratedFailure
from training.recipes.blend import Blend
from training.recipes.btyd import BuyTillYouDie
from training.recipes.last_period import LastPeriod
from training.recipes.lightgbm import RANDOM, LightGBM
from training.recipes.median import Median
from training.recipes.quantile_regression import QuantileRegression
from training.recipes.recency_rule import RecencyRule
from training.recipes.recipe import Recipe
from training.recipes.rfm_regression import RfmRegression
from training.recipes.shifted_beta_geometric import NAME as SHIFTED_BETA_GEOMETRIC
from training.recipes.shifted_beta_geometric import ShiftedBetaGeometric
from training.recipes.two_stage import TwoStage
from training.recipes.usual_gap import UsualGap
from training.scorers.combined import LOGIT_MEAN, MEAN
from training.targets.candidate import Candidate
from training.targets.target import Target

Names = tuple[str, ...]

_BTYD_ALONE = frozenset(f.name for f in CATALOGUE if isinstance(f, Aggregate) and f.kind == "gap_geometric")
"""What the fit of a purchase model takes: the other recipes know the gaps by their mean and spread."""

_TENURE = frozenset(f.name for f in CATALOGUE if isinstance(f, Aggregate) and f.kind == "tenure")
"""In a short history these tell the date: a model that does not see them carries over better."""

_ANSWERS = {"none": NONE, "any": ANY, "purchases": PURCHASES, "value": VALUE, "median": MEDIAN}
_HOW = {"mean": MEAN, "logit_mean": LOGIT_MEAN}


def _steady(inputs: Names) -> Names:
    return tuple(name for name in inputs if name not in _TENURE)


def _btyd(_: Names, answer: str, **settings: Any) -> Recipe:
    return BuyTillYouDie(_ANSWERS[answer], **settings)


TABLE: Mapping[str, Callable[..., Recipe]] = {
    "recency_rule": lambda _, **settings: RecencyRule(**settings),
    "usual_gap": lambda _, **settings: UsualGap(**settings),
    "last_period": lambda _, **settings: LastPeriod(**settings),
    SHIFTED_BETA_GEOMETRIC: lambda _, **settings: ShiftedBetaGeometric(**settings),
    "rfm_logistic": lambda _: RfmRegression("binary"),
    "rfm_linear": lambda _: RfmRegression("value"),
    "btyd": _btyd,
    "btyd_regular": partial(_btyd, name="btyd_regular", regular=True),
    "logistic": lambda inputs: QuantileRegression("binary", inputs),
    "ridge": lambda inputs: QuantileRegression("value", inputs),
    "lightgbm": lambda inputs, objective: LightGBM(objective, inputs),
    "lightgbm_random": lambda inputs, objective: LightGBM(
        objective, _steady(inputs), "lightgbm_random", settings=dict(RANDOM)
    ),
    "lightgbm_l2": lambda inputs: LightGBM("regression", inputs, "lightgbm_l2"),
    "lightgbm_median": Median,
    "lightgbm_aft": lambda inputs, horizon_days: AcceleratedFailure(_steady(inputs), horizon_days),
    "two_stage": TwoStage,
}
"""By name, what makes a recipe of the features that models may see, and of what the target decides.

A blend is not in it: it is made of other recipes of its target.
"""


def recipes(target: Target, names: Names, windows: Sequence[int] = ()) -> tuple[Recipe, ...]:
    """Return the recipes of a target, baselines first; without those that need a feature that there is not.

    Args:
        target: what to predict.
        names: the features that there are; a model sees those of the catalogue and those that its target needs.
        windows: those of the dataset's own, beside the catalogue's.
    """
    seen = {feature.name for feature in (*catalogue(windows), *target.seen())} - _BTYD_ALONE
    inputs = tuple(name for name in names if name in seen or name.startswith(PER_VALUE) or is_of_kind(name))
    made: dict[str, Recipe] = {}
    for candidate in target.candidates():
        recipe = _made(candidate, inputs, made)
        if recipe is not None and {feature.name for feature in getattr(recipe, "needs", ())} <= set(names):
            made[candidate.recipe] = recipe
    return tuple(made.values())


def _made(candidate: Candidate, inputs: Names, made: Mapping[str, Recipe]) -> Recipe | None:
    """Return what a candidate stands for; None for a blend of which a part is missing."""
    settings = dict(candidate.settings)
    if "parts" not in settings:
        return TABLE[candidate.recipe](inputs, **settings)
    if not set(settings["parts"]) <= made.keys():
        return None
    return Blend(candidate.recipe, tuple(made[part] for part in settings["parts"]), _HOW[settings["how"]])


def without_labels(target: Target) -> BuyTillYouDie | None:
    """Return what can be fitted where the history has no label of the target's horizon; None where nothing can."""
    for candidate in target.candidates():
        recipe = _made(candidate, (), {})
        if isinstance(recipe, BuyTillYouDie):
            return recipe
    return None


def restored(recipe: Recipe, settings: Mapping[str, Any]) -> Recipe:
    """Return a recipe with the settings that it had in another training, as plain data."""
    if isinstance(recipe, Blend):
        parts = (restored(part, own) for part, own in zip(recipe.parts, settings["parts"], strict=True))
        return Blend(settings["name"], tuple(parts), settings["how"], settings["baseline"])
    found: Recipe = msgspec.convert(settings, type(recipe))
    return found
