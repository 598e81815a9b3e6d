"""Blocks: which cells of a month's moves are not told, so that none of few customers follows from those that are.

Who has the tables of several months knows how many were in each segment at the end of each, and so what the hidden
cells of a row or of a column are together. Cells are hidden as blocks therefore: some rows by some columns, with all
their cells. Of a block of two rows and two columns or more, each of which hides `smallest` customers or more, these
sums tell of a single cell only a range that is at least so wide (its Frechet bounds).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]
Block = tuple[list[int], list[int]]
"""The places of its rows and of its columns, ascending."""


def hidden(counts: Counts, smallest: int) -> Mask:
    """Return the cells of one month that are not told.

    Each cell of few begins a block, and blocks that share a row or a column are one. A block that is too small to hide
    its cells grows, by the line that adds least of those that suffice; where it cannot, nothing of the month is told.

    Args:
        counts: of customers, shape (segments + 1, segments + 1); the last place is that of who is not known. Each
            segment has nobody or enough at both ends.
        smallest: customers that are told of at the least; 0 or 1: all is told.
    """
    mask = (counts > 0) & (counts < smallest)
    while True:
        found = blocks(mask)
        for rows, columns in found:
            mask[np.ix_(rows, columns)] = True
        grown = [one for one in found if not _hides(counts, one, smallest)]
        if not grown:
            return mask
        rows, columns = grown[0]
        more = _more(counts, (rows, columns), smallest)
        if more is None:
            return np.ones(counts.shape, np.bool_)
        mask[np.ix_(*more)] = True


def blocks(mask: Mask) -> list[Block]:
    """Return the rows and columns of cells that hang together: each shares a row or a column with another."""
    found: list[tuple[set[int], set[int]]] = []
    for row, column in np.argwhere(mask).tolist():
        touched = [one for one in found if row in one[0] or column in one[1]]
        found = [one for one in found if one not in touched]
        found.append(({row}.union(*(one[0] for one in touched)), {column}.union(*(one[1] for one in touched))))
    return [(sorted(rows), sorted(columns)) for rows, columns in found]


def _hides(counts: Counts, block: Block, smallest: int) -> bool:
    return _weak(counts, block, smallest) is None and _weak(counts.T, block[::-1], smallest) is None


def _weak(counts: Counts, block: Block, smallest: int) -> int | None:
    """Return the column of a block that hides least where that, or the number of its rows, does not suffice; or None.

    No other month tells how many are outside all segments, but the sizes of all segments tell how many more entered
    than left. So where a block has both, their sums are not known, and the cells of segments have to hide each other.
    """
    (rows, columns), outside = block, counts.shape[0] - 1
    if outside in rows and outside in columns:
        rows, columns = rows[:-1], columns[:-1]
    if not columns:
        return None  # the other direction says so
    sums = counts[np.ix_(rows, columns)].sum(0)
    least = int(sums.argmin())
    return columns[least] if len(rows) < 2 or sums[least] < smallest else None  # noqa: PLR2004


def _more(counts: Counts, block: Block, smallest: int) -> Block | None:
    """Return a block with one more row or column, or with both of those outside; None where nothing helps."""
    rows, columns = block
    outside = counts.shape[0] - 1
    if (weak := _weak(counts, block, smallest)) is not None:
        row = _line(counts[:, weak], rows, smallest)
        if row is not None:
            return sorted([*rows, row]), columns
        return (sorted({*rows, outside}), columns) if weak == outside and outside not in rows else None
    weak = _weak(counts.T, (columns, rows), smallest)
    column = None if weak is None else _line(counts[weak], columns, smallest)
    if column is not None:
        return rows, sorted([*columns, column])
    return (rows, sorted({*columns, outside})) if weak == outside and outside not in columns else None


def _line(across: Counts, own: Sequence[int], smallest: int) -> int | None:
    """Return the line to add where this is what each adds: the least that suffices, else the most; outside is last."""
    outside, missing = across.size - 1, smallest - int(across[own].sum())
    others = [place for place in range(across.size) if place not in own and across[place]]
    enough = [place for place in others if across[place] >= missing]
    if enough:
        return min(enough, key=lambda place: (place == outside, across[place], place))
    return max(others, key=lambda place: (place != outside, across[place], -place), default=None)
