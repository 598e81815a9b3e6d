"""The floor: what is served is no worse on validation than the rate of everybody, or than that by recency.

A model that is has learned less than a rate knows: then the rate answers.
"""

from collections.abc import Callable, Mapping

import numpy as np

from training.metrics.metrics import CHOSEN_BY, ROW_LOSS, Floats
from training.recipes.base_rate import NAME

RATES = (NAME, "recency_rule")
"""The recipes that nothing which is served may be worse than, where a target has them."""
Losses = Mapping[str, Callable[[Floats, Floats], Floats]]


def _brier(y: Floats, p: Floats) -> Floats:
    squares: Floats = (y - p) ** 2
    return squares


LOSSES: Mapping[str, Losses] = {
    "binary": {CHOSEN_BY["binary"]: ROW_LOSS["binary"], "brier": _brier},
    "value": {CHOSEN_BY["value"]: ROW_LOSS["value"]},
    "time": {CHOSEN_BY["time"]: ROW_LOSS["time"]},
}
"""By task, in what it may not be worse."""


def floor(task: str, served: str, y: Floats, said: Mapping[str, Floats]) -> tuple[str, str]:
    """Return who is to be served, and why it is not who was chosen; empty where it is.

    Args:
        task: the target's.
        served: the recipe that was chosen.
        y: the outcomes of the validation, shape (rows,).
        said: by recipe, what would be served of these rows: the chosen one's, and the rates'.
    """
    losses = {
        name: {metric: float(np.mean(loss(y, p))) for metric, loss in LOSSES[task].items()} for name, p in said.items()
    }
    own = losses[served]
    rates = {name: losses[name] for name in RATES if name in losses and name != served}
    if all(own[metric] <= rate[metric] for rate in rates.values() for metric in own):
        return served, ""
    best = min(rates, key=lambda name: rates[name][CHOSEN_BY[task]])
    metric = next((metric for metric in own if own[metric] > rates[best][metric]), CHOSEN_BY[task])
    why = (
        f"{served} was worse on validation than {best} ({metric.replace('_', ' ')} {own[metric]:.5f} against"
        f" {losses[best][metric]:.5f}): the rate is served"
    )
    return best, why
