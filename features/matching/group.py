"""Groups: the customers that all proposals together would make, and which of them have too many identifiers."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components


def groups(one: NDArray[np.int64], other: NDArray[np.int64], customers: int) -> NDArray[np.int64]:
    """Return for each customer the smallest place in its group, shape (customers,).

    Args:
        one: places of customers that are proposed to be one with `other`, shape (pairs,).
        other: the places of those.
        customers: how many there are.
    """
    links = coo_matrix((np.ones(one.size, np.int8), (one, other)), shape=(customers, customers))
    _, label = connected_components(links, directed=False)
    _, first, which = np.unique(label, return_index=True, return_inverse=True)
    return first[which].astype(np.int64)


def beyond(group: NDArray[np.int64], held: NDArray[np.int64], limits: Mapping[str, int]) -> dict[int, str]:
    """Return by group what it would have too many of, were all its customers one.

    Args:
        group: of each customer, shape (customers,).
        held: how many identifiers of each kind each customer has, shape (customers, kinds).
        limits: by kind, in the order of `held`, how many one customer may have.
    """
    sums = np.zeros_like(held)
    np.add.at(sums, group, held)
    members = np.bincount(group, minlength=group.size)
    over = (sums > np.array(list(limits.values()))) & (members > 1)[:, None]
    told: dict[int, str] = {}
    for place in np.flatnonzero(over.any(axis=1)).tolist():
        kinds = [
            f"{sums[place, number]} {kind} (limit {limit})"
            for number, (kind, limit) in enumerate(limits.items())
            if over[place, number]
        ]
        told[place] = f"the group would have {', '.join(kinds)}"
    return told
