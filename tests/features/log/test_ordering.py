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


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 1), st.integers(0, 9)), max_size=90))
def test_events_of_an_instant_are_put_in_the_order_of_their_content(rows: list[tuple[int, int, int, int]]) -> None:
    rows = sorted(rows, key=lambda row: row[:3])  # by group, time and kind, as they come
    offsets = np.cumsum([0, *(sum(row[0] == g for row in rows) for g in range(3))])
    time, kind, content = (np.array([row[n] for row in rows], kind) for n, kind in ((1, "i8"), (2, "u1"), (3, "u8")))
    order = ordering.by_content(offsets, time, kind, content)
    assert [rows[place] for place in order] == sorted(rows)
    assert sorted(order.tolist()) == list(range(len(rows)))


def test_codes_are_numbered_anew_as_they_first_come() -> None:
    codes = np.array([2, -1, 0, 2, 1, 5, 5, 3], np.int32)
    offsets = np.array([0, 5, 5, 8])
    assert ordering.renumbered(codes, offsets).tolist() == [0, -1, 1, 0, 2, 0, 0, 1]
