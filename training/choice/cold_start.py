"""The cold start: who answers for customers of whom little is known, since they purchased on one day only."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from training.bundle.cold_start import DAYS, FEW
from training.metrics.metrics import ROW_LOSS
from training.panel.examples import Examples
from training.scorers import Curve, Scorer

ENOUGH = 100
"""Rows of such customers, with either outcome, that a model can learn from and be judged on."""
RATE = "cohort_rate"
SIMPLE = "btyd"
RENEWING = "shifted_beta_geometric"
"""What stands in its place where renewals are told."""


def cold_start(
    task: str, chosen: str, parts: Mapping[str, Examples], validated: Mapping[str, NDArray[np.float64]]
) -> str:
    """Return who answers for customers with few purchases.

    Where the whole cohort is such, the choice was made on them already. Where there are enough of them, that is who had
    the smallest loss on those of the validation; else the simplest that there is.

    Args:
        task: the target's.
        chosen: the recipe that answers for the others.
        parts: the examples of each part of the split.
        validated: what recipes, by name, fitted on the training's examples, say of the validation's.
    """
    train, validation = (_few(parts[part]) for part in ("train", "validation"))
    few = _few(parts["final"])
    if few.all() or (not train.any() and not few.any()):
        return chosen
    simplest = next((name for name in (SIMPLE, RENEWING) if name in validated), RATE)
    y = parts["validation"].y[validation]
    if min(train.sum(), validation.sum()) < ENOUGH or (task == "binary" and not 0 < y.mean() < 1):
        return simplest
    rate = np.full(y.size, parts["train"].y[train].mean())
    said = {RATE: rate, **{name: validated[name][validation] for name in {chosen, simplest} - {RATE}}}
    losses = {name: float(ROW_LOSS[task](y, p).mean()) for name, p in sorted(said.items())}
    return min(losses, key=losses.__getitem__)


def rate(examples: Examples) -> Scorer:
    """Return a scorer that says of everyone how those with few purchases did, or all where there are none."""
    few = _few(examples)
    mean = float(examples.y[few].mean()) if few.any() else float(examples.y.mean())
    return Curve(examples.names.index(DAYS), np.array([0.0, 1.0]), np.array([mean, mean]), mean)


def _few(examples: Examples) -> NDArray[np.bool_]:
    return examples.column(DAYS) <= FEW
