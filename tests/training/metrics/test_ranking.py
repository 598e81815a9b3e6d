"""Metrics of ranked lists: against scikit-learn and against counts by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from training.metrics.ranking import figures

K = 4
lists = st.lists(st.tuples(st.lists(st.booleans(), max_size=7), st.integers(0, 5)), min_size=1, max_size=6)


@settings(max_examples=80, deadline=None)
@given(some=lists)
def test_ndcg_is_scikit_learns_where_all_that_was_bought_could_be_found(some: list[tuple[list[bool], int]]) -> None:
    found = np.array([one for own, _ in some for one in own], np.bool_)
    owner = np.repeat(np.arange(len(some)), [len(own) for own, _ in some])
    truth = np.array([sum(own) + more for own, more in some])
    told = figures(found, owner, truth, K)
    for row, (own, more) in enumerate(some):
        if truth[row] == 0:
            assert all(np.isnan(values[row]) for values in told.values())
            continue
        relevant = np.array([[*own, *[False] * 2, *[True] * more]], float)  # what is beyond the list is ranked last
        place = np.arange(relevant.size, 0, -1, dtype=float)[None, :]
        place[0, len(own) :] = -np.arange(relevant.size - len(own)) - 100.0
        scored = own + [False] * max(0, K - len(own))
        gains = sum(1 / np.log2(at + 2) for at, hit in enumerate(scored[:K]) if hit)
        ideal = sum(1 / np.log2(at + 2) for at in range(min(K, truth[row])))
        assert told["ndcg@4"][row] == pytest.approx(gains / ideal)
        if not more and len(own) >= K:
            assert told["ndcg@4"][row] == pytest.approx(ndcg_score(relevant, place, k=K))


def test_by_hand() -> None:
    told = figures(np.array([False, True, True, True]), np.array([0, 0, 0, 2]), np.array([3, 2, 1]), 2)
    assert told["recall@2"].tolist() == [1 / 3, 0, 1]
    assert told["precision@2"].tolist() == [0.5, 0, 0.5]
    assert told["hit@2"].tolist() == [1, 0, 1]
    assert told["mrr@2"].tolist() == [0.5, 0, 1]
