"""Packing: rows in the order of their customers, by time and kind, and keys as small numbers that can be undone."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from features.buckets import packing

PARTS, RANKS = 3, np.array([2, 0, 1, 3], np.int32)
"""The customers of part 1 of 3 have the numbers 1, 4, 7 and 10, and stand in the order 4, 7, 1, 10."""

events = st.lists(
    st.tuples(st.sampled_from([1, 4, 7, 10]), st.integers(-2, 2), st.integers(0, 3), st.booleans()), max_size=40
)
"""Events as (customer, time, kind, whether it is left out), in the order in which they came."""


def rows_of(found: list[tuple[int, int, int, bool]]) -> np.ndarray:
    words = [(who << packing.KIND_BITS | kind, time, place) for place, (who, time, kind, _) in enumerate(found)]
    return np.array(words, np.int64).reshape(-1, 3)


@settings(deadline=None)
@given(events)
def test_rows_are_ordered_by_customer_time_kind_and_place(found: list[tuple[int, int, int, bool]]) -> None:
    out = np.array([place for place, (*_, away) in enumerate(found) if away], np.int64)
    without = np.full(1 << (4 * out.size + 1).bit_length(), -1, np.int64)
    packing.collected(out, without)
    ordered, offsets = packing.ordered(rows_of(found), RANKS, PARTS, without)
    packing.mend(ordered, offsets)
    rank = {who: int(RANKS[who // PARTS]) for who in (1, 4, 7, 10)}
    expected = sorted((rank[who], time, kind, place) for place, (who, time, kind, away) in enumerate(found) if not away)
    assert ordered[:, packing.PLACE].tolist() == [place for *_, place in expected]
    counts = [sum(row[0] == place for row in expected) for place in range(4)]
    assert np.diff(offsets).tolist() == counts


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(-1, 4), max_size=9), max_size=5))
def test_keys_are_numbered_from_0_for_each_customer_in_order_of_appearance(groups: list[list[int]]) -> None:
    offsets = np.cumsum([0, *map(len, groups)])
    rows = np.array([[0, key] for group in groups for key in group], np.int64).reshape(-1, 2)
    expected = []
    for group in groups:
        numbers: dict[int, int] = {}
        expected += [-1 if key < 0 else numbers.setdefault(key, len(numbers)) for key in group]
    assert packing.codes(packing.turned(rows)[1], offsets, -1).tolist() == expected


def test_codes_are_small_numbers_while_there_is_room_and_can_be_undone() -> None:
    table, keys = np.zeros((8, 2), np.int64), np.array([90, 70, 90, -5, 10**12, 11, 70, 12])
    codes, known = packing.coded(keys, table, 0)
    assert (codes.tolist(), known) == ([0, 1, 0, 2, 3, 11, 1, 12], 4)
    assert packing.decoded(codes, table, known).tolist() == keys.tolist()
