"""The tables that a person reads: for each segmenter who entered, left, stayed and went where in the newest month."""

import numpy as np
from rich import box
from rich.table import Table

from training.migration.transitions import Transitions

HIDDEN = "?"
"""A cell that is not told."""


def table(one: Transitions) -> Table:
    """Return the newest month's moves, from the segments down to those across; segments of nobody are left out.

    A cell that is not told is HIDDEN, and so is how many stayed of a segment that has one.
    """
    before, after = one.months[-2:]
    counts, hidden, segments = one.counts[-1], one.hidden[-1], one.segments
    said = Table(
        title=f"\n{one.name}: from the end of {before.name} (down) to that of {after.name} (across)",
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
    )
    known = (counts > 0) | hidden
    there = [place for place in range(len(segments)) if known[place].any() or known[:, place].any()]
    said.add_column("from \\ to", no_wrap=True)
    for place in there:
        said.add_column(segments[place].name.replace("_", " "), justify="right")
    for name in ("left", "stayed"):
        said.add_column(name, justify="right")
    cells = np.where(hidden, HIDDEN, [[f"{count:,}" if count else "" for count in own] for own in counts.tolist()])
    for place in there:
        own = counts[place]
        stayed = HIDDEN if hidden[place].any() else f"{own[place] / own.sum():.0%}" if own.sum() else ""
        row = [f"[bold]{cells[place, to]}[/]" if to == place and own[to] else cells[place, to] for to in there]
        said.add_row(segments[place].name.replace("_", " "), *row, cells[place, -1], stayed)
    said.add_row("entered", *(cells[-1, to] for to in there), "", "")
    return said


def left_out(one: Transitions, smallest: int) -> str:
    """Return what is to be said below the table of cells that are not told; empty where all are."""
    count = int(one.hidden[-1].sum())
    if not count:
        return ""
    few = f"some are of fewer than {smallest:,} customers, and the others would tell how many"
    return f"{count:,} cells ({HIDDEN}) are not told: {few}"
