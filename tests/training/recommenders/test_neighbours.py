"""Neighbours: the cosine and EASE against their definitions, written out."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from training.recommenders import cosine, ease
from training.recommenders.crowd import Crowd
from training.recommenders.neighbours import Neighbours

ITEMS = 7
taken = st_numpy.arrays(np.bool_, st.tuples(st.integers(1, 30), st.just(ITEMS)))


def crowd_of(x: np.ndarray) -> Crowd:
    """Return the crowd whose products a matrix of customers and products says."""
    begin = np.append(0, np.cumsum(x.sum(1))).astype(np.int64)
    item = np.nonzero(x)[1].astype(np.int32)
    return Crowd(begin, item, np.ones(item.size))


def whole(found: Neighbours, values: np.ndarray) -> np.ndarray:
    """Return the neighbours as a matrix, 0 where there are none."""
    out = np.zeros((ITEMS, ITEMS))
    out[np.repeat(np.arange(ITEMS), np.diff(found.begin)), found.item] = values
    return out


@settings(max_examples=50, deadline=None)
@given(x=taken)
def test_the_cosine_is_of_common_buyers(x: np.ndarray) -> None:
    found = cosine.fit(crowd_of(x), ITEMS)
    both = x.T.astype(float) @ x.astype(float)
    buyers = np.diag(both)
    expected = both / (np.sqrt(np.outer(buyers, buyers)) + cosine.SHRINK)
    expected[both < cosine.SUPPORT] = 0
    np.fill_diagonal(expected, 0)
    np.testing.assert_allclose(whole(found, found.weight), expected)
    shares = np.where(expected > 0, both / np.maximum(buyers, 1)[:, None], 0)
    np.testing.assert_allclose(whole(found, found.share), shares)


@settings(max_examples=50, deadline=None)
@given(x=taken, smallest=st.integers(0, 30))
def test_no_share_is_told_of_fewer_than_the_smallest_group(x: np.ndarray, smallest: int) -> None:
    every, found = cosine.fit(crowd_of(x), ITEMS), cosine.fit(crowd_of(x), ITEMS, smallest)
    both = (x.T.astype(int) @ x.astype(int))[np.repeat(np.arange(ITEMS), np.diff(found.begin)), found.item]
    np.testing.assert_array_equal(found.weight, every.weight)
    np.testing.assert_array_equal(found.share, np.where(both < smallest, np.nan, every.share))


@settings(max_examples=50, deadline=None)
@given(x=taken)
def test_ease_is_the_ridge_of_each_product_on_the_others(x: np.ndarray) -> None:
    found = ease.fit(crowd_of(x), ITEMS)
    gram = x.T.astype(float) @ x.astype(float) + ease.RIDGE * np.eye(ITEMS)
    for j in range(ITEMS):
        others = [i for i in range(ITEMS) if i != j]
        weights = np.linalg.solve(gram[np.ix_(others, others)], gram[others, j])
        np.testing.assert_allclose(whole(found, found.weight)[others, j], np.maximum(weights, 0), atol=2e-6)


def test_the_fifty_nearest_are_kept_ties_by_product(tmp_path: Path) -> None:
    items = 80
    x = np.ones((5, items), np.bool_)
    x[0, 60:] = False  # further away
    begin = np.append(0, np.cumsum(x.sum(1))).astype(np.int64)
    crowd = Crowd(begin, np.nonzero(x)[1].astype(np.int32), np.ones(int(x.sum())))
    found = cosine.fit(crowd, items)
    assert found.item[found.begin[0] : found.begin[1]].tolist() == list(range(1, 51))
    assert found.item[found.begin[3] : found.begin[4]].tolist() == [0, 1, 2, *range(4, 51)]
    found.save(tmp_path / "n.npz")
    again = Neighbours.load(tmp_path / "n.npz")
    assert all((getattr(again, name) == getattr(found, name)).all() for name in ("begin", "item", "weight", "share"))


@pytest.mark.parametrize("fit", [cosine.fit, ease.fit])
def test_nobody_makes_no_neighbours(fit: Any) -> None:
    assert fit(Crowd(np.zeros(1, np.int64), np.empty(0, np.int32), np.empty(0)), ITEMS).item.size == 0
