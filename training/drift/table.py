"""The table: a report of drift for people."""

from collections.abc import Iterator

from rich import box
from rich.table import Table

from training.charts import number
from training.drift.figures import Figures
from training.drift.job import Report

WIDTH = 120
"""Where there is no terminal to ask."""
_SHOWN = 8


def told(found: Report) -> Iterator[Table | str]:
    """Yield what is printed: who was looked at, the alarms, what came in, what the probabilities say of themselves."""
    own = found.figures
    if own.short:
        yield own.short
    else:
        yield f"{own.rows:,} customers as of {own.as_of}, beside what version {found.version} saw as of {own.beside}"
        yield _columns(own)
        if own.expected:
            yield _expected(own)
    yield _volumes(found)
    if not found.alarms:
        yield "no alarm"
    for alarm in found.alarms:
        yield f"[red]alarm[/] {alarm.about} {alarm.name}: {alarm.said}{_loss(alarm.loss)}"


def _loss(share: float) -> str:
    return f" (expected loss {share:.1%})" if share else " (no prediction rests on it)"


def _columns(own: Figures) -> Table:
    table = _drawn("those that moved most", "column", "PSI against training", "most before", "limit")
    for one in own.columns[:_SHOWN]:
        shown = [number.decimal(value, 2) for value in (one.psi, one.usual, one.limit)]
        table.add_row(f"{one.about} {one.name}", *shown, style="red" if one.alarm else "")
    return table


def _expected(own: Figures) -> Table:
    table = _drawn("what probabilities say of themselves, before labels", "target", "mean", "AUC", "log loss", "Brier")
    for name, one in own.expected.items():
        cells = [f"{_number(one.now[key])}\n[dim]{_number(one.training[key])}[/]" for key in one.now]
        table.add_row(f"{name}\n[dim]in training[/]", *cells)
    return table


def _volumes(found: Report) -> Table:
    table = _drawn(f"rows of {found.day}", "kind", "source", "rows", "usual")
    for one in found.volumes:
        table.add_row(one.kind, one.source, f"{one.rows:,}", f"{one.usual:,.0f}")
    return table


def _drawn(title: str, *columns: str) -> Table:
    table = Table(title=f"\n{title}", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for place, name in enumerate(columns):
        table.add_column(name, justify="left" if place == 0 or name == "source" else "right")
    return table


def _number(value: float | None) -> str:
    return "" if value is None else number.decimal(value, 3)
