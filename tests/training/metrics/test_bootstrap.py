"""Intervals by resampled customers."""

import numpy as np
import pytest

from training.metrics.bootstrap import Estimate, scored

GENERATOR = np.random.default_rng(1)


def _examples(customers: int, rows_each: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    p = np.repeat(GENERATOR.uniform(size=customers), rows_each)
    y = np.repeat((GENERATOR.uniform(size=customers) < p[::rows_each]).astype(np.float64), rows_each)
    return y, p, np.repeat(np.arange(customers), rows_each)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    truth, covered = 5 / 6, 0  # AUC of y ~ Bernoulli(p), p uniform
    for _ in range(40):
        estimate = scored("binary", *_examples(300, 1), draws=200).estimates()["roc_auc"]
        covered += estimate.lo <= truth <= estimate.hi
    assert covered >= 32


def test_repeating_rows_of_the_same_customers_does_not_narrow_the_interval() -> None:
    y, p, customers = _examples(200, 1)
    once = scored("binary", y, p, customers).estimates()["roc_auc"]
    often = scored("binary", np.repeat(y, 9), np.repeat(p, 9), np.repeat(customers, 9)).estimates()["roc_auc"]
    assert (often.hi - often.lo) == pytest.approx(once.hi - once.lo, rel=0.01)


def test_paired_differences_use_the_same_draws() -> None:
    y, p, customers = _examples(300, 2)
    first, second = scored("binary", y, p, customers), scored("binary", y, p**3, customers)
    difference = first.minus(second)["roc_auc"]
    assert (difference.value, difference.lo, difference.hi) == (0, 0, 0)  # the same ranking
    worse = scored("binary", y, GENERATOR.uniform(size=y.size), customers)
    assert first.minus(worse)["roc_auc"].excludes_zero


def test_the_same_predictions_give_the_same_digits() -> None:
    examples = _examples(100, 3)
    assert scored("binary", *examples).estimates() == scored("binary", *examples).estimates()


def test_an_interval_that_holds_zero_does_not_exclude_it() -> None:
    assert not Estimate(0.1, -0.1, 0.2).excludes_zero
    assert Estimate(-0.1, -0.2, -0.05).excludes_zero
