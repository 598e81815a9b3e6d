"""The table: each goal, what was reached, and where it was missed by how much."""

from collections.abc import Sequence

from rich import box
from rich.table import Table

from benchmarks.quality.figure import Figure
from benchmarks.quality.goal import Goal


def table(goals: Sequence[Goal], figures: Sequence[Figure]) -> Table:
    """Return a row for each goal; a dash where nothing was measured."""
    shown = Table(
        box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, title="Test figures, 95 % intervals by customer"
    )
    for name in ("", "target", "recipe", "rows", "metric", "got", "interval", "goal", ""):
        shown.add_column(name, no_wrap=True, justify="right" if name in {"rows", "got", "goal"} else "left")
    by_key = {(figure.dataset, figure.target, figure.metric): figure for figure in figures}
    for goal in goals:
        figure = by_key.get((goal.dataset, goal.target, goal.metric))
        wanted = f"1 ± {goal.goal:g}" if goal.better == "near 1" else f"{goal.goal:g}"
        if figure is None:
            shown.add_row(goal.benchmark, goal.target, "-", "-", goal.metric, "-", "-", wanted, "not measured")
            continue
        got = figure.estimate
        shown.add_row(
            goal.benchmark,
            goal.target,
            figure.recipe,
            f"{figure.rows:,}",
            goal.metric,
            f"{got.value:.4g}",
            f"{got.lo:.4g} {got.hi:.4g}",
            wanted,
            "[green]met[/]" if goal.met(got.value) else f"[red]missed by {_miss(goal, got.value):.2g}[/]",
        )
    return shown


def _miss(goal: Goal, value: float) -> float:
    return abs(value - 1) - goal.goal if goal.better == "near 1" else abs(value - goal.goal)
