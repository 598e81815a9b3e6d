"""The report: what was measured as one table, what was promised as another, and both as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.features.process import Cost


@dataclass(frozen=True)
class Row:
    """One measured process."""

    section: str
    what: str
    cost: Cost
    ratio: float | None = None
    """Its CPU seconds over those of the section's scan."""


@dataclass(frozen=True)
class Bar:
    """A promise, and what was measured of it: the value may be as large as the limit."""

    what: str
    value: float
    limit: float
    unit: str

    @property
    def holds(self) -> bool:
        """Whether the promise is kept."""
        return self.value <= self.limit


@dataclass
class Report:
    """All that a run found, in the order in which it was found."""

    machine: dict[str, str | int]
    settings: dict[str, Any]
    data: dict[str, Any] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def write(self, path: Path) -> None:
        """Write everything as JSON."""
        bars = [asdict(bar) | {"holds": bar.holds} for bar in self.bars]
        path.write_text(json.dumps(asdict(self) | {"bars": bars}, indent=1, default=str), encoding="utf-8")

    def show(self, console: Console) -> None:
        """Print the tables."""
        console.print(_of_rows(self.rows), _of_bars(self.bars))
        for note in self.notes:
            console.print(note)


def _of_rows(rows: Sequence[Row]) -> Table:
    table = Table("process", box=None, title="whole processes, imports included", title_justify="left")
    for name in ("CPU s", "wall s", "peak MB", "CPU / scan"):
        table.add_column(name, justify="right")
    section = ""
    for row in rows:
        if row.section != section:
            section = row.section
            table.add_section()
            table.add_row(f"[bold]{section}")
        ratio = "" if row.ratio is None else f"{row.ratio:.1f}"
        table.add_row(
            f"  {row.what}", f"{row.cost.cpu:.2f}", f"{row.cost.wall:.2f}", f"{row.cost.peak / 1e6:,.0f}", ratio
        )
    return table


def _of_bars(bars: Sequence[Bar]) -> Table:
    table = Table("promise", box=None, title="what was promised", title_justify="left")
    table.add_column("measured", justify="right")
    table.add_column("at most", justify="right")
    table.add_column("")
    for bar in bars:
        verdict = "[green]holds" if bar.holds else "[red]falls short"
        table.add_row(bar.what, f"{bar.value:,.4g} {bar.unit}", f"{bar.limit:,.4g} {bar.unit}", verdict)
    return table
