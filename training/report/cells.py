"""Cells: the rows that judge, in groups of which none is of too few customers to be told of."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from features.consent.groups import Group, merged


def cells(
    place: NDArray[np.integer], count: int, customers: NDArray[np.int64], smallest: int
) -> Iterator[tuple[Group, NDArray[np.bool_]]]:
    """Yield the groups of cells that have rows, and which rows are in each; none where a group stays too small.

    Cells are merged with those beside them. A customer who has rows in several cells counts once in each, and once in
    what is merged of them.

    Args:
        place: which cell each row is in, shape (rows,).
        count: how many cells there are.
        customers: who each row belongs to, shape (rows,).
        smallest: how many customers a group has at the least.
    """
    place = np.asarray(place)
    counts = [_customers(customers[place == number]) for number in range(count)]
    found = [(group, np.isin(place, group)) for group in merged(counts, smallest)]
    found = [(group, inside) for group, inside in found if inside.any()]
    if all(_customers(customers[inside]) >= smallest for _, inside in found):
        yield from found


def least(customers: NDArray[np.int64], smallest: int) -> int:
    """Return how many rows are of enough customers, whichever rows they are; 0 where any are."""
    return smallest * int(np.unique(customers, return_counts=True)[1].max(initial=1))


def steps(rows: int, most: int, fewest: int) -> int:
    """Return in how many steps of equal count rows are told: at most so many, of no fewer rows, and one at the least.

    Example:
        >>> steps(1000, 200, 0), steps(1000, 200, 20), steps(10, 200, 20)
        (200, 50, 1)
    """
    return min(most, max(1, rows // fewest)) if fewest else most


def _customers(customers: NDArray[np.int64]) -> int:
    return int(np.unique(customers).size)
