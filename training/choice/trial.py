"""A trial: one recipe's results, on validation and on test."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from training.choice import calibration
from training.metrics.bootstrap import Scored, figures, scored
from training.metrics.metrics import METRICS
from training.panel.examples import Examples
from training.recipes.recipe import Recipe
from training.scorers import Scorer
from training.targets import Target


@dataclass(frozen=True)
class Trial:
    """One recipe's results."""

    recipe: Recipe
    loss: float
    """What recipes are chosen by: the loss of the levelled predictions on validation."""
    validation: dict[str, float]
    """Each metric on validation, by which recipes are chosen: what they reach is told by the test."""
    test: Scored
    scorer: Scorer
    """Fitted on all that ends before the test; what the test figures speak of."""
    predictions: NDArray[np.float64]
    """For the test examples."""
    seconds: float = 0.0
    """That its fits before validation and before test took."""


def trial(
    recipe: Recipe,
    task: str,
    parts: dict[str, Examples],
    losses: NDArray[np.float64],
    said: tuple[NDArray[np.float64], NDArray[np.float64]],
    scorer: Scorer,
) -> Trial:
    """Return the results of a recipe, by what was said of validation and of test, and by the losses of the former."""
    validated, tested = said
    judged = parts["validation"]
    validation = figures(METRICS[task], judged.y, validated, judged.owners.share)
    return Trial(recipe, float(losses.mean()), validation, _tested(task, parts["test"], tested), scorer, tested)


def calibrated(trial: Trial, target: Target, parts: dict[str, Examples], slope: float, season: float) -> Trial:
    """Return a trial with the test figures of its calibrated scorer."""
    scorer = calibration.calibrate(target.task, trial.scorer, parts["refit"], slope, season)
    predictions = parts["test"].said(scorer.score)
    test = _tested(target.task, parts["test"], predictions)
    return replace(trial, test=test, scorer=scorer, predictions=predictions)


def _tested(task: str, test: Examples, predictions: NDArray[np.float64]) -> Scored:
    """Return the figures; one that is the same for everybody ranks nobody, and has no rank correlation."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return scored(task, test.y, predictions, test.owners)
