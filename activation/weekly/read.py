"""Read: a dataset's events once for the week, and once for each time of an objective."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from activation.objectives import job as objectives
from activation.objectives.objective import declared
from activation.weekly import job
from activation.weekly.facts import Weekly
from activation.weekly.seen import Seen
from activation.weekly.week import days
from features import clock
from features.buckets import intake
from features.dataset import Dataset
from features.log import ends
from features.log.as_of import Base, Moment, Outdated
from features.log.log import Log
from features.log.spine import Spine
from training import batch, snapshot
from training.bundle import bundle as bundles
from training.bundle.bundle import Bundle
from training.bundle.shipped import ROWS
from training.kpis import job as kpis
from training.kpis import members
from training.kpis.margin import Margin
from training.kpis.window import Window, windows
from training.rules.rules import Rules
from training.snapshot import Snapshot
from training.tally import Tally
from training.tracking import registry, tracking

_SECOND = 1_000_000
COMMAND = "make weekly"
"""What the snapshot says that wrote it."""


@dataclass(frozen=True)
class Asked:
    """What is asked for."""

    week: str | None
    """A day of it; None: the newest that is over."""
    memory: int
    """Bytes that the process may take."""
    now: int
    """Microseconds UTC."""
    live: bool


@dataclass(frozen=True)
class Found:
    """What was read."""

    weekly: Weekly
    everybody: Snapshot | None
    """All customers at the end of the data, for the live page; None of a week that was asked for by a day of it."""


def weekly(dataset: Dataset, asked: Asked) -> Found:
    """Return the report of a week, and of the newest one what there is of everybody.

    Raises:
        NoWindow: the data do not reach over the week.
        NothingRegistered: there is no bundle.
        ValueError: the week is none.
    """
    chosen = registry.find(tracking.client(tracking.place()), dataset.name)
    stored, zone = bundles.load(Path(chosen.folder)), ZoneInfo(dataset.zone)
    bundle = stored.bundle
    Rules.read(dataset, bundle, "the sources are read later")  # what is wrong is told before them

    def question(spans: tuple[Window | None, ...], start: int, rules: Rules) -> kpis.Asked:
        predicts = members.spend(bundle) is not None
        segments = members.segments(bundle, rules.declared)
        return kpis.Asked(spans, start, segments, members.of_bundle(bundle, rules), predicts)

    with intake.opened(dataset, asked.memory, now=asked.now, live=asked.live) as opened:
        rules = Rules.read(dataset, bundle, opened.attributes, opened.products)
        begin, end = ends.start(opened.days), intake.base(dataset, opened.days).end
        start = begin if opened.retention is None else max(begin, end - opened.retention)
        spans = windows(*days(asked.week, end, zone), start, end, zone)
        week = spans[0]
        assert week is not None
        seen = Seen(week, spans[1], zone, dataset.kinds, Margin.of(dataset, opened.products))
        base, untold = _now(intake.base(dataset, opened.days), asked)
        tally = Tally(bundle) if base else None

        def logs() -> Iterator[Log]:
            for log in opened.logs():
                seen.add(log)
                if tally and base:
                    _count(tally, bundle, log, base)
                yield log

        found = kpis.told(dataset, logs(), opened.products, question(spans, start, rules))
        warnings = [*_warnings(opened.aside()), *rules.told(), *untold]

    def read(over: tuple[Window | None, ...]) -> kpis.Kpis:
        with intake.opened(dataset, asked.memory, now=asked.now, live=asked.live) as again:
            judged = Rules.read(dataset, bundle, again.attributes, again.products)
            return kpis.told(dataset, again.logs(), again.products, question(over, start, judged))

    asked_for = (members.segments(bundle, rules.declared), read, start, end, rules.left_out)
    standing = objectives.standing(dataset, *asked_for) if declared(dataset) else []
    if chosen.alias != registry.CHAMPION:
        warnings = [f"there is no champion yet: using the {chosen.alias}, version {chosen.version}", *warnings]
    moments = (clock.iso(end, zone), clock.iso(asked.now // _SECOND * _SECOND, zone))
    of_bundle = (bundle, stored.id, chosen.version)
    report = job.facts(dataset, week, found, seen, of_bundle, moments, standing, warnings)
    everybody = tally.snapshot(COMMAND, chosen.version, asked.now, base.at) if tally and base else None
    return Found(report, snapshot.cut(everybody, dataset.smallest_group) if everybody else None)


def _now(base: Base, asked: Asked) -> tuple[Moment | None, list[str]]:
    """Return the moment as of which everybody is counted, None for a week that was asked for; and why there is none."""
    if asked.week:
        return None, []
    try:
        return base.moment(asked.now), []
    except Outdated as error:
        return None, [f"nothing is left for the live page: {error}"]


def _count(tally: Tally, bundle: Bundle, log: Log, base: Moment) -> None:
    """Count the customers of a log as `make score` does, so that both leave the same of everybody."""
    log = bundle.looks_at(log)
    customers, moments = batch.known(log, base, "base")
    for begin in range(0, customers.size, ROWS):
        own = slice(begin, begin + ROWS)
        tally.add(bundle.score(log, Spine.of(customers[own], moments[own])))


def _warnings(aside: intake.Aside) -> list[str]:
    """Return what is told of rows that were not used: no value of a row and no path: mails go round."""
    return [*aside.notes, *(f"kept aside: {count:,} rows: {reason}" for reason, count in aside.rejects.items())]
