"""The choice of a recipe for one target: tried on validation, judged on test, fitted on everything for the bundle."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.kernel import Kernel
from training import panel as panels
from training.bootstrap import Estimate, Scored, scored
from training.examples import Examples
from training.metrics import CHOSEN_BY
from training.predictor import Predictor
from training.recipes import Recipe, recipes
from training.scorers import Scorer
from training.targets import Target


@dataclass(frozen=True)
class Trial:
    """One recipe's results."""

    recipe: Recipe
    validation: Scored
    test: Scored
    scorer: Scorer
    """Fitted on all that ends before the test; what the test figures speak of."""
    predictions: NDArray[np.float64]
    """For the test examples."""


@dataclass(frozen=True)
class Choice:
    """What was tried for one target, and what was chosen."""

    target: Target
    split: panels.Split
    trials: tuple[Trial, ...]
    chosen: Trial
    predictor: Predictor
    """The chosen recipe, fitted on everything."""
    rows: dict[str, int]
    """The number of examples in each part of the split."""
    test: Examples

    @property
    def base_rate(self) -> float:
        """The mean outcome of the test examples."""
        return float(self.test.y.mean())

    def against(self, trial: Trial) -> dict[str, Estimate]:
        """Return the chosen recipe's paired differences to another trial on the test examples."""
        return self.chosen.test.minus(trial.test)


class TooFewExamples(ValueError):
    """A part of the split has no examples, or only one class."""


def choose(
    target: Target, split: panels.Split, panel: panels.Panel, labels: NDArray[np.float64], kernel: Kernel
) -> Choice:
    """Try every recipe of a target and fit the one that validation likes best on everything.

    Args:
        target: what to predict.
        split: its cut-offs.
        panel: rows that hold those cut-offs.
        labels: the target's label for each row of the panel.
        kernel: what computed the panel's features.

    Raises:
        TooFewExamples: a part of the split cannot be learned from or judged on.
    """
    cohort = kernel.position[target.cohort().name]
    everyone = Examples(kernel.names, panel.x, labels, panel.customers)
    inside = panel.x[:, cohort] > 0
    parts = {
        part: everyone.where(inside & panel.at(getattr(split, part)))
        for part in ("train", "validation", "refit", "test", "final")
    }
    for part, examples in parts.items():
        if np.unique(examples.y).size <= 1:
            raise TooFewExamples(f"{target.name}: {part} has {len(examples)} examples, all with the same outcome.")
    trials = tuple(_try(recipe, target, parts) for recipe in recipes(target))
    chosen = min(trials, key=lambda trial: trial.validation.value[CHOSEN_BY[target.task]])
    predictor = Predictor(target, chosen.recipe.name, chosen.recipe.fit(parts["final"]), cohort)
    rows = {part: len(examples) for part, examples in parts.items()}
    return Choice(target, split, trials, chosen, predictor, rows, parts["test"])


def _try(recipe: Recipe, target: Target, parts: dict[str, Examples]) -> Trial:
    validation, test = parts["validation"], parts["test"]
    first = recipe.fit(parts["train"]).score(validation.x)
    scorer = recipe.fit(parts["refit"])
    predictions = scorer.score(test.x)
    return Trial(
        recipe,
        scored(target.task, validation.y, first, validation.customers),
        scored(target.task, test.y, predictions, test.customers),
        scorer,
        predictions,
    )
