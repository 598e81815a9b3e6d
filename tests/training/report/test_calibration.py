"""Calibration: the bins are those of the ECE, and say what happened."""

import numpy as np
import pytest

from tests.training.report.sample import outcomes
from training.metrics.metrics import ece
from training.report.calibration import bins, calibration


def test_the_bins_give_the_ece() -> None:
    y, p, customers = outcomes()
    p = p.round(2)  # ties
    found = calibration(y, p, customers).bins
    error = sum(b.rows * abs(b.observed.value - b.predicted) for b in found) / y.size
    assert error == pytest.approx(float(ece(y, p, np.ones((1, y.size)))[0]), rel=1e-12)
    assert sum(b.rows for b in found) == y.size
    assert [b.predicted for b in found] == sorted(b.predicted for b in found)
    assert all(b.observed.lo <= b.observed.value <= b.observed.hi for b in found)


def test_bins_have_equal_counts_and_ties_stay_together() -> None:
    np.testing.assert_array_equal(np.bincount(bins(np.arange(100.0))), np.full(10, 10))
    assert set(bins(np.full(7, 0.3)).tolist()) == {5}


def test_the_ratio_is_predicted_over_observed() -> None:
    y = np.array([0.0, 1.0, 1.0, 0.0])
    found = calibration(y, np.full(4, 0.75), np.arange(4))
    assert found.ratio.value == pytest.approx(1.5)
    assert [(b.rows, b.predicted, b.observed.value) for b in found.bins] == [(4, 0.75, 0.5)]
