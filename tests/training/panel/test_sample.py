"""The sample: whole customers, as many rows as may be, drawn by what they did."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from features.log.log import Log
from training.panel.sample import Sample, hashes, in_order, threshold


def test_the_largest_hash_is_that_up_to_which_the_rows_may_be_had() -> None:
    drawn = np.array([50, 10, 40, 20, 30], np.uint64)
    rows = np.array([1, 4, 2, 3, 5])  # by hash: 4, 3, 5, 2, 1
    assert threshold(drawn, rows, 15) is None
    assert threshold(drawn, rows, 14) == 40
    assert threshold(drawn, rows, 12) == 30
    assert threshold(drawn, rows, 11) == 20
    assert threshold(drawn, rows, 3) == 10  # somebody is


def test_those_who_cannot_be_told_apart_are_drawn_together() -> None:
    drawn, rows = np.array([10, 20, 20, 30], np.uint64), np.array([1, 1, 1, 1])
    assert threshold(drawn, rows, 2) == 10
    assert threshold(drawn, rows, 3) == 20


@given(
    st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 30)), min_size=1, max_size=40), st.integers(30, 300)
)
def test_no_more_rows_are_drawn_than_may_be_and_never_the_half_of_a_customer(
    customers: list[tuple[int, int]], most: int
) -> None:
    drawn = np.array([one for one, _ in customers], np.uint64)
    rows = np.array([many for _, many in customers])
    limit = threshold(drawn, rows, most)
    if limit is None:
        assert rows.sum() <= most
        return
    inside = drawn <= np.uint64(limit)
    alike = drawn == np.uint64(limit)
    assert rows[inside].sum() <= most or np.unique(drawn[inside]).size == 1
    left = np.sort(drawn[~inside])
    assert rows[inside].sum() + rows[drawn == left[0]].sum() > most if left.size else alike.any()


def test_another_seed_draws_others_and_names_say_nothing(log: Log) -> None:
    half = Sample(1, 0, {"everyone": 2**63})
    inside = half.inside(log, "everyone")
    assert 0.4 < inside.mean() < 0.6
    assert half.inside(log, "contacts").all()
    other = Sample(1, 1, {"everyone": 2**63}).inside(log, "everyone")
    assert 0.15 < (inside & other).mean() < 0.35  # as by chance
    np.testing.assert_array_equal(np.sort(in_order(log)), np.arange(len(log.customers)))
    first = log.keys[in_order(log), 0]
    assert (first[1:] >= first[:-1]).all()
    assert hashes(log, 0).dtype == np.uint64
