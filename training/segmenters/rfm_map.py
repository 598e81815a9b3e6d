"""The map of RFM: which segment each cell of scores is, by default or as a dataset file says it."""

import re
from collections.abc import Mapping, Sequence
from itertools import groupby

from features.nearest import nearest
from training.segmenters.segment import NO_PURCHASE, Segment

LEVELS = 5

NEW, NOT_NEW = "new", "promising"
"""Who is new bought for the first time since the cut below the recency score of 4; the others of the cell are not."""

SEGMENTS = (
    Segment("champions", "Champions", "bought recently, often and much", "thank them first, let them speak for you"),
    Segment(
        "loyal", "Loyal customers", "buy often and much, a little while ago", "keep the habit, offer what goes with it"
    ),
    Segment(
        "potential_loyalists",
        "Potential loyalists",
        "bought recently, fairly often",
        "offer membership, more kinds of goods",
    ),
    Segment(
        "new", "New customers", "bought for the first time, very recently", "welcome them, help with what they bought"
    ),
    Segment("promising", "Promising", "bought recently, but little so far", "bring back what they looked at"),
    Segment("need_attention", "Need attention", "middling in everything, drifting", "remind them, for a limited time"),
    Segment("about_to_sleep", "About to sleep", "below the middle, a while ago", "show what is popular and new"),
    Segment(
        "at_risk", "At risk", "used to buy often, not for a while", "win them back in person, before they are gone"
    ),
    Segment("cannot_lose", "Cannot lose them", "were among the best, longest ago", "call them, ask why"),
    Segment("hibernating", "Hibernating", "bought little, long ago", "an offer now and then, at low cost"),
    Segment("lost", "Lost", "bought little, longest ago", "one last try, then leave them in peace"),
    NO_PURCHASE,
)

GRID = (
    ("lost", "lost", "at_risk", "cannot_lose", "cannot_lose"),
    ("hibernating", "hibernating", "at_risk", "at_risk", "at_risk"),
    ("about_to_sleep", "about_to_sleep", "need_attention", "loyal", "loyal"),
    ("promising", "potential_loyalists", "potential_loyalists", "champions", "champions"),
    ("new", "potential_loyalists", "potential_loyalists", "champions", "champions"),
)
"""Down: the recency score from 1, the longest silence, to 5. Across: the mean of the other scores, from 1 to 5."""

BEFORE = (
    ("lost", "lost", "at_risk", "at_risk", "cannot_lose"),
    (*GRID[1][:4], "cannot_lose"),
    GRID[2],
    (*GRID[3][:3], "loyal", "loyal"),
    GRID[4],
)
"""That of release 0.1.0."""
Grid = tuple[tuple[str, ...], ...]

_RANGE = re.compile(r"R([1-5])(?:-([1-5]))? FM([1-5])(?:-([1-5]))?")


def of_rows(rows: Sequence[Sequence[str]]) -> Grid:
    """Return the grid of rows of names as people write them: R5, the most recent, first; FM1 to FM5 across.

    Raises:
        ValueError: cells are missing, or there are too many.
    """
    if len(rows) != LEVELS:
        raise ValueError(f"map: got {len(rows)} rows; {LEVELS} are needed, R5 first.")
    for place, row in enumerate(rows):
        if len(row) != LEVELS:
            name = f"R{LEVELS - place}"
            missing = ", ".join(f"{name} FM{number}" for number in range(len(row) + 1, LEVELS + 1))
            what = f"missing: {missing}" if missing else f"there are {LEVELS} cells in a row"
            raise ValueError(f"map: got {len(row)} names for {name}; {what}.")
    return tuple(map(tuple, reversed(rows)))


def of_ranges(rules: Mapping[str, Sequence[str]]) -> Grid:
    """Return the grid of ranges of scores, such as `R4-5 FM4-5`, by the name of the segment.

    Raises:
        ValueError: a range is none, or they are no partition; the message names the cells that overlap or are missing.
    """
    found: dict[tuple[int, int], list[str]] = {}
    for name, ranges in rules.items():
        for one in ranges:
            read = _RANGE.fullmatch(one)
            if read is None:
                raise ValueError(f"rules.{name}: got {one!r}; ranges such as 'R5 FM4-5' or 'R1-2 FM3' are allowed.")
            r, r_last, fm, fm_last = read.groups()
            for cell in _cells((int(r), int(r_last or r)), (int(fm), int(fm_last or fm))):
                found.setdefault(cell, []).append(name)
    every = _cells((1, LEVELS), (1, LEVELS))
    twice = [f"R{r} FM{fm} ({' and '.join(found[r, fm])})" for r, fm in every if len(found.get((r, fm), ())) > 1]
    missing = [f"R{r} FM{fm}" for r, fm in every if (r, fm) not in found]
    wrong = [f"{what}: {', '.join(cells)}" for what, cells in (("missing", missing), ("overlapping", twice)) if cells]
    if wrong:
        raise ValueError(f"rules: got no partition; {'; '.join(wrong)}.")
    levels = range(1, LEVELS + 1)
    return tuple(tuple(found[r, fm][0] for fm in levels) for r in levels)


def named(grid: Grid, texts: Mapping[str, Mapping[str, str]]) -> tuple[Segment, ...]:
    """Return the segments of a grid: ours in our order, then others in the order in which the best rows name them.

    Args:
        grid: the names.
        texts: by name, title, meaning and action, where they are others than ours.

    Raises:
        ValueError: a name is neither ours nor has a text, or there is a text for a name that the grid has not.
    """
    ours = {segment.name: segment for segment in SEGMENTS if segment is not NO_PURCHASE}
    used = dict.fromkeys(name for row in reversed(grid) for name in reversed(row))
    for name in used:
        allowed = name in texts and name != NO_PURCHASE.name and re.fullmatch("[a-z][a-z0-9_]*", name)
        if name not in ours and not allowed:
            hint = nearest(name, tuple(ours))
            raise ValueError(
                f"map: got {name!r}; a name of your own is in small letters and has a text in names.{hint}"
            )
    for name in texts:
        if name not in used:
            raise ValueError(f"names: got {name!r}, which no cell has.{nearest(name, tuple(used))}")
    added = (NOT_NEW,) if NEW in used and NOT_NEW not in used else ()
    order = [*(name for name in ours if name in used or name in added), *(name for name in used if name not in ours)]
    return (*(_segment(name, ours.get(name), texts.get(name, {}), grid) for name in order), NO_PURCHASE)


def _segment(name: str, ours: Segment | None, text: Mapping[str, str], grid: Grid) -> Segment:
    title = text.get("title") or (ours.title if ours else name.replace("_", " ").capitalize())
    meaning = text.get("meaning") or (ours.meaning if ours else f"scores {_ranges(name, grid)}")
    return Segment(name, title, meaning, text.get("action") or (ours.action if ours else ""))


def _ranges(name: str, grid: Grid) -> str:
    """Return the cells of a name as people write them, such as `R4 FM1-5, R5 FM5`."""
    told = []
    for r, row in enumerate(grid, 1):
        for one, run in groupby(enumerate(row, 1), lambda cell: cell[1]):
            places = [fm for fm, _ in run]
            if one == name:
                told.append(f"R{r} FM{places[0]}" + (f"-{places[-1]}" if places[1:] else ""))
    return ", ".join(told)


def _cells(r: tuple[int, int], fm: tuple[int, int]) -> list[tuple[int, int]]:
    """Return the cells of two ranges, ends included, in either order."""
    down, across = (range(min(pair), max(pair) + 1) for pair in (r, fm))
    return [(one, other) for one in down for other in across]
