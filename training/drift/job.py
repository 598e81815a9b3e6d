"""The job: what has drifted of a dataset since its bundle was made. It computes; it neither logs nor prints."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from features import clock
from features.buckets.daily import Daily
from features.clock import iso
from features.consent.groups import merged_each, together
from features.dataset import Dataset
from features.log.days import Days
from features.log.log import Log
from features.log.spine import everyone, pieces
from training.bundle.bundle import Bundle
from training.drift import days, reference, stake
from training.drift.alarm import Alarm, ordered
from training.drift.figures import Figures, Seen, figures
from training.drift.volume import WEEK, WEEKS

_YEAR = 364
"""Days whose silences are an example."""
_FEWER = 0.9
"""Customers may be erased or excluded; so many of them stay."""


class NoReference(ValueError):
    """A bundle of before has nothing that could be compared with."""


class Volume(msgspec.Struct, frozen=True):
    """How many rows of one kind a source brought on the day that was looked at, and usually does on its weekday."""

    source: str
    kind: str
    rows: int
    usual: float


class Report(msgspec.Struct, frozen=True):
    """What has drifted."""

    dataset: str
    version: str
    day: str
    """The newest complete day, in the dataset's zone."""
    figures: Figures
    volumes: list[Volume]
    alarms: list[Alarm]
    """Those of the figures and all others, by expected loss, the largest first."""


@dataclass(frozen=True)
class Looked:
    """Everybody as of a moment, beside the bundle's reference."""

    seen: Seen
    figures: Figures


def looked(bundle: Bundle, log: Log, moment: int) -> Looked:
    """Look at everyone who is known at a moment.

    Raises:
        NoReference: the bundle has none.
    """
    if bundle.reference is None:
        raise NoReference("the bundle was made by a release that kept no reference: `make train` makes it anew.")
    seen, width = Seen(bundle, bundle.reference), len(bundle.kernel.features)
    if reference.names(bundle) != bundle.reference.names:
        raise NoReference("the bundle's reference is of other columns than it has: `make train` makes it anew.")
    log = bundle.looks_at(log)
    for piece, _, spine in pieces(log, everyone(log, [moment])):
        seen.add(reference.values(bundle.score(piece, spine), width), spine.as_of)
    return Looked(seen, figures(seen))


def of_days(found: Looked, daily: Daily, day: int, dataset: Dataset) -> list[Alarm]:
    """Return an alarm for each change of a day, by what rests on it."""
    seen, bundle = found.seen, found.seen.bundle
    some = seen.some()[:, : len(bundle.kernel.features)].astype(np.float32)
    alarms = []
    for change in days.changes(daily, day):
        kind, source = dataset.every_kind[change.series.kind], dataset.sources[change.series.source].path
        columns = [change.column] if change.column else []
        places = stake.concerned(bundle, kinds=() if columns else [kind], columns=columns)
        if columns:
            places = sorted(set(places) & set(stake.concerned(bundle, kinds=[kind])))
        share = stake.stake(bundle, some, seen.reference.medians, places)
        name = f"{kind} of {source}" + (f", {change.column}" if columns else "")
        alarms.append(Alarm.of(change.about, name, change.said, change.moved, share))
    return alarms


def behind(found: Looked, moment: int) -> list[Alarm]:
    """Return an alarm where the data end before the bundle's, or know fewer customers: files may have been lost."""
    bundle, reference, rows = found.seen.bundle, found.seen.reference, found.seen.rows
    zone, alarms = ZoneInfo(bundle.zone), []
    if moment < bundle.as_of:
        said = f"the data end at {iso(moment, zone)}, before those of the bundle at {iso(bundle.as_of, zone)}"
        alarms.append(Alarm.of("data", bundle.dataset, said, 1.0, 1.0))
    if rows < _FEWER * reference.customers:
        said = f"{rows:,} customers are known, where the bundle knew {reference.customers:,}"
        alarms.append(Alarm.of("data", f"customers of {bundle.dataset}", said, 1 - rows / reference.customers, 1.0))
    return alarms


def volumes(daily: Daily, day: int, dataset: Dataset) -> list[Volume]:
    """Return what came in on a day of each source and kind, those that bring most first; few rows with others."""
    found: list[Volume] = []
    for series, rows in daily.rows.items():
        before = [rows.get(day - WEEK * week, 0) for week in range(1, WEEKS + 1)]
        kind, source = dataset.every_kind[series.kind], dataset.sources[series.source].path
        found.append(Volume(source, kind, rows.get(day, 0), float(np.median(before))))
    found.sort(key=lambda one: (-one.usual, one.source, one.kind))
    groups = merged_each([(one.rows, round(one.usual)) for one in found], dataset.smallest_group)
    return [_together([found[place] for place in group]) for group in groups]


def _together(own: list[Volume]) -> Volume:
    """Return what sources brought whose rows are told as one, since those of one may be of few customers."""
    if len(own) == 1:
        return own[0]
    sources, kinds = (list(dict.fromkeys(names)) for names in ((v.source for v in own), (v.kind for v in own)))
    return Volume(", ".join(sources), together(kinds), sum(one.rows for one in own), sum(one.usual for one in own))


def stopped(dataset: Dataset, known: Days, day: int, now: int) -> list[Alarm]:
    """Return an alarm where nothing at all has come in for longer than ever in the year before.

    Args:
        dataset: the declaration.
        known: the rows of each day.
        day: the newest complete day, as days since 1970-01-01.
        now: what the clock shows.
    """
    silence = int(clock.calendar(np.array([now]), ZoneInfo(dataset.zone))[0][0]) - day - 1
    year = known.every.day[(known.every.day > day - _YEAR) & (known.every.day <= day)]
    longest = int(np.diff(year).max(initial=1))
    if silence <= longest:
        return []
    said = (
        f"no complete day since {_date(day)}, {silence} days before now; {longest} were the longest in the year before"
    )
    return [Alarm.of("data", dataset.name, said, 1.0, 1.0)]


def report(
    dataset: Dataset, version: str, day: int, found: Looked, volume: list[Volume], other: Sequence[Alarm]
) -> Report:
    """Return all of it, the alarms together by expected loss."""
    alarms = ordered([*found.figures.alarms, *other])
    return Report(dataset.name, version, _date(day), found.figures, volume, list(alarms))


def _date(day: int) -> str:
    return str(np.datetime64(day, "D"))
