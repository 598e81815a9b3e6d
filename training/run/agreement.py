"""Agreement: how two runs of one segmenter divide the customers whom they share."""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from rich import box
from rich.table import Table

from features.consent.groups import enough, merged_each, together
from training.run.assignments import CUSTOMER, SEGMENT, Assignments


class NothingShared(ValueError):
    """Two runs have no customer in common."""


@dataclass(frozen=True)
class Sizes:
    """One segment in both runs."""

    segment: str
    customers: tuple[int, int]
    """How many each run puts there, of all its customers."""
    shares: tuple[float, float]
    stayed: int
    """Of the shared customers whom the first run puts there, how many the second does, too."""
    shared: int
    """How many shared customers the first run puts there."""


@dataclass(frozen=True)
class Agreement:
    """One segmenter in two runs."""

    segmenter: str
    customers: tuple[int, int]
    shared: int
    ari: float
    """The adjusted Rand index of both assignments of the shared customers: 1 is the same partition, 0 is chance."""
    segments: tuple[Sizes, ...]


def agreement(first: Assignments, second: Assignments) -> Agreement:
    """Compare two runs' assignments.

    Raises:
        NothingShared: they share no customer.
    """
    from sklearn.metrics import adjusted_rand_score

    one, other = (told.rows.rename_columns([CUSTOMER, end]) for told, end in ((first, "1"), (second, "2")))
    both = one.join(other, CUSTOMER, join_type="inner")
    if not both.num_rows:
        raise NothingShared(f"{first.segmenter}: the runs share no customer.")
    names = list(dict.fromkeys((*first.segments, *second.segments)))
    return Agreement(
        first.segmenter,
        (one.num_rows, other.num_rows),
        both.num_rows,
        float(adjusted_rand_score(both["1"].to_numpy(), both["2"].to_numpy())),
        _told(names, first.rows, second.rows, both, max(first.smallest, second.smallest)),
    )


def _told(names: list[str], first: pa.Table, second: pa.Table, both: pa.Table, smallest: int) -> tuple[Sizes, ...]:
    """Return the segments; those in which either run has too few customers are told with those beside them.

    Where too few stayed or left even then, all are told as one.
    """
    alone = [_sizes([name], first, second, both) for name in names]
    groups = merged_each([(*one.customers, one.stayed) for one in alone], smallest)
    found = [_sizes([names[place] for place in group], first, second, both) for group in groups]
    if found and all(enough(count, smallest) for one in found for count in _counts(one)):
        return tuple(found)
    whole = _sizes(names, first, second, both)
    return (whole,) if all(enough(count, smallest) for count in _counts(whole)) else ()


def _counts(sizes: Sizes) -> tuple[int, ...]:
    return *sizes.customers, sizes.stayed, sizes.shared - sizes.stayed


def _sizes(names: list[str], first: pa.Table, second: pa.Table, both: pa.Table) -> Sizes:
    own = pa.array(names, pa.string())
    sizes = [_count(pc.is_in(rows[SEGMENT], own)) for rows in (first, second)]
    there, later = pc.is_in(both["1"], own), pc.is_in(both["2"], own)
    return Sizes(
        together(names),
        (sizes[0], sizes[1]),
        (sizes[0] / first.num_rows, sizes[1] / second.num_rows),
        _count(pc.and_(there, later)),
        _count(there),
    )


def _count(mask: pa.ChunkedArray) -> int:
    return int(pc.sum(mask).as_py() or 0)


def table(told: Agreement, names: tuple[str, str]) -> Table:
    """Return an agreement for people; `names` is what to call the runs."""
    shown = Table(
        title=f"\n{told.segmenter}: {told.shared:,} shared customers, of {told.customers[0]:,} and"
        f" {told.customers[1]:,}; adjusted Rand index {told.ari:.3f}",
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        caption="stayed: of the shared customers whom the first run puts there, those whom the second does, too",
        caption_justify="left",
    )
    shown.add_column("segment", no_wrap=True)
    for name in (*names, "stayed"):
        shown.add_column(name, justify="right", no_wrap=True)
    for sizes in told.segments:
        cells = [f"{n:,} ({share:.1%})" for n, share in zip(sizes.customers, sizes.shares, strict=True)]
        stayed = f"{sizes.stayed:,} ({sizes.stayed / sizes.shared:.0%})" if sizes.shared else "-"
        shown.add_row(sizes.segment, *cells, stayed)
    return shown
