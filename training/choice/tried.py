"""Tried: every recipe of a target, fitted before validation and before test, and who of them validation likes best."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from training.choice.belief import believed
from training.choice.search import NOT_ASKED, Search, search
from training.choice.trial import Trial, trial
from training.choice.wanted import Wanted
from training.metrics.bootstrap import paired
from training.metrics.metrics import levelled_losses
from training.metrics.owners import Owners
from training.panel.enough import Enough, Refused
from training.panel.examples import Examples
from training.panel.rung import Rung
from training.panel.split import Split
from training.recipes.blend import Blend, fit_all, said_by_all
from training.recipes.lightgbm import LightGBM
from training.recipes.recipe import Recipe
from training.recipes.table import recipes
from training.scorers import Scorer
from training.targets import Category, Target

SHARE_OF_A_CATEGORY = (0.05, 0.95)
"""A category is worth a target of its own where its base rate in training lies between."""


@dataclass(frozen=True)
class Tried:
    """Every recipe of a target, fitted before validation and before test."""

    parts: dict[str, Examples]
    inside: Examples
    """The cohort's rows at all cut-offs."""
    recipes: tuple[Recipe, ...]
    search: Search
    first: dict[str, Scorer]
    """By recipe, fitted on all that ends before validation."""
    second: dict[str, Scorer]
    """By recipe, fitted on all that ends before test."""
    validated: dict[str, NDArray[np.float64]]
    """By recipe, what the first says of the validation."""
    trials: tuple[Trial, ...]
    preferred: str
    """The recipe that validation likes best."""

    def trial(self, name: str) -> Trial:
        """Return the trial of a recipe."""
        return next(trial for trial in self.trials if trial.recipe.name == name)


def tried(
    target: Target, split: Split, everyone: Examples, wanted: Wanted, half: NDArray[np.bool_] | None = None
) -> Tried:
    """Try every recipe of a target; the arguments and what is raised are those of `choose`."""
    inside = everyone.where(everyone.said_of(target.cohort().failed) < 0)
    parts = _parts(split, everyone, inside, half)
    _check(target, parts, wanted.enough)
    every = recipes(target, parts["train"].names, wanted.windows)
    searched = _searched(target, every, parts, wanted.trials if target.rows().regular else 0)
    every = (*every, *((searched.recipe,) if searched.recipe else ()))
    took: dict[str, float] = {}
    first = fit_all(every, parts["train"], took)
    second = first if split.rung is not Rung.THREE else fit_all(every, parts["refit"], took)
    validation = parts["validation"]
    validated, tested = said_by_all(every, first, validation), said_by_all(every, second, parts["test"])
    losses = {name: levelled_losses(target.task, validation.y, p) for name, p in validated.items()}
    trials = []
    for recipe in every:
        name = recipe.name
        own = trial(recipe, target.task, parts, losses[name], (validated[name], tested[name]), second[name])
        trials.append(replace(own, seconds=took[name]))
    preferred = believed(losses) if split.rung is Rung.ONE else _preferred(every, validation.owners, losses)
    return Tried(parts, inside, every, searched, first, second, validated, tuple(trials), preferred)


def _parts(split: Split, everyone: Examples, inside: Examples, half: NDArray[np.bool_] | None) -> dict[str, Examples]:
    """Return the cohort's examples in each part of the split, those that are fitted knowing everyone."""
    parts = {part: inside.at(moments) for part, moments in split.parts().items()}
    if half is not None:
        parts = {part: rows.where(split.whose(part, half[rows.rows])) for part, rows in parts.items()}
    for part, moments in (("train", split.validation), ("refit", split.test), ("final", (everyone.cut_off.max(),))):
        parts[part] = parts[part].knowing(everyone.at([max(moments)]).rows)
    return parts


def _searched(target: Target, every: tuple[Recipe, ...], parts: dict[str, Examples], trials: int) -> Search:
    preset = next((recipe for recipe in every if isinstance(recipe, LightGBM)), None)
    if preset is None or not trials:
        return NOT_ASKED
    return search(target.task, preset, parts["train"], parts["validation"], target.horizon_days, trials)


def _preferred(
    every: tuple[Recipe, ...], customers: NDArray[np.int64] | Owners, losses: dict[str, NDArray[np.float64]]
) -> str:
    """Return the broadest blend that validation cannot tell from the best recipe; the best, where there is none.

    "Cannot tell" is within one standard error of the paired difference, by customer: the one-standard-error rule
    (Breiman et al. 1984), by which the simplest is taken; of means, the broadest is the least in error.
    """
    best = min(losses, key=lambda name: float(losses[name].mean()))

    def told_apart(name: str) -> bool:
        worse, error = paired(losses[name], losses[best], customers)
        return worse > error

    blends = [recipe for recipe in every if isinstance(recipe, Blend) and not told_apart(recipe.name)]
    return max(blends, key=lambda blend: len(blend.parts)).name if blends else best


def _check(target: Target, parts: dict[str, Examples], enough: Enough) -> None:
    enough.check(target.task, parts["final"])
    for part, rows in parts.items():
        if np.unique(rows.y).size <= 1:
            raise Refused(f"{part} has {len(rows):,} rows, all with the same outcome.")
    low, high = SHARE_OF_A_CATEGORY
    if isinstance(target, Category) and not low <= (share := parts["train"].y.mean()) <= high:
        raise Refused(f"its base rate in training is {share:.1%}; {low:.0%} to {high:.0%} are worth a target.")
