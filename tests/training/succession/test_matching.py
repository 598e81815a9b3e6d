"""Segments matched by the customers they share: kept, split, merged, new, vanished."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from training.segmenters import Segment
from training.segmenters.segment import NO_PURCHASE
from training.succession.matching import SAME, Matching, matched


def _segments(count: int) -> tuple[Segment, ...]:
    return tuple(Segment(f"s{number}", f"S {number}", "") for number in range(count))


def _places(*counts: int) -> NDArray[np.int32]:
    """Return customers in runs: so many of the first, of the second ..."""
    return np.repeat(np.arange(len(counts), dtype=np.int32), counts)


def _matched(before: NDArray[np.int32], after: NDArray[np.int32]) -> Matching:
    return matched(_segments(int(before.max()) + 1), _segments(int(after.max()) + 1), before, after)


def test_an_order_that_changed_changes_no_segment() -> None:
    before = _places(10, 20, 30)
    found = _matched(before, np.array([2, 0, 1], np.int32)[before])
    assert found.kept() == {2: 0, 0: 1, 1: 2}
    assert found.whole
    assert all(one.jaccard == 1 for one in found.segments)


def test_a_split_one_is_named_as_such() -> None:
    found = _matched(_places(20, 10), _places(10, 10, 10))
    assert [(one.how, one.of) for one in found.segments] == [("split", (0,)), ("split", (0,)), ("kept", (1,))]
    assert [(one.place, one.into) for one in found.vanished] == [(0, (0, 1))]
    larger = _matched(_places(20, 10), _places(15, 5, 10))
    assert [one.how for one in larger.segments] == ["kept", "split", "kept"]
    assert not larger.vanished


def test_a_merged_one_is_named_as_such() -> None:
    found = _matched(_places(10, 10, 5), _places(20, 5))
    assert [(one.how, one.of) for one in found.segments] == [("merged", (0, 1)), ("kept", (2,))]
    assert [(one.place, one.into) for one in found.vanished] == [(0, (0,)), (1, (0,))]


def test_one_of_some_of_everybody_is_new() -> None:
    before = _places(30, 30, 30)
    after = before.copy()
    after[[*range(8), *range(30, 38), *range(60, 68)]] = 3
    found = _matched(before, after)
    assert [one.how for one in found.segments] == ["kept", "kept", "kept", "new"]
    assert found.segments[3].of == ()


def test_who_never_purchased_stay_that() -> None:
    old, new = (*_segments(1), NO_PURCHASE), (*_segments(2), NO_PURCHASE)
    found = matched(old, new, np.array([0, 0, 0, 0], np.int32), np.array([0, 0, 0, 2], np.int32))
    assert found.kept() == {0: 0, 2: 1}
    nobody = matched(old, new, np.array([0, 0], np.int32), np.array([0, 0], np.int32))
    assert nobody.kept() == {0: 0, 2: 1}


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5)), min_size=1, max_size=80))
def test_what_is_kept_is_the_optimal_assignment_of_what_may_be(pairs: list[tuple[int, int]]) -> None:
    before, after = (np.array([one[place] for one in pairs], np.int32) for place in range(2))
    found = matched(_segments(5), _segments(6), before, after)
    jaccard = np.zeros((5, 6))
    for old in range(5):
        for new in range(6):
            union = ((before == old) | (after == new)).sum()
            jaccard[old, new] = ((before == old) & (after == new)).sum() / union if union else 0
    rows, columns = linear_sum_assignment(-np.where(jaccard > SAME, jaccard, 0))
    best = {new: old for old, new in zip(rows.tolist(), columns.tolist(), strict=True) if jaccard[old, new] > SAME}
    assert best.items() <= found.kept().items()
    beyond = found.kept().items() - best.items()
    assert all(old == new and old not in before and new not in after for new, old in beyond)  # empty, of one name
    assert len(set(found.kept().values())) == len(found.kept())
    lost = {one.place for one in found.vanished}
    assert lost | set(found.kept().values()) == set(range(5))
    assert all(first.place < second.place for first, second in pairwise(found.segments))
