"""The three parts of who changed: they add up exactly, whatever the assignments are."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.succession.parts import Parts, numbered, parts

TRIPLES = st.lists(st.tuples(*[st.integers(0, 4)] * 3), max_size=60)


@given(TRIPLES)
def test_the_parts_add_up(triples: list[tuple[int, int, int]]) -> None:
    a, b, c = (np.array([one[place] for one in triples], np.int64) for place in range(3))
    found = parts(a, b, c)
    assert found.by_customers + found.by_model + found.by_both == found.changed == int((a != c).sum())
    assert found.moved == int((b != c).sum())
    assert found.cancelled == sum(x != y and x == z for x, y, z in triples)
    assert found.changed + found.cancelled + int(((a == b) & (b == c)).sum()) == found.shared == len(triples)
    assert all(0 <= share <= 1 for share in found.shares.values())
    assert not found.shares or found.shares["changed"] == (found.changed / found.shared)


@given(TRIPLES)
def test_the_same_model_moves_nobody(triples: list[tuple[int, int, int]]) -> None:
    a, b = (np.array([one[place] for one in triples], np.int64) for place in range(2))
    found = parts(a, b, b)
    assert (found.by_model, found.by_both, found.cancelled, found.moved) == (0, 0, 0, 0)
    assert found.by_customers == found.changed


def test_segments_of_one_name_are_one() -> None:
    a, c = numbered((("low", "top"), np.array([0, 1, 1])), (("top", "new", "low"), np.array([2, 0, 1])))
    assert (a == c).tolist() == [True, True, False]


def test_nobody_has_no_shares() -> None:
    assert Parts(0, 0, 0, 0, 0).shares == {}
