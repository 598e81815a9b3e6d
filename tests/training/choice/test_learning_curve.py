"""The learning curve: parts of the customers, each the smaller within the larger, judged on the same rows."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from training.choice.learning_curve import SHARES, curve
from training.metrics.bootstrap import Scored
from training.panel.examples import Examples
from training.scorers import Curve, Scorer
from training.targets import Churn

ROWS = 80
"""Two of each of forty customers."""
CUSTOMERS = np.arange(ROWS) // 2
X = np.linspace(0, 1, ROWS, dtype=np.float32)[:, None]
Y = (np.arange(ROWS) % 4 < 2).astype(np.float64)
EVERY = Examples.of(("a",), X, Y, CUSTOMERS, np.zeros(ROWS, np.int64))
REFIT, TEST = EVERY.where(np.arange(60)), EVERY.where(np.arange(60, ROWS))
PLACE = (CUSTOMERS + 1) / 40
"""Customers are drawn in their order."""
WHOLE = Scored({"roc_auc": 0.7}, {"roc_auc": np.array([0.6, 0.8])})
"""What the recipe reached when it was fitted to all of them."""


@dataclass(frozen=True)
class Remembering:
    """A recipe that keeps whom it was fitted to."""

    seen: list[list[int]] = field(default_factory=list)
    known: list[list[int]] = field(default_factory=list)
    name: str = "remembering"
    baseline: bool = False

    def fit(self, examples: Examples) -> Scorer:
        """Keep the customers, and those who are known; say what the only feature says."""
        self.seen.append(np.unique(examples.customers).tolist())
        self.known.append(examples.everyone.tolist())
        return Curve(0, np.array([0.0, 1.0]), np.array([0.0, 1.0]), 0.0)


def test_a_quarter_a_half_and_all_of_the_customers_are_learned_from() -> None:
    recipe = Remembering()
    points = curve(Churn("churn", 28, 56), recipe, REFIT.knowing(np.arange(60)), TEST, PLACE, WHOLE)
    assert [point.share for point in points] == [*SHARES, 1]
    assert recipe.seen == [list(range(10)), list(range(20))]
    assert recipe.known == [list(range(20)), list(range(40))]
    assert [(point.customers, point.rows) for point in points] == [(10, 20), (20, 40), (30, 60)]
    # Pairs of outcomes 1, 1, 0, 0 in rising order, five times: of 100 pairs 40 are in the right order.
    assert [point.headline.value for point in points] == pytest.approx([0.4, 0.4, 0.7])


def test_a_part_with_one_outcome_alone_is_left_out() -> None:
    some = REFIT.outcome(np.where(REFIT.customers < 15, 0.0, REFIT.y))
    points = curve(Churn("churn", 28, 56), Remembering(), some, TEST, PLACE, WHOLE)
    assert [point.share for point in points] == [0.5, 1.0]
