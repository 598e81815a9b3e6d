"""Hidden cells: none of few follows from what is told and from how many were in each segment at both ends."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from training.migration.blocks import hidden

SMALLEST = 5
CELL = st.one_of(st.just(0), st.integers(0, 8), st.integers(0, 60))
TABLES = st.integers(2, 5).flatmap(lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=n, max_size=n))


def _range(counts: NDArray[np.int64], mask: NDArray[np.bool_], cell: tuple[int, int]) -> tuple[float, float]:
    """Return between which numbers a hidden cell may be for who knows the told ones and the sizes of segments."""
    from scipy.optimize import linprog

    unknown = [tuple(one) for one in np.argwhere(mask).tolist()]
    outside = counts.shape[0] - 1
    rules = [[one[axis] == place for one in unknown] for axis in (0, 1) for place in range(outside)]
    sums = [
        sum(int(counts[one]) for one in unknown if one[axis] == place) for axis in (0, 1) for place in range(outside)
    ]
    bounds = [(0, 0 if one == (outside, outside) else None) for one in unknown]
    cost = np.array([one == cell for one in unknown], float)
    ends = [linprog(sign * cost, A_eq=rules, b_eq=sums, bounds=bounds) for sign in (1, -1)]
    return tuple(np.inf if one.status == 3 else float(sign * one.fun) for sign, one in zip((1, -1), ends, strict=True))  # type: ignore[return-value]


@settings(deadline=None, max_examples=40)
@given(TABLES)
def test_a_cell_of_few_may_be_of_enough_for_all_that_is_told(rows: list[list[int]]) -> None:
    counts = np.array(rows, np.int64)
    counts[-1, -1] = 0
    sizes = [*counts.sum(0)[:-1], *counts.sum(1)[:-1]]
    if any(0 < size < SMALLEST for size in sizes):
        return
    mask = hidden(counts, SMALLEST)
    assert not ((counts > 0) & (counts < SMALLEST) & ~mask).any()
    for cell in np.argwhere((counts > 0) & (counts < SMALLEST)).tolist():
        least, most = _range(counts, mask, (cell[0], cell[1]))
        assert most - least >= SMALLEST - 1e-6
