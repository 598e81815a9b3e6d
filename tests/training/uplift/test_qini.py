"""Qini: exact on a small table, the same for arms of any size, 0 where an action harms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.uplift.qini import coefficient, counted, gain


def test_a_small_table_is_counted_by_hand() -> None:
    score, treated = np.array([4.0, 3, 2, 1]), np.array([1, 0, 1, 0])
    y = np.array([1.0, 0, 0, 1])
    count, curve = counted(score, treated, y, np.ones(4))
    assert count.tolist() == [0, 1, 2, 3, 4]
    assert curve.tolist() == [0, 1, 1, 1, 0]
    # The area is 3; the perfect ranking, here the same groups first, has the curve 0, 1, 1, 1, 0 at 0, 1, 2, 3, 4 too.
    assert coefficient(score, treated, y) == pytest.approx(1.0)


@given(st.integers(0, 10_000))
def test_it_is_blind_to_the_order_of_rows_to_monotone_scores_and_to_repeated_rows(seed: int) -> None:
    random = np.random.default_rng(seed)
    score, treated = random.integers(0, 6, 80).astype(float), random.integers(0, 2, 80)
    y = random.integers(0, 2, 80).astype(float)
    told = coefficient(score, treated, y)
    order = random.permutation(80)
    assert coefficient(score[order] ** 3, treated[order], y[order]) == pytest.approx(told)
    assert coefficient(np.repeat(score, 3), np.repeat(treated, 3), np.repeat(y, 3)) == pytest.approx(told)
    assert coefficient(score, treated, y, np.full(80, 2.5)) == pytest.approx(told)
    assert coefficient(np.zeros(80), treated, y) == pytest.approx(0, abs=1e-12)


def test_arms_of_nine_to_one_have_the_curve_of_even_arms() -> None:
    curves = []
    for share in (0.5, 0.9):
        random = np.random.default_rng(2)
        x = random.uniform(size=200_000)
        treated = (random.uniform(size=x.size) < share).astype(np.int64)
        y = (random.uniform(size=x.size) < 0.1 + 0.3 * x * treated).astype(float)
        weight = 1 / np.where(treated == 1, share, 1 - share)
        count, curve = counted(x, treated, y, weight)
        at = np.searchsorted(count, np.linspace(0.1, 1, 10) * count[-1] - 1e-6)
        curves.append(curve[at] / x.size)
    assert curves[0] == pytest.approx(curves[1], abs=0.006)
    assert curves[0][-1] == pytest.approx(0.15, abs=0.006)


def test_who_is_only_harmed_is_left_alone_and_equal_scores_count_in_part() -> None:
    part = np.zeros(4, np.int64)
    assert gain(np.array([4.0, 3, 2, 1]), np.full(4, -1.0), part).best == 0
    told = gain(np.array([4.0, 3, 2, 1]), np.array([3.0, 1, -1, -3]), part, 4)
    assert told.gain.tolist() == [0, 0.75, 1, 0.75, 0]
    assert told.best == 0.5
    assert gain(np.zeros(4), np.array([3.0, 1, -1, -3]), part, 4).gain.tolist() == [0] * 5
