"""EASE: a linear model of which products customers have, from those that they have, each from the others.

Steck (2019), Embarrassingly shallow autoencoders for sparse data: the inverse of the products' Gram matrix.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

from training.recommenders import neighbours
from training.recommenders.crowd import Crowd
from training.recommenders.neighbours import MOST, Neighbours

PRODUCTS = 3000
"""The most bought are in the model; others have no neighbours in it."""
RIDGE = 300.0
_BLOCK = 4096
"""Customers whose products are counted together."""


def fit(crowd: Crowd, items: int) -> Neighbours:
    """Return each product's 50 largest weights, ties by id; a product with none above zero has no neighbour."""
    bought = np.bincount(crowd.item, minlength=items)
    kept = np.sort(np.lexsort((np.arange(items), -bought))[: min(PRODUCTS, int((bought > 0).sum()))])
    if not kept.size:
        return Neighbours.none(items)
    weights = _weights(_gram(crowd, kept, items))
    most = min(MOST, kept.size)
    least = np.maximum(-np.partition(-weights, most - 1, 1)[:, most - 1 :][:, :1], np.finfo(np.float32).tiny)
    above, tied = weights > least, weights == least
    there = above | (tied & (np.cumsum(tied, 1) <= most - above.sum(1, keepdims=True)))
    row, column = np.nonzero(there)
    weight = weights[there].astype(np.float64)
    return neighbours.of_rows(kept[row], kept[column].astype(np.int32), weight, np.full(row.size, np.nan), items)


def _gram(crowd: Crowd, kept: NDArray[np.int64], items: int) -> NDArray[np.float32]:
    """Return how many customers bought two products, shape (kept, kept): counts, which float32 has exactly."""
    place = np.full(items, -1)
    place[kept] = np.arange(kept.size)
    gram = np.zeros((kept.size, kept.size), np.float32)
    for first in range(0, crowd.begin.size - 1, _BLOCK):
        ends = crowd.begin[first : first + _BLOCK + 1]
        column = place[crowd.item[ends[0] : ends[-1]]]
        row = np.repeat(np.arange(ends.size - 1), np.diff(ends))
        x = np.zeros((ends.size - 1, kept.size), np.float32)
        x[row[column >= 0], column[column >= 0]] = 1
        gram += x.T @ x
    return gram


def _weights(gram: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the weight of each product (rows) in the score of each other (columns), from the inverse in place."""
    gram[np.diag_indices_from(gram)] += np.float32(RIDGE)
    factor, failed = lapack.spotrf(gram, lower=1, overwrite_a=1)
    assert not failed, "a Gram matrix with a ridge is positive definite"
    inverse, failed = lapack.spotri(factor, lower=1, overwrite_c=1)
    assert not failed
    whole = np.tril(inverse) + np.tril(inverse, -1).T
    weights: NDArray[np.float32] = whole / -np.diag(whole)[None, :]
    np.fill_diagonal(weights, 0)
    return weights
