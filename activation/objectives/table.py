"""The table of objectives that a person reads."""

from collections.abc import Iterator, Sequence

import numpy as np
from rich import box
from rich.markup import escape
from rich.table import Table

from activation.objectives.job import Standing
from training.kpis.table import shown, span
from training.metrics.bootstrap import Estimate

WIDTH = 150
"""Where there is no terminal to ask."""
_COLUMNS = ("name", "segment", "KPI", "objective", "before", "now", "95 %", "status", "action", "goal")


def told(found: Sequence[Standing], currency: str) -> Iterator[Table | str]:
    """Yield the objectives, those without a goal apart, then what is to be said of single ones."""
    for title, own in (
        ("objectives", [one for one in found if one.objective.goal]),
        ("objectives without a goal", [one for one in found if not one.objective.goal]),
    ):
        if own:
            yield _table(f"\n{title}", own, currency)
    for one in found:
        if one.status.why:
            yield f"{one.name}: {one.status.status}: {one.status.why}"
        if one.warning:
            yield f"{one.name}: implausible: {one.warning}"


def _table(title: str, own: Sequence[Standing], currency: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in _COLUMNS:
        table.add_column(name, justify="right" if name in {"before", "now", "95 %"} else "left")
    for one in own:
        status, objective = one.status, one.objective
        aim = str(objective.change) + (
            f" = {shown(status.target, objective.unit, currency)}" if np.isfinite(status.target) else ""
        )
        table.add_row(
            escape(one.name),
            escape(one.segment),
            objective.kpi,
            f"{aim} by {objective.by}, since {one.begins}",
            shown(status.before, objective.unit, currency),
            shown(status.value, objective.unit, currency),
            span(Estimate(status.value, status.lo, status.hi), objective.unit, currency),
            status.status,
            escape(objective.action),
            escape(objective.goal),
        )
    return table
