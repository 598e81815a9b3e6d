"""The job: all facts of a week, from what was counted and what the home holds. It does not print."""

import hashlib
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from activation import ledger
from activation.audiences import frozen
from activation.experiments import declared as experiments
from activation.experiments import record, started
from activation.objectives.job import Standing
from activation.weekly import kept, sizes
from activation.weekly.facts import Audience, Experiment, Note, Objective, Reading, Topic, Weekly, known, tile
from activation.weekly.seen import Seen
from features import clock, settings
from features.consent.groups import enough
from features.dataset import Dataset
from training.bundle.bundle import Bundle
from training.kpis.job import Kpis
from training.kpis.members import RULE, told
from training.kpis.table import shown
from training.kpis.window import Window
from training.notes import note
from training.rules import declared as rules
from training.segmenters.wording import worded

PLANNED, RUNNING, STOPPED, ENDED = "planned", "running", "stopped", "ended"


def titles(bundle: Bundle, language: str) -> dict[tuple[str, str], str]:
    """Return what segments are called, by segmenter and segment."""
    every = [(one.name, segment) for one in bundle.segmenters for segment in one.segments]
    return {(name, segment.name): worded(name, segment, language).title for name, segment in every}


def facts(
    dataset: Dataset,
    week: Window,
    found: Kpis,
    seen: Seen,
    stored: tuple[Bundle, str, str],
    moments: tuple[str, str],
    standing: Sequence[Standing],
    warnings: Sequence[str],
) -> Weekly:
    """Return the report.

    Args:
        dataset: the declaration.
        week: its days.
        found: its KPIs.
        seen: what else was counted.
        stored: the bundle, its id and its version.
        moments: up to where the data are complete, and when the report is made.
        standing: how objectives stand.
        warnings: of the data, a line each.

    Raises:
        DatasetError: experiments are not declared as is allowed, or who was erased cannot be told.
        LedgerError: the ledger cannot be opened.
    """
    bundle, identity, version = stored
    called = titles(bundle, dataset.language)
    called |= {(RULE, name): rule.title for name, rule in rules.declared(dataset).items()}
    first, last = (clock.iso(moment, _zone(dataset))[:10] for moment in (week.begin, week.end - 1))
    declaration = digest(dataset)
    before = kept.forecast(dataset.name, first, identity, declaration)
    months, history, flows = sizes.history(settings.migration(dataset.name), last[:7], called)
    return Weekly(
        dataset=dataset.name,
        title=dataset.title or dataset.name,
        language=dataset.language,
        currency=dataset.currency,
        smallest=dataset.smallest_group,
        first=first,
        last=last,
        data_end=moments[0],
        made=moments[1],
        bundle=identity,
        version=version,
        events=seen.events,
        declaration=declaration,
        tiles=[own for one in found.figures if not one.missing and (own := tile(one))],
        sizes=sizes.sizes(found, called, dataset.smallest_group, before),
        months=months,
        history=history,
        flows=flows,
        cohorts=[] if dataset.retention is not None else seen.cohorts(dataset.smallest_group),
        things=seen.things(dataset.smallest_group),
        topics=_topics(found, called),
        campaigns=seen.campaigns(dataset.smallest_group),
        experiments=_experiments(dataset),
        objectives=[_objective(one, dataset.currency) for one in standing],
        audiences=_audiences(dataset, week.begin),
        notes=[_note(name, own) for name, own in note.counted(dataset.name).items()],
        warnings=[*warnings, *found.notes, *found.proposals],
    )


def digest(dataset: Dataset) -> str:
    """Return a hash of what is declared."""
    return hashlib.sha256(repr(dataset).encode()).hexdigest()[:16]


def _experiments(dataset: Dataset) -> list[Experiment]:
    """Return the experiments that are declared, as the ledger knows them."""
    declared = experiments.declared(dataset)
    rows: Mapping[str, started.Started | None] = dict.fromkeys(declared)
    if rows and settings.outbox(dataset.name).is_file():
        with ledger.opened(dataset.name, started.TABLES) as connection:
            rows = {name: started.of(connection, name) for name in rows}
    found = []
    for name, own in rows.items():
        reading = _reading(dataset.name, own.experiment if own else declared[name])
        many = own.customers if own and enough(own.customers, dataset.smallest_group) else None
        at = clock.iso(own.at)[:10] if own else ""
        found.append(Experiment(name=name, state=_state(own, reading), started=at, customers=many, reading=reading))
    return found


def _state(own: started.Started | None, reading: Reading | None) -> str:
    """Return where an experiment is; one that was assigned elsewhere, and read, was never started here."""
    if reading is not None and reading.ended:
        return ENDED
    if own is None:
        return PLANNED if reading is None else RUNNING
    return RUNNING if own.assigns else STOPPED


def _reading(dataset: str, one: experiments.Experiment) -> Reading | None:
    """Return what the newest reading of an experiment says; None where it was never read."""
    own = record.newest(dataset, one.name)
    if own is None:
        return None
    base, other = one.pair
    return Reading(
        result=own.result,
        as_of=own.as_of,
        ended=own.ended,
        metric=own.metric,
        other=other,
        base=base,
        effect=own.effect,
        low=own.low,
        high=own.high,
    )


def _topics(found: Kpis, called: Mapping[tuple[str, str], str]) -> list[Topic]:
    return [
        Topic(
            segmenter=place[0],
            segment=place[1],
            title=called.get(place, place[1]),
            topic=one.topic,
            answers=one.answers,
            score=one.score,
        )
        for one in found.topics
        if (place := told(one.segmenter, one.segment))
    ]


def _objective(one: Standing, currency: str) -> Objective:
    own, status = one.objective, one.status
    target = known(status.target)
    aim = str(own.change) if target is None else f"{own.change} = {shown(target, own.unit, currency)}"
    return Objective(
        name=one.name,
        segment=one.segment,
        kpi=own.kpi,
        unit=own.unit,
        aim=f"{aim} ({one.begins} … {own.by})",
        value=known(status.value),
        low=known(status.lo),
        high=known(status.hi),
        status=status.status,
        why="; ".join(text for text in (status.why, one.warning) if text),
        action=own.action,
        goal=own.goal,
    )


def _audiences(dataset: Dataset, since: int) -> list[Audience]:
    found = []
    for name in frozen.names(dataset.name):
        own = frozen.load(dataset, name)
        fresh = clock.parse(own.created, _zone(dataset)) >= since
        count = len(own.members)
        found.append(
            Audience(
                name=name,
                id=own.id,
                created=own.created,
                purpose=own.purpose,
                customers=count if enough(count, dataset.smallest_group) else None,
                fresh=fresh,
            )
        )
    return found


def _zone(dataset: Dataset) -> ZoneInfo:
    return ZoneInfo(dataset.zone)


def _note(name: str, own: note.Counted) -> Note:
    return Note(of=name, useful=own.useful, wrong=own.wrong, newest=own.newest)
