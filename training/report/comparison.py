"""Comparison: what every recipe of a target reached on the test rows, and by how much the chosen one is ahead."""

from dataclasses import dataclass

from training.choice.choice import Choice
from training.metrics.bootstrap import Estimate
from training.metrics.metrics import HEADLINE


@dataclass(frozen=True)
class Compared:
    """One recipe of a target."""

    recipe: str
    baseline: bool
    chosen: bool
    loss: float
    """What recipes are chosen by, on validation; the smallest wins."""
    figures: dict[str, Estimate]
    """Its metrics on the test rows."""
    ahead: Estimate | None
    """The chosen recipe's headline metric minus this one's, paired; None for the chosen."""


def comparison(choice: Choice) -> tuple[Compared, ...]:
    """Return the recipes, the chosen first and the others by what they were chosen by."""
    headline = HEADLINE[choice.target.task]
    trials = sorted(choice.trials, key=lambda trial: (trial is not choice.chosen, trial.loss))
    return tuple(
        Compared(
            trial.recipe.name,
            trial.recipe.baseline,
            trial is choice.chosen,
            trial.loss,
            trial.test.estimates(),
            None if trial is choice.chosen else choice.against(trial)[headline],
        )
        for trial in trials
    )


def runner_up(compared: tuple[Compared, ...], task: str) -> Compared | None:
    """Return the best baseline by the headline metric that was not chosen; None where there is none."""
    others = [row for row in compared if row.baseline and not row.chosen]
    return max(others, key=lambda row: row.figures[HEADLINE[task]].value, default=None)
