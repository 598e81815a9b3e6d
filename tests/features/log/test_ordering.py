"""What follows from the order of a customer's events."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from features.log import ordering

GROUPS = 6

timed = st.lists(st.tuples(st.integers(0, GROUPS - 1), st.integers(-3, 3)), max_size=40)
"""Events as (group, time)."""


@settings(deadline=None)
@given(timed)
def test_instants_numbers_the_different_times_of_each_group(rows: list[tuple[int, int]]) -> None:
    rows = sorted(rows)
    offsets = np.cumsum([0, *(sum(group == g for group, _ in rows) for g in range(GROUPS))])
    different = {g: sorted({time for group, time in rows if group == g}) for g in range(GROUPS)}
    times = np.array([time for _, time in rows], np.int64)
    found = ordering.instants(times, offsets)
    assert found.dtype == np.int32
    assert found.tolist() == [different[group].index(time) for group, time in rows]
