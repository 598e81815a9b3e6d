"""Groups: cells of a table, merged until none is of so few customers that it tells of single ones."""

from collections.abc import Sequence
from operator import add

Group = tuple[int, ...]
"""The places of the cells that are told as one, ascending."""


def merged(counts: Sequence[int], smallest: int) -> tuple[Group, ...]:
    """Merge cells that are next to each other until each has enough customers: sums stay, nothing is left out.

    The smallest cell goes first, and to the smaller of its neighbours; of equals the former. Since cells are merged and
    none is hidden, what is told less any of it is again a sum of groups. Cells of nobody are told as they are.

    Args:
        counts: of customers, by cell, in the order in which they are told.
        smallest: customers of a group at the least; 0 or 1: nothing is merged.

    Returns:
        The groups in the order of their first cells; none where all cells together are too few.

    Example:
        >>> merged([50, 3, 8, 40], 20)
        ((0,), (1, 2, 3))
    """
    return merged_each([(count,) for count in counts], smallest)


def merged_each(counts: Sequence[tuple[int, ...]], smallest: int) -> tuple[Group, ...]:
    """Merge cells of which several counts are told, until each of these is of nobody or of enough; as `merged` does.

    Args:
        counts: of each cell, in the order in which they are told; of all as many.
        smallest: customers at the least.
    """
    groups: list[Group] = [(place,) for place, own in enumerate(counts) if any(own)]
    sums = [own for own in counts if any(own)]
    while sums and min(map(_least, sums)) < smallest:
        if len(sums) == 1:
            return ()
        sizes = list(map(_least, sums))
        least = sizes.index(min(sizes))
        beside = [place for place in (least - 1, least + 1) if 0 <= place < len(sizes)]
        first = min(least, min(beside, key=lambda place: sizes[place]))
        groups[first : first + 2] = [groups[first] + groups[first + 1]]
        sums[first : first + 2] = [tuple(map(add, sums[first], sums[first + 1]))]
    return tuple(sorted([*groups, *((place,) for place, own in enumerate(counts) if not any(own))]))


def _least(counts: tuple[int, ...]) -> int:
    """Return the smallest count of somebody."""
    return min(count for count in counts if count)


def enough(count: int, smallest: int) -> bool:
    """Return whether so many customers may be told of: nobody, or not too few.

    Example:
        >>> [enough(count, 20) for count in (0, 1, 19, 20)]
        [True, False, False, True]
    """
    return not 0 < count < smallest


def hidden(cells: Sequence[tuple[int, ...]], smallest: int) -> set[int]:
    """Return the cells of a whole, itself told, that are not told: of few, and as many more that the rest tells nobody.

    One cell of few follows from the whole less all others: so the next smaller ones go with it, until those that are
    not told are of enough together.

    Args:
        cells: of each, all counts of customers that are told of it; of all as many.
        smallest: customers at the least.

    Example:
        >>> sorted(hidden([(500,), (100,), (5,), (0,)], 20))
        [1, 2]
    """
    found = {place for place, own in enumerate(cells) if not all(enough(count, smallest) for count in own)}
    rest = sorted((sum(own), place) for place, own in enumerate(cells) if place not in found and any(own))
    while rest and not all(enough(sum(own), smallest) for own in zip(*(cells[one] for one in found), strict=True)):
        found.add(rest.pop(0)[1])
    return found


def said(count: int, smallest: int) -> str:
    """Return a count of customers for people; one of too few is told as that.

    Example:
        >>> said(1234, 20), said(3, 20), said(3, 0)
        ('1,234', 'fewer than 20', '3')
    """
    return f"{count:,}" if enough(count, smallest) else f"fewer than {smallest:,}"


def together(names: Sequence[str]) -> str:
    """Return what cells that are told as one are called.

    Example:
        >>> together(["New customers"]), together(["At risk", "Lost"])
        ('New customers', 'At risk, Lost (merged: few customers)')
    """
    return names[0] if len(names) == 1 else f"{', '.join(names)} (merged: few customers)"
