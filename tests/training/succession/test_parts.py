"""The three parts of who changed: they add up exactly, whatever the assignments are."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from training.succession.parts import Parts, numbered, parts

TRIPLES = st.lists(st.tuples(*[st.integers(0, 4)] * 3), max_size=60)


def _split(found: Parts) -> tuple[int, ...]:
    return found.by_customers, found.by_model, found.by_both, found.cancelled


@settings(deadline=None)
@given(TRIPLES)
def test_the_parts_add_up(triples: list[tuple[int, int, int]]) -> None:
    a, b, c = (np.array([one[place] for one in triples], np.int64) for place in range(3))
    found = parts(a, b, c)
    assert found.by_customers + found.by_model + found.by_both == found.changed == int((a != c).sum())
    assert found.moved == int((b != c).sum())
    assert found.cancelled == sum(x != y and x == z for x, y, z in triples)
    assert found.changed + found.cancelled + int(((a == b) & (b == c)).sum()) == found.shared == len(triples)
    shares = found.shares()
    assert all(0 <= share <= 1 for share in shares.values())
    assert not shares or shares["changed"] == found.changed / found.shared
    few = found.shares(3)
    assert ("by_model" in few) == (bool(triples) and not any(0 < n < 3 for n in _split(found)))


@settings(deadline=None)
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
    assert Parts(0, 0, 0, 0, 0).shares() == {}


def test_who_moved_is_told_of_enough_customers_alone() -> None:
    found = Parts(1000, 100, 20, 5, 3)
    assert found.said() == (
        "12.5% of 1,000 customers known then are in another segment: 10.0% did something else, 2.0% by the model, 0.5%"
        " for both; 0.3% cancelled"
    )
    assert found.said(20) == "12.5% of 1,000 customers known then are in another segment"
    assert Parts(1000, 0, 0, 0, 0).said() == "none of 1,000 customers known then is in another segment"
    assert found.said(200) == "of 1,000 customers known then too few changed to tell"
