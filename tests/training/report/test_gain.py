"""Gain and lift: known answers, and that ties have no order."""

import numpy as np
import pytest

from tests.training.report.sample import outcomes
from training.metrics.metrics import lift_at_10pct
from training.report.gain import gain
from training.report.ranking import captured


def test_a_perfect_ranking_of_two_in_ten() -> None:
    found = gain(np.array([0, 0, 0, 1, 0, 0, 0, 0, 1, 0.0]), np.array([1, 2, 3, 10, 4, 5, 6, 7, 9, 8.0]))
    assert [d.observed for d in found.deciles] == [1, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    assert [d.predicted for d in found.deciles] == list(range(10, 0, -1))
    assert found.deciles[0].lift == pytest.approx(5)
    assert found.deciles[3].cumulated_lift == pytest.approx(2.5)
    assert [d.gain for d in found.deciles[:3]] == [0.5, 1, 1]
    assert found.curve == pytest.approx(found.perfect)
    assert (found.curve[0], found.curve[-1]) == (0, 1)


def test_equal_predictions_share_what_they_hold() -> None:
    y, p = np.array([1, 0, 0, 1.0]), np.array([5, 5, 5, 1.0])
    np.testing.assert_allclose(captured(y, p), [0, 1 / 3, 2 / 3, 1, 2])
    np.testing.assert_allclose(captured(y[[2, 1, 0, 3]], p), captured(y, p))


def test_the_first_tenth_has_the_lift_that_mlflow_shows() -> None:
    y, p, _ = outcomes()
    y, p = y[:397], p[:397].round(1)
    assert gain(y, p).deciles[0].lift == pytest.approx(float(lift_at_10pct(y, p, np.ones((1, 397)))[0]))


def test_the_tenths_add_up_to_all() -> None:
    y, p, _ = outcomes()
    found = gain(y, p)
    assert sum(d.observed for d in found.deciles) / 10 == pytest.approx(y.mean())
    assert sum(d.predicted for d in found.deciles) / 10 == pytest.approx(p.mean())
    assert found.deciles[-1].cumulated_lift == pytest.approx(1)
