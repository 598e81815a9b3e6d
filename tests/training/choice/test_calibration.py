"""Calibration: the slope that was needed is found, and the mean is kept but for the season."""

import numpy as np
import pytest

from training.choice.calibration import between, calibrate, slope
from training.metrics.metrics import level, logit
from training.panel.examples import Examples
from training.scorers import Calibrated, Curve

ROWS = 40_000
GENERATOR = np.random.default_rng(8)
X = GENERATOR.uniform(size=(ROWS, 1)).astype(np.float32)
RISK = Curve(0, np.array([0.0, 1.0]), np.array([0.05, 0.7]), 0.3)
VALUE = Curve(0, np.array([0.0, 1.0]), np.array([1.0, 90.0]), 0.0)
TRUTH = RISK.score(X)
HAPPENED = (GENERATOR.uniform(size=ROWS) < TRUTH).astype(np.float64)
EXAMPLES = Examples.of(("a",), X, HAPPENED, np.arange(ROWS), np.zeros(ROWS, np.int64))


def _stretched(by: float) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-by * logit(TRUTH))))


@pytest.mark.parametrize("by", [0.5, 1.0, 2.0])
def test_the_slope_undoes_what_stretched_the_logits(by: float) -> None:
    assert slope("binary", HAPPENED, _stretched(by)) == pytest.approx(1 / by, rel=0.05)


def test_few_rows_hardly_change_a_slope_that_chance_explains() -> None:
    distances = [abs(slope("binary", HAPPENED[few], TRUTH[few]) - 1) for few in np.arange(4000).reshape(40, 100)]
    assert np.median(distances) < 0.05
    assert abs(slope("binary", HAPPENED[:1000], _stretched(0.3)[:1000]) - 1) > 1


def test_one_period_is_one_observation_however_many_rows_it_has() -> None:
    stretched = _stretched(1 / 1.15)
    one = slope("binary", HAPPENED, stretched)
    found = 1.15  # what 40,000 rows ask for, but for chance
    assert 1 < one < found - 0.05, "drawn to 1 by how far the slopes of periods lie apart: .15 (1 - .1^2 / .15^2)"
    assert one - 1 == pytest.approx(0.15 - 0.1**2 / 0.15, abs=0.03)
    two = slope("binary", HAPPENED, stretched, np.arange(ROWS) % 2)
    assert one < two < found, "two that agree are believed more"


def test_periods_that_differ_are_believed_less_than_those_that_agree() -> None:
    assert between([], 0.1) == pytest.approx(0.01)
    assert between([(1.3, 0.0)], 0.1) == pytest.approx(0.01)
    assert between([(1.3, 0.0), (1.3, 0.0)], 0.1) == pytest.approx(0.005)
    # the two lie .2 from their mean: (.1^2 + .2^2 + .2^2) / 2, and less by what chance gives each
    assert between([(1.1, 0.0), (1.5, 0.0)], 0.1) == pytest.approx(0.045)
    assert between([(1.1, 0.03), (1.5, 0.03)], 0.1) == pytest.approx(0.03)
    assert between([(1.1, 0.5), (1.5, 0.5)], 0.1) == pytest.approx(0.005)


def test_nothing_to_learn_a_slope_from_leaves_it_at_one() -> None:
    assert slope("value", HAPPENED, TRUTH) == 1
    assert slope("binary", np.zeros(ROWS), TRUTH) == 1
    assert slope("binary", HAPPENED, np.full(ROWS, 0.3)) == 1


def test_a_slope_keeps_the_mean_and_the_order() -> None:
    for by in (0.6, 1.7):
        p = calibrate("binary", RISK, EXAMPLES, by, 0.0).score(X)
        assert p.mean() == pytest.approx(TRUTH.mean(), abs=1e-9)
        assert np.all(np.diff(p[np.argsort(TRUTH)]) >= 0)
        assert np.ptp(logit(p)) == pytest.approx(by * np.ptp(logit(TRUTH)))


@pytest.mark.parametrize("by", [1.0, 1.7])
def test_a_season_moves_the_level_by_as_much(by: float) -> None:
    kept, moved = (calibrate("binary", RISK, EXAMPLES, by, season).score(X) for season in (0.0, 0.4))
    np.testing.assert_allclose(logit(moved) - logit(kept), 0.4, atol=1e-9)
    assert level("binary", moved, kept) == pytest.approx(0.4)


def test_a_season_multiplies_values() -> None:
    np.testing.assert_allclose(calibrate("value", VALUE, EXAMPLES, 1.0, 0.4).score(X), VALUE.score(X) * np.exp(0.4))


def test_what_needs_no_calibration_stays_as_it_is() -> None:
    assert calibrate("binary", RISK, EXAMPLES, 1.0, 0.0) is RISK
    assert calibrate("time", VALUE, EXAMPLES, 1.5, 0.4) is VALUE
    assert calibrate("binary", RISK, EXAMPLES, 1.0, 0.4) == Calibrated(RISK, True, 1.0, 0.4)
