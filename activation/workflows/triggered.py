"""Triggered: the instances that events, turns and dates give rise to, of one workflow."""

import calendar
import datetime
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from activation.workflows.event import Event, People, Turn
from activation.workflows.instance import Instance, identified
from activation.workflows.workflow import Anniversary, Done, Happened, Silence, Turned, Workflow
from features import clock

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
ByKind = Mapping[str, Mapping[str, Sequence[Event]]]
"""Events by kind and customer, in order of time."""


def by_kind(events: Sequence[Event], now: int) -> ByKind:
    """Return those events that have happened by now."""
    found: dict[str, dict[str, list[Event]]] = defaultdict(lambda: defaultdict(list))
    for one in sorted((one for one in events if one.at <= now), key=lambda one: one.at):
        found[one.kind][one.customer].append(one)
    return found


def instances(
    workflow: Workflow, events: ByKind, turns: Sequence[Turn], people: People, now: int
) -> Iterator[Instance]:
    """Yield what a workflow's trigger gives that is due by now, each once, too late or not; steps of journeys apart."""
    seen: set[str] = set()
    for one in _instances(workflow, events, turns, people, now):
        if now - workflow.window <= one.raw <= now and one.id not in seen:
            seen.add(one.id)
            yield one


def made(workflow: Workflow, customer: str, at: int, trigger: str, fields: Mapping[str, Any] | None = None) -> Instance:
    """Return an instance of a trigger."""
    own = identified(workflow.name, customer, trigger)
    return Instance(own, workflow.name, customer, at, at + workflow.wait, fields or {})


def _instances(
    workflow: Workflow, events: ByKind, turns: Sequence[Turn], people: People, now: int
) -> Iterator[Instance]:
    match workflow.trigger:
        case Happened(kind, where):
            yield from _happened(workflow, events.get(kind, {}), where)
        case Silence(kind, span):
            yield from _silent(workflow, events.get(kind, {}), span, now)
        case Turned():
            own = (turn for turn in turns if turn.workflow == workflow.name)
            yield from (made(workflow, turn.customer, turn.at, f"turn {turn.times}") for turn in own)
        case Anniversary(attribute, at):
            yield from _anniversaries(workflow, people.dates.get(attribute, {}), at, people, now)
        case Done():
            return


def _happened(
    workflow: Workflow, events: Mapping[str, Sequence[Event]], where: Mapping[str, tuple[Any, ...]]
) -> Iterator[Instance]:
    """Yield of each event that has the values that are asked for."""
    for customer, own in events.items():
        for one in own:
            if all(one.fields.get(name) in allowed for name, allowed in where.items()):
                yield made(workflow, customer, one.at, one.id, one.fields)


def _anniversaries(
    workflow: Workflow, dates: Mapping[str, datetime.date], at: datetime.time, people: People, now: int
) -> Iterator[Instance]:
    """Yield of each customer the anniversaries that are looked at."""
    for customer, day in dates.items():
        zone = people.lives(customer).every[0]
        for year, instant in _years(day, at, zone, now - workflow.look_back, now):
            yield made(workflow, customer, instant, str(year))


def _silent(workflow: Workflow, events: Mapping[str, Sequence[Event]], span: int, now: int) -> Iterator[Instance]:
    """Yield of each event that none of its kind followed within a span."""
    for customer, own in events.items():
        for one, after in zip(own, [*own[1:], None], strict=True):
            end = one.at + span
            if end <= now and (after is None or after.at >= end):
                yield made(workflow, customer, end, one.id, one.fields)


def _years(day: datetime.date, at: datetime.time, zone: ZoneInfo, since: int, now: int) -> Iterator[tuple[int, int]]:
    """Yield years, and the instant of the day in each, from one moment to another; 29 February is 28 in common years.

    The day itself is no anniversary.
    """
    first, last = ((_EPOCH + datetime.timedelta(microseconds=one)).astimezone(zone).year for one in (since, now))
    for year in range(max(first, day.year + 1), last + 1):
        leap = (day.month, day.day) == (2, 29) and not calendar.isleap(year)
        shown = datetime.datetime(year, day.month, 28 if leap else day.day, at.hour, at.minute)  # noqa: DTZ001
        instant = clock.later(shown, zone)
        if since <= instant <= now:
            yield year, instant


def exited(workflow: Workflow, events: ByKind, instance: Instance, until: int) -> str:
    """Return the kind of an event that calls an instance off before a moment; empty where there is none.

    Of events in the second of the trigger nobody knows which came first: they call it off, but for its own kind, such
    as the lines of one order.
    """
    for kind in workflow.exit_on:
        own = kind == getattr(workflow.trigger, "kind", "")
        begin = instance.at + 1 if own else instance.at - instance.at % clock.SECOND
        times = [one.at for one in events.get(kind, {}).get(instance.customer, ())]
        place = bisect_left(times, begin)
        if place < len(times) and times[place] < until:
            return kind
    return ""
