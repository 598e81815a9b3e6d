"""The past: a bundle asked as of an earlier moment gives the level of then, live and in a batch."""

import numpy as np
import pytest

from training.bundle.past import Past
from training.bundle.predictor import Predictor
from training.metrics.metrics import logit
from training.scorers import Curve
from training.targets import Churn, Spend

PAST = Past((100, 200, 300), (0.5, -0.3, 0.0))
NAMES = ("a", "purchase_days_56d", "purchase_recency", "purchase_days")
X = np.tile(np.array([[0.25, 2, 3, 4]], np.float32), (5, 1))
AS_OF = np.array([50, 150, 200, 300, 900])
SHIFTS = [0.5, 0.1, -0.3, 0.0, 0.0]


def test_between_moments_the_level_goes_straight_and_beyond_them_it_stays() -> None:
    np.testing.assert_allclose(PAST.at(AS_OF), SHIFTS, atol=1e-15)


@pytest.mark.parametrize("target", [Churn("churn_28d", 28, 56), Spend("spend_28d", 28, 56)])
def test_a_predictor_moves_each_row_by_the_level_of_its_moment(target: Churn | Spend) -> None:
    curve = Curve(0, np.array([0.0, 1.0]), np.array([0.2, 0.6]), 0.0)
    names = (*NAMES, *(feature.name for feature in target.cohort().features if feature.name not in NAMES))
    x = np.column_stack([X, np.ones((len(X), len(names) - len(NAMES)), np.float32)])
    one = Predictor(target, "curve", curve, names, None, past=PAST)
    usual, then = one.predict(x), one.predict(x, AS_OF)
    assert np.isfinite(then).all()
    moved = logit(then) - logit(usual) if target.task == "binary" else np.log(then / usual)
    np.testing.assert_allclose(moved, SHIFTS, atol=1e-9)
    np.testing.assert_array_equal(then[3:], usual[3:])
    alone = [one.predict(x[row : row + 1], AS_OF[row : row + 1])[0] for row in range(len(x))]
    np.testing.assert_array_equal(then, alone)
