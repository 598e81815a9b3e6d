"""The job: how all objectives of a dataset stand. It does not print."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from zoneinfo import ZoneInfo

import numpy as np

from activation.objectives import kept
from activation.objectives.objective import Objective, declared, place
from activation.objectives.status import REFUSED, UNTOLD, Status, status, warned
from features import clock
from features.dataset import Dataset
from training.kpis.figure import Figure
from training.kpis.job import Kpis
from training.kpis.kpi import ACQUIRING_NEEDS
from training.kpis.members import EVERYBODY, named, of_rule
from training.kpis.window import Window, windows

PAST = 4
"""So many times the past is read for movements as long as an objective's time; each tells two windows."""

Read = Callable[[tuple[Window | None, ...]], Kpis]
"""Returns the KPIs of a window, the one before it and that of a year ago."""


@dataclass(frozen=True)
class Standing:
    """An objective, and how it stands."""

    name: str
    objective: Objective
    segment: str
    """With its segmenter."""
    begins: str
    """Its first day."""
    status: Status
    warning: str = ""


def standing(
    dataset: Dataset,
    segments: Mapping[str, Sequence[str]],
    read: Read,
    start: int,
    end: int,
    left_out: Mapping[str, str] = MappingProxyType({}),
) -> list[Standing]:
    """Return how each objective stands, those without a goal last.

    Args:
        dataset: the declaration.
        segments: by segmenter, what its segments are called.
        read: returns KPIs.
        start: where the data begin, in microseconds UTC.
        end: up to where they are complete.
        left_out: rule segments that cannot be told, and why.

    Raises:
        DatasetError: an objective is not declared as is allowed.
        LedgerError: the ledger cannot be opened.
    """
    zone, known = ZoneInfo(dataset.zone), dict[tuple[int, int], Kpis]()

    def kpis(since: int, until: int) -> Kpis:
        if (since, until) not in known:
            days = [clock.iso(one, zone)[:10] for one in (since, until)]
            known[since, until] = read(windows(days[0], days[1], start, end, zone))
        return known[since, until]

    found, untold = [], {of_rule(name)[0]: why for name, why in left_out.items()}
    places = {**segments, **dict(map(of_rule, left_out))}
    every = {name: (one, place(one, places, f"objectives.{name}")) for name, one in declared(dataset).items()}
    for name, (one, of) in every.items():
        begin = (
            clock.parse(one.start.isoformat(), zone)
            if one.start
            else kept.start(dataset.name, name, clock.start_of_day(end, zone))
        )
        over = clock.start_of_day(clock.parse(one.by.isoformat(), zone), zone, 1)
        said = (name, one, named(*of), clock.iso(begin, zone)[:10])
        cannot = Status(REFUSED, untold[of[0]]) if of[0] in untold else None
        if why := cannot or _unreadable(one, of, (begin, over), (start, end), zone):
            found.append(Standing(*said, why))
            continue
        until = min(end, over)
        past = _past(kpis, begin, clock.days_between(begin, over, zone), start, of, one.kpi, zone)
        before = past[-1].result.value if past else np.nan
        target = one.target(before)
        asks = target > before if one.up else target < before  # what is better already asks for no change
        warning = warned(target, before, [each.result.value for each in past]) if asks else ""
        if clock.days_between(begin, until, zone) >= 1:
            own = status(one, _figure(kpis(begin, until), of, one.kpi), (until - begin) / (over - begin))
        elif past and past[-1].missing.startswith("missing"):
            own = Status(REFUSED, past[-1].missing)
        else:
            own = Status(UNTOLD, "no day of it is over")
        found.append(Standing(*said, own, "" if own.status == REFUSED else warning))
    return sorted(found, key=lambda each: not each.objective.goal)


def _unreadable(
    one: Objective, of: tuple[str, str], time: tuple[int, int], data: tuple[int, int], zone: ZoneInfo
) -> Status | None:
    """Return the status of an objective of which nothing can be read; None where something can."""
    (begin, over), (start, end) = time, data
    if one.kpi in ACQUIRING_NEEDS and of[0] != EVERYBODY:
        return Status(REFUSED, f"{one.kpi} is told of {EVERYBODY} alone, since nobody joins in a segment")
    if begin >= over:
        return Status(REFUSED, f"it was first read when {one.by}, by which it is to be so, was over: `start` is to say")
    if begin < start:
        return Status(REFUSED, f"missing: data from its first day on; they begin on {clock.iso(start, zone)[:10]}")
    if begin > end:
        return Status(UNTOLD, f"it has not begun; the data are complete up to {clock.iso(end - 1, zone)[:10]}")
    return None


def _past(
    kpis: Callable[[int, int], Kpis], begin: int, days: int, start: int, of: tuple[str, str], kpi: str, zone: ZoneInfo
) -> list[Figure]:
    """Return the KPI of a segment in windows as long as an objective's time before it, the oldest first."""
    found, over = list[Figure](), begin
    for _ in range(PAST):
        first = clock.start_of_day(over, zone, -days)
        if first < start:
            break
        figure = _figure(kpis(first, over), of, kpi)
        found += [figure, replace(figure, result=figure.before)]
        over = clock.start_of_day(first, zone, -days)
    return found[::-1]


def _figure(found: Kpis, of: tuple[str, str], kpi: str) -> Figure:
    (figure,) = (one for one in found.figures if ((one.segmenter, one.segment), one.kpi) == (of, kpi))
    return figure
