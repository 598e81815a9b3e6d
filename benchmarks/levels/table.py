"""The tables: the worth of the cures by business and target, and the origins of the real businesses one by one."""

from collections.abc import Sequence

import numpy as np
from rich import box
from rich.table import Table

from benchmarks.levels.measured import SETS, Origin
from benchmarks.levels.worth import ECE_GOAL, GOALS, Difference, Worth
from features.clock import iso


def worths(found: Sequence[Worth]) -> Table:
    """Return a row for each set of cures of each business and target."""
    shown = _table("|log(predicted / observed)|, mean of the origins; all cures minus those, 95 % intervals by origin")
    for name in ("business", "target", "origins", "cures", "off", "all minus it", "ece", "all minus it "):
        shown.add_column(name, no_wrap=True, justify="left" if name in {"business", "target", "cures"} else "right")
    for one in found:
        for place, name in enumerate(SETS):
            start = (one.group, one.target, str(one.origins)) if not place else ("", "", "")
            shown.add_row(*start, name, f"{one.off[name]:.4f}", _difference(one.gained.get(name)), *_ece(one, name))
        shown.add_section()
    return shown


def _ece(one: Worth, name: str) -> tuple[str, str]:
    return (f"{one.ece[name]:.4f}", _difference(one.ece_gained.get(name))) if one.ece else ("", "")


def _difference(found: Difference | None) -> str:
    if found is None:
        return ""
    text = f"{found.value:+.4f} ({found.lo:+.4f} {found.hi:+.4f})"
    return f"[green]{text}[/]" if found.lower else f"[red]{text}[/]" if found.higher else text


def goals(found: Sequence[Worth], tasks: dict[str, str]) -> Table:
    """Return what was to be reached: how far levels are off, whether all cures halve it, and the ECE."""
    shown = _table("Goals")
    for name in ("business", "target", "off", "by chance", "goal", "of that without", "ece", "goal ", "off / said"):
        shown.add_column(name, no_wrap=True, justify="left" if name in {"business", "target"} else "right")
    for one in found:
        goal, ece = GOALS[tasks[one.target]], one.ece.get("all", np.nan)
        off = _met(one.off["all"], goal)
        half = one.off["all"] / one.off["none"]
        judged = (_met(ece, ECE_GOAL), f"{ECE_GOAL:g}") if one.ece else ("", "")
        shown.add_row(
            one.group, one.target, off, f"{one.chance:.4f}", f"{goal:g}", f"{half:.0%}", *judged, f"{one.surprise:.2f}"
        )
    return shown


def _met(value: float, goal: float) -> str:
    return f"[{'green' if value <= goal else 'red'}]{value:.4f}[/]"


def one_by_one(found: Sequence[Origin]) -> Table:
    """Return a row for each origin: predicted over observed with no cure and with all."""
    shown = _table("Origins one by one: predicted over observed")
    for name in ("business", "target", "origin", "a year of labels", "rows", "recipe", "none", "all", "ece"):
        left = name in {"business", "target", "origin", "a year of labels", "recipe"}
        shown.add_column(name, no_wrap=True, justify="left" if left else "right")
    for one in found:
        ratios = [f"{np.exp(one.off[name]):.3f}" for name in ("none", "all")]
        ece = f"{one.ece['all']:.4f}" if one.task == "binary" else ""
        day, yearly = iso(one.moment)[:10], "yes" if one.yearly else ""
        shown.add_row(one.group, one.target, day, yearly, f"{one.rows:,}", one.recipe, *ratios, ece)
    return shown


def _table(title: str) -> Table:
    return Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, title=title, title_justify="left")
