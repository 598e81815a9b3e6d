"""The tables that a person reads: for each segmenter who entered, left, stayed and went where in the newest month."""

from rich import box
from rich.table import Table

from training.migration.transitions import Transitions


def table(one: Transitions) -> Table:
    """Return the newest month's moves, from the segments down to those across; segments of nobody are left out."""
    before, after = one.months[-2:]
    counts, segments = one.counts[-1], one.segmenter.segments
    said = Table(
        title=f"\n{one.segmenter.name}: from the end of {before.name} (down) to that of {after.name} (across)",
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
    )
    there = [place for place in range(len(segments)) if counts[place].any() or counts[:, place].any()]
    said.add_column("from \\ to", no_wrap=True)
    for place in there:
        said.add_column(segments[place].name.replace("_", " "), justify="right")
    for name in ("left", "stayed"):
        said.add_column(name, justify="right")
    for place in there:
        own = counts[place]
        cells = [f"[bold]{_count(own[to])}[/]" if to == place and own[to] else _count(own[to]) for to in there]
        stayed = f"{own[place] / own.sum():.0%}" if own.sum() else ""
        said.add_row(segments[place].name.replace("_", " "), *cells, _count(own[-1]), stayed)
    said.add_row("entered", *(_count(counts[-1, to]) for to in there), "", "")
    return said


def _count(count: int) -> str:
    return f"{count:,}" if count else ""
