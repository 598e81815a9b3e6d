"""The compiled loops, against the same in plain Python."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from features.log import ordering

GROUPS, DISTINCT = 5, 4
groups = st.lists(st.integers(0, GROUPS - 1), max_size=60)
timed = st.lists(st.tuples(st.integers(0, GROUPS - 1), st.integers(-3, 3)), max_size=60)
coded = st.lists(st.tuples(st.integers(0, GROUPS - 1), st.integers(-1, DISTINCT - 1)), max_size=60)


def grouped(codes: list[int]) -> tuple[list[int], list[int]]:
    order = sorted(range(len(codes)), key=lambda i: codes[i])  # sorted() is stable
    return [sum(code < g for code in codes) for g in range(GROUPS + 1)], order


@settings(deadline=None)
@given(groups)
def test_group_is_a_stable_sort_with_the_bounds_of_each_group(codes: list[int]) -> None:
    offsets, permutation = ordering.group(np.array(codes, np.int32), GROUPS)
    assert (offsets.tolist(), permutation.tolist()) == grouped(codes)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, GROUPS - 1), st.integers(-3, 3), st.integers(0, 2)), max_size=60))
def test_repair_sorts_each_group_by_time_and_kind_and_keeps_ties(rows: list[tuple[int, int, int]]) -> None:
    codes, times, kinds = ([row[place] for row in rows] for place in range(3))
    offsets, permutation = ordering.group(np.array(codes, np.int32), GROUPS)
    repaired = ordering.repair(np.array(times, np.int64), np.array(kinds, np.uint8), offsets, permutation)
    assert permutation.tolist() == sorted(range(len(rows)), key=lambda i: rows[i])
    before = [[(time, kind) for code, time, kind in rows if code == g] for g in range(GROUPS)]
    assert repaired == sum(group != sorted(group) for group in before)


@settings(deadline=None)
@given(coded)
def test_localise_numbers_codes_in_order_of_appearance_in_each_group(rows: list[tuple[int, int]]) -> None:
    rows = sorted(rows, key=lambda row: row[0])
    offsets, _ = grouped([group for group, _ in rows])
    expected = []
    seen: dict[int, dict[int, int]] = {}
    for group, code in rows:
        numbers = seen.setdefault(group, {})
        expected.append(-1 if code < 0 else numbers.setdefault(code, len(numbers)))
    codes = np.array([code for _, code in rows], np.int32)
    assert ordering.localise(codes, np.array(offsets, np.int64), DISTINCT).tolist() == expected


@settings(deadline=None)
@given(timed)
def test_instants_numbers_the_different_times_of_each_group(rows: list[tuple[int, int]]) -> None:
    rows = sorted(rows)
    offsets, _ = grouped([group for group, _ in rows])
    different = {g: sorted({time for group, time in rows if group == g}) for g in range(GROUPS)}
    times = np.array([time for _, time in rows], np.int64)
    found = ordering.instants(times, np.array(offsets, np.int64))
    assert found.dtype == np.int32
    assert found.tolist() == [different[group].index(time) for group, time in rows]
