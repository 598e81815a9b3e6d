"""Metrics of ranked lists, for each customer: what a list of k products finds of what was then bought."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CHOSEN_BY = "ndcg"
"""The metric that methods are chosen by: the largest wins."""


def figures(found: NDArray[np.bool_], owner: NDArray[np.int64], truth: NDArray[np.int64], k: int) -> dict[str, Floats]:
    """Return each metric at k, of every customer who bought something; a list that is shorter than k finds no more.

    Args:
        found: of each product on the lists whether it was bought, a customer's in order: shape (offered,).
        owner: whose list it is on, ascending, shape (offered,).
        truth: how many products each customer bought, shape (customers,).
        k: how many of a list count.

    Returns:
        by name (`ndcg@10` and so on), shape (customers,); NaN for those who bought nothing. NDCG's ideal is that of
        min(k, truth) products.
    """
    place = np.arange(owner.size) - np.searchsorted(owner, owner)
    hit = found & (place < k)
    hits = np.bincount(owner[hit], minlength=truth.size).astype(np.float64)
    gain = np.bincount(owner[hit], 1 / np.log2(place[hit] + 2), minlength=truth.size)
    ideal = np.append(0, np.cumsum(1 / np.log2(np.arange(k) + 2)))[np.minimum(truth, k)]
    first = np.full(truth.size, np.inf)
    np.minimum.at(first, owner[hit], place[hit] + 1.0)
    told = {"ndcg": gain / np.where(ideal > 0, ideal, 1), "recall": hits / np.maximum(truth, 1)}
    told |= {"precision": hits / k, "hit": (hits > 0).astype(np.float64), "mrr": 1 / first}
    return {f"{name}@{k}": np.where(truth > 0, values, np.nan) for name, values in told.items()}
