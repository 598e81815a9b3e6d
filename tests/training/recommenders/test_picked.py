"""Picked: lists keep caps and variants, hold nothing that is forbidden or asked about, and are never padded."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.recommenders.picked import picked

COUNT = 12
codes = st.lists(st.integers(-1, 3), min_size=COUNT, max_size=COUNT)
some = st.sets(st.integers(0, COUNT - 1))


def _array(values: Any) -> np.ndarray[Any, np.dtype[np.int32]]:
    return np.array(list(values), np.int32)


@settings(deadline=None)
@given(
    ranked=st.permutations(range(COUNT)).flatmap(lambda every: st.integers(0, COUNT).map(lambda n: every[:n])),
    k=st.integers(0, 8),
    categories=codes,
    parent=st.lists(st.integers(0, 5), min_size=COUNT, max_size=COUNT),
    cap=st.lists(st.integers(0, 3), min_size=4, max_size=4),
    forbidden=some,
    context=some,
)
def test_a_list_is_the_best_that_rules_allow(
    ranked: list[int],
    k: int,
    categories: list[int],
    parent: list[int],
    cap: list[int],
    forbidden: set[int],
    context: set[int],
) -> None:
    expected: list[int] = []
    for item in ranked:
        of = [one for one in expected if categories[one] == categories[item]]
        full = categories[item] >= 0 and len(of) >= cap[categories[item]]
        variant = parent[item] in {parent[one] for one in (*expected, *context)}
        if len(expected) < k and item not in forbidden | context and not full and not variant:
            expected.append(item)
    given_ = _array(ranked), k, _array(categories), _array(parent), np.array(cap, np.int64)
    assert picked(*given_, _array(forbidden), _array(context)).tolist() == expected


def test_several_variants_are_listed_where_they_are_asked_for() -> None:
    ranked, none = _array([2, 0, 1]), _array([])
    every = ranked, 5, _array([-1, -1, -1])
    assert picked(*every, _array([0, 0, 1]), np.empty(0, np.int64)).tolist() == [2, 0]
    assert picked(*every, none, np.empty(0, np.int64)).tolist() == [2, 0, 1]
    with pytest.raises(ValueError, match="negative"):
        picked(*every, none, np.empty(0, np.int64), context=_array([-1]))
