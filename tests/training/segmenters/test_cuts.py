"""Cuts: by value, near levels of equal size, with few digits, and the same whatever the order."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from training.segmenters.cuts import cuts, levels


def test_without_ties_the_levels_are_of_equal_size_and_the_cuts_have_few_digits() -> None:
    values = np.random.default_rng(0).gamma(2, 1000, 4000)
    cut = cuts(values, 4)
    assert np.abs(np.bincount(levels(values, cut)) - 1000).max() < 40
    assert all(one == float(f"{one:.3g}") for one in cut)


def test_a_heavy_tie_is_a_level_of_its_own_and_never_divided() -> None:
    values = np.concatenate([np.zeros(500), np.arange(1, 501)]).astype(float)
    assert cuts(values, 2) == (0,)
    assert np.bincount(levels(values, cuts(values, 3)))[0] == 500


def test_fewer_values_than_levels_leave_the_upper_levels_empty() -> None:
    cut = cuts(np.array([3.0, 3.0, 8.0]), 4)
    assert sorted(cut) == list(cut)
    assert set(levels(np.array([3.0, 8.0]), cut).tolist()) == {0, 1}


def test_it_begins_with_cuts_of_before() -> None:
    values = np.random.default_rng(1).permutation(np.arange(1.0, 101))
    assert cuts(values, 2, (3.0,)) == cuts(values, 2) == (50,)


@settings(max_examples=40, deadline=None)
@given(
    values=st.lists(st.integers(-5, 30), min_size=1, max_size=60),
    number=st.integers(2, 5),
    seed=st.integers(0, 9),
)
def test_the_order_of_the_rows_decides_nothing(values: list[int], number: int, seed: int) -> None:
    x = np.array(values, np.float64)
    cut = cuts(x, number)
    assert cut == cuts(np.random.default_rng(seed).permutation(x), number)
    assert len(cut) == number - 1
    assert list(cut) == sorted(cut)
