"""The KPIs: those of everybody in the newest four weeks, beside the same in as long times before.

One alarms where it is off by much, by more than it ever varies from one time to the next, and not as it was a year ago.
"""

from collections.abc import Iterator, Sequence
from itertools import count
from zoneinfo import ZoneInfo

import numpy as np
from scipy import stats

from features import clock
from features.dataset import Dataset
from features.log.log import Log
from features.log.products import Products
from training.drift.alarm import Alarm
from training.drift.level import ALLOWED
from training.kpis import job
from training.kpis.figure import Figure
from training.kpis.members import EVERYBODY, Members
from training.kpis.moments import OUTSIDE
from training.kpis.window import USUAL, windows

PAST, FEWEST = 12, 6
"""So many times of before are looked at, and so many there must be."""
TAIL = 0.05
"""The chance of an alarm of any KPI where each varies as it did."""
GROWING = frozenset({"ltv_past", "ltv_margin", "ltv_predicted"})
"""Those that grow of themselves as long as a business goes on."""


def alarms(dataset: Dataset, log: Log, products: Products, start: int, end: int) -> Iterator[Alarm]:
    """Yield an alarm for each KPI that is off.

    Args:
        dataset: the declaration.
        log: everybody's.
        products: what is known of products.
        start: where the data begin, in microseconds UTC.
        end: up to where they are complete.
    """
    found = list(_times(dataset, log, products, start, end))
    series = [list(own) for own in zip(*found, strict=True)]
    told = [own for own in series if not own[0].missing and own[0].kpi not in GROWING]
    for own in told:
        before = np.array([one.result.value for one in own[1:] if not one.missing])
        if (alarm := judged(own[0], before[np.isfinite(before)], TAIL / len(told))) is not None:
            yield alarm


def judged(now: Figure, before: Sequence[float] | np.ndarray, tail: float) -> Alarm | None:
    """Return an alarm where a KPI is off.

    Args:
        now: the newest.
        before: its values in times of before.
        tail: the chance of an alarm where it varies as it did.
    """
    values = np.asarray(before, np.float64)
    if values.size < FEWEST or not np.isfinite(now.result.value):
        return None
    middle, value = float(values.mean()), now.result.value
    width = stats.t.ppf(1 - tail / 2, values.size - 1) * float(values.std(ddof=1)) * np.sqrt(1 + 1 / values.size)
    if abs(value - middle) <= width or _alike(value, middle) or _alike(value, now.year_ago.value):
        return None
    said = (
        f"{value:.4g} in the newest {USUAL} days; {values.size} times as long before had {middle:.4g} in the mean, and"
        f" from {middle - width:.4g} to {middle + width:.4g} are not told from how it varies"
    )
    return Alarm.of("KPI", now.kpi, said, min(1.0, abs(value - middle) / max(abs(value), abs(middle))), 0.0)


def _alike(value: float, other: float) -> bool:
    return bool(np.isfinite(other) and other and ALLOWED[0] <= value / other <= ALLOWED[1])


def _times(dataset: Dataset, log: Log, products: Products, start: int, end: int) -> Iterator[tuple[Figure, ...]]:
    """Yield the KPIs of everybody in the newest time, and in those before, each one that the data reach over."""
    zone, over = ZoneInfo(dataset.zone), clock.start_of_day(end, ZoneInfo(dataset.zone))
    for number in count():
        begin = clock.start_of_day(over, zone, -USUAL)
        if number > PAST or begin < start:
            return
        days = [clock.iso(one, zone)[:10] for one in (begin, over)]
        spans = windows(days[0], days[1], start, end, zone)
        if number:
            spans = (spans[0], None, None)
        asked = job.Asked(spans, start, {}, _known, predicts=False)
        found = job.told(dataset, [log], products, asked).figures
        yield tuple(one for one in found if one.segmenter == EVERYBODY)
        over = begin


def _known(log: Log, moments: Sequence[int | None]) -> Members:
    """Tell who is known at some moments."""
    places = np.full((len(log.customers), len(moments)), OUTSIDE)
    for number, moment in enumerate(moments):
        if moment is not None:
            places[log.known(moment), number] = 0
    return Members({EVERYBODY: places}, [np.zeros(len(log.customers))] * len(moments))
