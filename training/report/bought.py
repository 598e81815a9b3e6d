"""Bought: what the customers of segments buy beyond the rest, in words, with how much and how surely."""

from collections.abc import Mapping
from dataclasses import dataclass

from training.charts.reader import ENGLISH, Reader
from training.personas.lift import DAYS, Lift
from training.personas.people import People

ABOUT = {"category": "category", "product": "product"}
"""What a thing is."""


@dataclass(frozen=True)
class Thing:
    """One category or product."""

    title: str
    about: str
    inside: str
    rest: str
    lift: str
    interval: str


@dataclass(frozen=True)
class Segment:
    """What one segment buys beyond the rest."""

    title: str
    things: tuple[Thing, ...]


@dataclass(frozen=True)
class Bought:
    """What was compared, and what was found."""

    segments: tuple[Segment, ...] = ()
    """Those that buy anything beyond the rest."""
    tested: int = 0
    described: bool = False
    """Whether the segments are cut by what is bought, so that it describes them and tests nothing."""
    days: int = DAYS


def bought(people: People, titles: Mapping[str, str], reader: Reader = ENGLISH) -> Bought:
    """Return what each segment buys beyond the rest.

    Args:
        people: what is told of the segments.
        titles: what they are called, by name.
        reader: who reads it.
    """
    pairs = zip(people.segments, people.bought.segments, strict=False)
    told = [Segment(titles.get(name, name), tuple(_thing(one, reader) for one in own)) for name, own in pairs if own]
    return Bought(tuple(told), people.bought.tested, people.bought.described)


def _thing(one: Lift, reader: Reader) -> Thing:
    lift, lo, hi = (reader.decimal(value, 2) for value in (one.lift, one.lo, one.hi))
    interval = reader.filled("{lo} to {hi}", lo=lo, hi=hi)
    about = reader.template(ABOUT[one.about])
    return Thing(one.title, about, reader.share(one.inside), reader.share(one.rest), lift, interval)
