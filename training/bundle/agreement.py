"""Agreement: whether a predictor's reasons may be told along the ways of its trees, which costs far less."""

from copy import deepcopy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.reasons.reasons import Explainer
from training.scorers import Scorer
from training.scorers.by_path import by_path
from training.scorers.grove import trees_in

LEAST = 0.95
"""Reasons are told by path where at least this share of rows gets the same ones."""
ROWS = 1_000
"""So many rows are asked at the most."""


@dataclass(frozen=True)
class Agreement:
    """In what share of some rows the reasons by path are the exact ones: the same features, order and direction."""

    share: float
    rows: int

    @property
    def enough(self) -> bool:
        """Whether reasons are told by path."""
        return self.share >= LEAST


def agreement(
    scorer: Scorer, x: NDArray[np.float32], usual: NDArray[np.float32], explainer: Explainer
) -> Agreement | None:
    """Return how far the two kinds of reasons agree; None where there are no trees, or no rows.

    Args:
        scorer: what answers.
        x: rows of features; of many, some that lie evenly among them are asked.
        usual: the features of the usual customer, shape (features,).
        explainer: says which features explain an answer.
    """
    if not trees_in(scorer) or not len(x):
        return None
    scorer = deepcopy(scorer)  # whose tables, megabytes for each model, are dropped with it
    few = np.ascontiguousarray(x[:: -(-len(x) // ROWS)])
    exact, cheap = (explainer.strongest(one, few, usual) for one in (scorer, by_path(scorer)))
    same = (exact.feature == cheap.feature).all(1) & (exact.raises == cheap.raises)
    return Agreement(float(same.mean()), len(few))
