"""Rank-weighted effects: exact on small tables, blind to what must not matter, right in their error."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.uplift.rate import AUTOC, QINI, rate


def test_of_two_customers_the_area_is_told_by_hand() -> None:
    # TOC is 2 - 1 over the first half and falls to 0: the gain curve rises to 1 at one half, a draw by lot to .5.
    assert rate(np.array([2.0, 1.0]), np.array([2.0, 0.0])).value == pytest.approx(0.25)
    assert rate(np.array([1.0, 2.0]), np.array([2.0, 0.0])).value == pytest.approx(-0.25)


def test_autoc_of_two_customers_is_told_by_hand() -> None:
    # The slopes of -t log t over the halves: log 2, and -log 2.
    assert rate(np.array([2.0, 1.0]), np.array([2.0, 0.0]), AUTOC).value == pytest.approx(np.log(2))


@given(st.integers(0, 10_000))
def test_order_of_rows_and_scale_of_scores_do_not_matter_and_ties_are_cut_by_value(seed: int) -> None:
    random = np.random.default_rng(seed)
    score, effect = random.integers(0, 5, 60).astype(float), random.normal(size=60)
    order = random.permutation(60)
    for weighting in (QINI, AUTOC):
        told = rate(score, effect, weighting)
        again = rate(np.exp(score[order]), effect[order], weighting)
        assert again.value == pytest.approx(told.value, abs=1e-12)
        np.testing.assert_allclose(again.influence, told.influence[order], atol=1e-9)
        assert rate(score, effect + 7, weighting).value == pytest.approx(told.value, abs=1e-9)
        assert rate(np.zeros(60), effect, weighting).value == pytest.approx(0, abs=1e-12)


def test_the_error_is_that_of_repeated_samples_and_nothing_is_found_where_nothing_is() -> None:
    for weighting in (QINI, AUTOC):
        random = np.random.default_rng(0)
        told = [rate(random.normal(size=400), random.normal(1, 1, 400), weighting) for _ in range(2000)]
        values, errors = np.array([one.value for one in told]), np.array([one.error for one in told])
        assert errors.mean() == pytest.approx(values.std(), rel=0.06)
        false = np.mean([one.estimate.excludes_zero for one in told])
        assert 0.035 <= false <= 0.07


def test_the_error_holds_where_ranks_matter() -> None:
    random = np.random.default_rng(1)
    told = []
    for _ in range(1500):
        score = random.exponential(size=300)
        told.append(rate(score, 3 * score + random.normal(size=300)))
    assert np.mean([one.error for one in told]) == pytest.approx(np.std([one.value for one in told]), rel=0.08)
