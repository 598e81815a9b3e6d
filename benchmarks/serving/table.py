"""The table of what was measured, with the ratios that were promised."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from benchmarks.serving.__main__ import Row

_BOOSTERS = "FastAPI, boosters on stored features"
PROMISES = (
    (
        "/predict, not kept",
        "make serve",
        "/predict new",
        _BOOSTERS,
        "/predict cached",
        0.7,
    ),
    ("/predict, kept", "make serve", "/predict cached", "FastAPI, stored bytes", "/predict cached", 1.3),
    ("exact reasons", "make serve", "/predict reasons", _BOOSTERS, "/explain cached", 0.6),
)
"""What is compared: ours, the peer's, and at most what ratio of processor time was promised; at one connection."""


def shown(rows: Sequence["Row"]) -> Table:
    """Return all rows, then the promised ratios."""
    table = Table("server", "asked", "connections", "ms CPU", "p50 ms", "p99 ms", "a second")
    for row in rows:
        seen = row.load
        numbers = (f"{seen.cpu:.3f}", f"{seen.p50:.2f}", f"{seen.p99:.2f}", f"{seen.rate:,.0f}")
        table.add_row(row.server, row.asked, str(row.connections), *numbers)
    table.add_section()
    cpu = {(row.server, row.asked): row.load.cpu for row in rows if row.connections == 1}
    for what, own, asked, other, theirs, most in PROMISES:
        if (own, asked) in cpu and (other, theirs) in cpu:
            ratio = cpu[own, asked] / cpu[other, theirs]
            verdict = "met" if ratio <= most else "missed"
            table.add_row(what, f"over {other}", "1", f"{ratio:.2f}", "", "", f"promised {most}: {verdict}")
    return table
