"""The status of an objective, by the interval of its KPI, and whether such a change was ever made in as long a time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from activation.objectives.objective import Objective
from training.kpis.figure import Figure
from training.kpis.kpi import SHARE

ON_TRACK, BEHIND, MET, MISSED, REFUSED, UNTOLD = "on track", "behind", "met", "missed", "refused", "not told"


@dataclass(frozen=True)
class Status:
    """How an objective stands."""

    status: str
    why: str = ""
    value: float = np.nan
    """Now."""
    lo: float = np.nan
    hi: float = np.nan
    before: float = np.nan
    """In as long a time before its first day."""
    target: float = np.nan


def status(objective: Objective, figure: Figure, share: float) -> Status:
    """Return how an objective stands.

    It is met where the whole interval has reached the target. While it runs, it is behind where the whole interval
    falls short of the straight way from what was before to the target; when it is over, what is not met is missed.

    Args:
        objective: the declaration.
        figure: of the members of its first day, from then up to where the data are complete, or to its last day.
        share: how much of its time has passed, up to 1.
    """
    if why := _untold(objective, figure):
        return why
    own, before = figure.result, figure.before.value
    changes = isinstance(objective.change, str)
    target, up = objective.target(before), objective.up
    # of a change the interval is that of the change: what was before is as uncertain as what is now
    lo, hi = (before + figure.change.lo, before + figure.change.hi) if changes else (own.lo, own.hi)
    if objective.unit == SHARE:
        lo, hi = (float(np.clip(one, 0, 1)) for one in (lo, hi))
    worst, best = (lo, hi) if up else (-hi, -lo)
    sign = 1.0 if up else -1.0
    # what was better than the target already need not move: then the way is the target itself
    there = np.isfinite(before) and sign * (target - before) > 0
    way = before + (target - before) * share if there else target
    told = (own.value, lo, hi, before, target)
    if not np.isfinite(lo) or (share < 1 and objective.whole):
        grows = f"{objective.kpi} grows with time, so an amount is told when its time is over"
        return Status(UNTOLD, grows if np.isfinite(lo) else "of so few customers there is no interval", *told)
    if worst >= sign * target:
        return Status(MET, "", *told)
    if share >= 1:
        return Status(MISSED, "" if best < sign * target else "its interval holds the target: it may be chance", *told)
    return Status(ON_TRACK if best >= sign * way else BEHIND, "", *told)


def _untold(objective: Objective, figure: Figure) -> Status | None:
    """Return why nothing is told; None where something is."""
    if figure.missing:
        return Status(REFUSED if figure.missing.startswith("missing") else UNTOLD, figure.missing)
    if isinstance(objective.change, str) and not np.isfinite(figure.before.value):
        return Status(REFUSED, "missing: as long a time before its first day, of which the change is told")
    if objective.relative and not figure.before.value:
        return Status(REFUSED, f"a share of 0, what it was before, is none: {objective.change!r} cannot be told")
    return None


def warned(target: float, before: float, past: Sequence[float]) -> str:
    """Return a warning where a change was never made in as long a time; empty where it was, or nothing is known.

    Args:
        target: what is wanted.
        before: what was.
        past: the KPI in windows as long, one after the other in time.
    """
    steps = np.diff(np.array(past))
    known = steps[np.isfinite(steps)]
    wanted = target - before
    if not known.size or not np.isfinite(wanted) or not wanted:
        return ""
    same = known[np.sign(known) == np.sign(wanted)]
    largest = float(same[np.abs(same).argmax()]) if same.size else 0.0
    if abs(largest) >= abs(wanted):
        return ""
    return f"a change of {wanted:+.4g} is asked for; the largest that was made in as long a time is {largest:+.4g}"
