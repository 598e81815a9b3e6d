"""The tables of KPIs: that of all figures, as files have it, and those that a person reads, one for each segment."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from rich import box
from rich.markup import escape
from rich.table import Table

from features.clock import iso
from training.charts import number
from training.kpis import kpi
from training.kpis.figure import Figure
from training.kpis.job import Kpis
from training.kpis.kpi import KPIS
from training.metrics.bootstrap import Estimate

WIDTH = 150
"""Where there is no terminal to ask."""
_FORMULAS = {one.name: (one.numerator.said, one.denominator.said) for one in KPIS} | {
    name: (above, below) for name, _, _, above, below in kpi.ACQUIRING
}


def rows(found: Kpis, zone: ZoneInfo) -> pa.Table:
    """Return all figures: a row for each segment and KPI; what is not told is null."""
    window = found.windows[0]
    assert window is not None
    own = found.figures
    texts = {name: [getattr(one, name) for one in own] for name in ("segmenter", "segment", "kpi", "unit")}
    estimates = {
        "value": [one.result for one in own],
        "before": [one.before for one in own],
        "change": [one.change for one in own],
        "year_ago": [one.year_ago for one in own],
        "year_change": [one.year_change for one in own],
    }
    columns: dict[str, pa.Array] = {name: pa.array(values, pa.string()) for name, values in texts.items()}
    columns["from"] = pa.array([iso(window.begin, zone)[:10]] * len(own), pa.string())
    columns["to"] = pa.array([iso(window.end, zone)[:10]] * len(own), pa.string())
    columns["members"] = pa.array([one.members for one in own], pa.int64())
    for name, values in estimates.items():
        columns[name] = _known([one.value for one in values])
        columns[f"{name}_low"] = _known([one.lo for one in values])
        columns[f"{name}_high"] = _known([one.hi for one in values])
    columns["numerator"] = _known([one.numerator for one in own])
    columns["denominator"] = _known([one.denominator for one in own])
    columns["numerator_is"] = pa.array([_FORMULAS[one.kpi][0] for one in own], pa.string())
    columns["denominator_is"] = pa.array([_FORMULAS[one.kpi][1] for one in own], pa.string())
    columns["by_membership_today"] = _known([one.today for one in own])
    columns["missing"] = pa.array([one.missing or None for one in own], pa.string())
    return pa.table(columns)


def _known(values: list[float]) -> pa.Array:
    array = np.array(values, np.float64)
    return pa.array(array, mask=~np.isfinite(array))


def told(found: Kpis, zone: ZoneInfo, currency: str, smallest: int) -> Iterator[Table | str]:
    """Yield what is printed of each segment: its figures, who moved, what surveys were about, what is missing."""
    window = found.windows[0]
    assert window is not None
    yield f"KPIs of {window.said(zone)}, of who was in each segment on its first day; * is beyond chance"
    missing: dict[str, list[str]] = {}
    for name, segments in found.segments.items():
        for place, segment in enumerate(segments):
            own = [one for one in found.figures if (one.segmenter, one.segment) == (name, segment)]
            shown = [one for one in own if not one.missing]
            for one in (one for one in own if one.missing.startswith("missing") and one.missing):
                missing.setdefault(one.missing, [])
                if one.kpi not in missing[one.missing]:
                    missing[one.missing].append(one.kpi)
            if not shown:
                yield f"\n{name} / {segment}: no figure ({own[0].missing or 'nobody'})"
                continue
            yield _table(f"\n{escape(f'{name} / {segment}')}: {_moves(found, name, place, smallest)}", shown, currency)
            topics = [one for one in found.topics if (one.segmenter, one.segment) == (name, segment)]
            if topics:
                yield "topics of surveys: " + ", ".join(
                    f"{one.topic} {number.decimal(one.score, 2)} ({one.answers:,} answers)" for one in topics
                )
    for why, kpis in missing.items():
        yield f"not measured: {', '.join(kpis)}: {why}"
    yield from (f"proposed: {one}" for one in found.proposals)


def _moves(found: Kpis, name: str, place: int, smallest: int) -> str:
    """Return how many were in a segment, and who left and joined: a line apart from the figures."""
    moves = found.moves[name]
    if place in moves.hidden(smallest):
        return f"who left and joined is not told: some are fewer than {smallest:,}, or others would tell of fewer"
    counts = [f"{int(one[place]):,}" for one in (moves.began, moves.left, moves.joined, moves.today)]
    return "{} customers on the first day; {} left and {} joined since; {} today".format(*counts)


def _table(title: str, own: list[Figure], currency: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for place, name in enumerate(
        (
            "KPI",
            "value",
            "95 %",
            "before",
            "change",
            "a year ago",
            "change",
            "numerator",
            "denominator",
            "today's members",
        )
    ):
        table.add_column(name, justify="right" if place else "left", no_wrap=True)
    for one in own:
        cells = [
            shown(one.result.value, one.unit, currency),
            span(one.result, one.unit, currency),
            shown(one.before.value, one.unit, currency),
            _change(one.change, one.unit, currency),
            shown(one.year_ago.value, one.unit, currency),
            _change(one.year_change, one.unit, currency),
            number.amount(one.numerator),
            number.amount(one.denominator),
            f"[dim]{shown(one.today, one.unit, currency)}[/]",
        ]
        table.add_row(one.kpi, *cells)
    return table


def shown(value: float, unit: str, currency: str) -> str:
    """Return a figure as people read it."""
    if unit == kpi.SHARE:
        return number.share(value, 2)
    if unit == kpi.MONEY:
        return number.money(value, currency)
    return number.whole(value) if unit == kpi.DAYS else number.decimal(value, 3)


def span(of: Estimate, unit: str, currency: str) -> str:
    """Return an interval as people read it."""
    if not np.isfinite(of.lo):
        return number.MISSING
    return f"{shown(of.lo, unit, currency)} to {shown(of.hi, unit, currency)}"


def _change(of: Estimate, unit: str, currency: str) -> str:
    """Return a change; one beyond chance has a star."""
    if not np.isfinite(of.value):
        return number.MISSING
    text = number.signed(shown(of.value, unit, currency))
    return f"{text} *" if of.excludes_zero else text
