"""Metrics against the field's own implementations, with and without weights."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn import metrics as theirs

from training.metrics import metrics
from training.metrics.metrics import Floats

GENERATOR = np.random.default_rng(3)
ROWS = 400
P = np.round(GENERATOR.uniform(0.01, 0.99, ROWS), 2)  # with ties
Y = (GENERATOR.uniform(size=ROWS) < P).astype(np.float64)
VALUE = np.round(GENERATOR.gamma(0.5, 100, ROWS), 2) * (GENERATOR.uniform(size=ROWS) < 0.8)
FORECAST = np.round(VALUE * GENERATOR.uniform(0.5, 1.5, ROWS) + GENERATOR.gamma(1, 5, ROWS), 1)
COUNTS = GENERATOR.integers(0, 4, (3, ROWS)).astype(np.float64)

HORIZON = 28.0
TIME: Floats = np.floor(GENERATOR.exponential(12, ROWS)).astype(np.float64)
DAYS: Floats = np.minimum(TIME, HORIZON)  # with ties, and a tenth of them censored
NOISE = GENERATOR.uniform(0.3, 1.7, ROWS)
MEDIANS: Floats = np.minimum(TIME * NOISE + 3, HORIZON).round().astype(np.float64)  # with ties, some at the horizon

BINARY: dict[str, Callable[..., float]] = {
    "roc_auc": theirs.roc_auc_score,
    "average_precision": theirs.average_precision_score,
    "brier": theirs.brier_score_loss,
    "log_loss": theirs.log_loss,
}
NUMBERS: dict[str, Callable[..., float]] = {
    "mae": theirs.mean_absolute_error,
    "rmse": theirs.root_mean_squared_error,
}


@pytest.mark.parametrize("name", BINARY)
def test_binary_metrics_are_scikit_learns(name: str) -> None:
    got = metrics.METRICS["binary"][name](Y, P, np.vstack([np.ones(ROWS), COUNTS]))
    expected = [BINARY[name](Y, P)] + [BINARY[name](Y, P, sample_weight=w) for w in COUNTS]
    np.testing.assert_allclose(got, expected, rtol=1e-12)


@pytest.mark.parametrize("name", NUMBERS)
def test_value_metrics_are_scikit_learns(name: str) -> None:
    got = metrics.METRICS["value"][name](VALUE, FORECAST, np.vstack([np.ones(ROWS), COUNTS]))
    expected = [NUMBERS[name](VALUE, FORECAST)] + [NUMBERS[name](VALUE, FORECAST, sample_weight=w) for w in COUNTS]
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_deviance_is_scikit_learns() -> None:
    got = metrics.deviance(VALUE, FORECAST, np.ones((1, ROWS)))
    expected = theirs.mean_tweedie_deviance(VALUE, np.maximum(FORECAST, 0.01), power=metrics.TWEEDIE_POWER)
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_spearman_is_scipys() -> None:
    got = metrics.spearman(VALUE, FORECAST, np.ones((1, ROWS)))
    np.testing.assert_allclose(got, spearmanr(VALUE, FORECAST).statistic, rtol=1e-12)


@pytest.mark.parametrize("task", ["binary", "value", "time"])
def test_a_weight_of_two_is_the_row_twice(task: str) -> None:
    y, p = {"binary": (Y, P), "value": (VALUE, FORECAST), "time": (DAYS, MEDIANS)}[task]
    for name, metric in metrics.METRICS[task].items():
        repeats = COUNTS[0].astype(int)
        repeated = metric(np.repeat(y, repeats), np.repeat(p, repeats), np.ones((1, repeats.sum())))
        np.testing.assert_allclose(metric(y, p, COUNTS[:1]), repeated, rtol=1e-9, err_msg=name)


def test_ece_of_distinct_probabilities_is_that_of_ten_equal_bins() -> None:
    p = GENERATOR.permutation(np.linspace(0.01, 0.9, ROWS))
    bins = np.array_split(np.argsort(p), 10)
    expected = sum(rows.size * abs(Y[rows].mean() - p[rows].mean()) for rows in bins) / ROWS
    np.testing.assert_allclose(metrics.ece(Y, p, np.ones((1, ROWS))), expected, rtol=1e-12)


def test_lift_of_a_perfect_ranking_is_one_over_the_base_rate_when_a_tenth_holds_all() -> None:
    y = np.r_[np.ones(5), np.zeros(95)]
    assert metrics.lift_at_10pct(y, y, np.ones((1, 100)))[0] == pytest.approx(10)
    assert metrics.lift_at_10pct(y, np.full(100, 0.5), np.ones((1, 100)))[0] == pytest.approx(1)


def test_gini_is_one_for_the_truth_minus_one_for_its_reverse_and_zero_for_a_constant() -> None:
    weights = np.ones((1, ROWS))
    assert metrics.gini(VALUE, VALUE, weights)[0] == pytest.approx(1)
    assert metrics.gini(VALUE, -VALUE, weights)[0] == pytest.approx(-1)
    assert metrics.gini(VALUE, np.ones(ROWS), weights)[0] == pytest.approx(0)


def test_total_ratio_is_the_forecast_over_the_outcome() -> None:
    assert metrics.total_ratio(VALUE, VALUE * 1.25, np.ones((1, ROWS)))[0] == pytest.approx(1.25)


@settings(max_examples=40, deadline=None)
@given(order=st.permutations(range(60)))
def test_no_metric_depends_on_the_order_of_rows(order: list[int]) -> None:
    for task, y, p in (("binary", Y, P), ("value", VALUE, FORECAST), ("time", DAYS, MEDIANS)):
        for metric in metrics.METRICS[task].values():
            once: Floats = metric(y[:60], p[:60], np.ones((1, 60)))
            again = metric(y[:60][order], p[:60][order], np.ones((1, 60)))
            np.testing.assert_allclose(once, again, rtol=1e-9)


def _c_index(y: Floats, p: Floats, w: Floats) -> float:
    """Return Harrell's index by its definition: a look at every pair."""
    right = told = 0.0
    for i in range(y.size):
        for j in range(y.size):
            if y[i] < HORIZON and y[i] < y[j]:
                told += w[i] * w[j]
                right += w[i] * w[j] * ((p[j] > p[i]) + (p[j] == p[i]) / 2)
    return float(right / told)


def test_c_index_is_harrells_over_all_pairs_with_ties_censoring_and_weights() -> None:
    weights = np.vstack([np.ones(ROWS), COUNTS, GENERATOR.uniform(size=ROWS)])
    expected = [_c_index(DAYS, MEDIANS, w) for w in weights]
    np.testing.assert_allclose(metrics.c_index(DAYS, MEDIANS, weights), expected, rtol=1e-12)


def test_c_index_is_one_for_the_truth_one_half_for_a_constant_and_unknown_without_a_known_time() -> None:
    one = np.ones((1, ROWS))
    assert metrics.c_index(DAYS, TIME, one)[0] == 1
    assert metrics.c_index(DAYS, -TIME, one)[0] == 0
    assert metrics.c_index(DAYS, np.full(ROWS, 5.0), one)[0] == pytest.approx(0.5)
    assert np.isnan(metrics.c_index(np.full(ROWS, HORIZON), MEDIANS, one)[0])


def test_times_beyond_the_horizon_are_no_returners_and_a_prediction_beyond_it_counts_as_the_horizon() -> None:
    y, p, one = np.array([2.0, 10.0, 28.0]), np.array([5.0, 40.0, 20.0]), np.ones((1, 3))
    assert metrics.mae_returners(y, p, one)[0] == pytest.approx((3 + 18) / 2)
    assert metrics.pinball(y, p, one)[0] == pytest.approx((3 + 18 + 8) / 3 / 2)
    assert metrics.share_early(y, p, one)[0] == pytest.approx(1 / 2)  # the second is predicted beyond the horizon


def test_times_have_no_level() -> None:
    np.testing.assert_array_equal(metrics.levelled("time", DAYS, MEDIANS), MEDIANS)
