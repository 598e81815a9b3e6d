"""The figures of drift: what was seen of some customers beside the bundle's reference; batch and service have the same.

A column alarms where its distribution is another one by much (`psi.LARGE`, over what chance alone gives so many rows)
and by more than is known to happen: half as much again as it ever moved in as long a time of the year before the
bundle, and what chance adds. It is compared with a moment on the same weekday.
"""

import math
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from numpy.typing import NDArray

from features.clock import DAY, iso
from training.bundle.bundle import Bundle
from training.bundle.reference import Floats, Ints, Reference, counted
from training.drift import expected
from training.drift.alarm import Alarm, ordered
from training.drift.psi import LARGE, by_chance, moved, psi
from training.drift.reference import few
from training.drift.stake import of_prediction, stake

LEAST = 100
"""Rows under which nothing is told."""
OVER_USUAL = 1.5
"""Times the largest movement of the past is what may happen again."""
TAIL = 0.05
"""The chance of an alarm of any column where chance alone moves them."""
_ASKED = 500
"""Rows whose predictions are asked again to see what is at stake."""
_WEEK = 7


class Column(msgspec.Struct, frozen=True):
    """One feature, prediction or segmenter."""

    about: str
    name: str
    psi: float
    usual: float
    """The largest index over as long a time of the past; 0 where the history tells none."""
    limit: float
    moved: float
    alarm: bool


class Expected(msgspec.Struct, frozen=True):
    """What a target's probabilities say of themselves, now and in training; None where nothing can be said."""

    rows: int
    now: dict[str, float | None]
    training: dict[str, float | None]


class Figures(msgspec.Struct, frozen=True):
    """What was seen, and what of it alarms."""

    rows: int
    as_of: str
    """The moment that was looked at; of several, the newest."""
    beside: str
    """The moment of training that it is compared with: the newest on the same weekday."""
    columns: list[Column]
    """By the index, the largest first."""
    expected: dict[str, Expected]
    alarms: list[Alarm]
    """By expected loss, the largest first."""
    short: str = ""
    """Why nothing is told, where nothing is."""


class Seen:
    """What was seen of customers so far: counts by bin, the probabilities, and some rows as they are."""

    def __init__(self, bundle: Bundle, reference: Reference, *, live: bool = False) -> None:
        """Begin with nobody; `live` are answers of the service, which speak of customers' own newest events."""
        self.bundle, self.reference, self.live = bundle, reference, live
        self.rows, self.newest = 0, 0
        self.counts = np.zeros_like(reference.counts[0])
        self._said: dict[str, list[Floats]] = {name: [] for name in reference.expected}
        self._some: list[Floats] = []
        self._place = {name: place for place, name in enumerate(reference.names)}

    def add(self, values: Floats, as_of: Ints) -> None:
        """Add rows: columns of numbers as `reference.values` gives them, and their moments."""
        if not len(values):
            return
        self.rows += len(values)
        self.newest = max(self.newest, int(as_of.max()))
        self.counts += counted(values, self.reference.edges)
        for name, said in self._said.items():
            own = values[:, self._place[name]]
            said.append(own[~np.isnan(own)])
        self._some.append(values[few(len(values), _ASKED)])

    @property
    def base(self) -> int:
        """The place of the reference's moment that is compared with."""
        return self.reference.moments.size - 1 if self.live else same_weekday(self.reference, self.newest)

    @property
    def then(self) -> Ints:
        """What is compared with, by bin, shape (columns, bins)."""
        return self.reference.live if self.live else self.reference.counts[self.base]

    def said(self, name: str) -> Floats:
        """Return the probabilities of a target."""
        return np.concatenate([np.empty(0), *self._said[name]])

    def some(self) -> Floats:
        """Return some of the rows."""
        every = np.concatenate([np.empty((0, len(self.reference.names))), *self._some])
        return every[few(len(every), _ASKED)]


def figures(seen: Seen) -> Figures:
    """Return the figures of what was seen."""
    reference, bundle = seen.reference, seen.bundle
    if seen.rows < LEAST:
        why = f"too few: {seen.rows:,} customers; {LEAST} are needed to tell a change from chance"
        return Figures(seen.rows, iso(seen.newest, ZoneInfo(bundle.zone)) if seen.rows else "", "", [], {}, [], why)
    found = columns(seen)
    some = seen.some()[:, : len(bundle.kernel.features)].astype(np.float32)
    alarms = [_alarm(column, seen, some) for column in found if column.alarm]
    told = {name: _expected(seen.said(name), own) for name, own in reference.expected.items()}
    found.sort(key=lambda one: (-one.psi, one.name))
    zone = ZoneInfo(bundle.zone)
    moments = iso(seen.newest, zone), iso(int(reference.moments[seen.base]), zone)
    return Figures(seen.rows, *moments, found, told, list(ordered(alarms)))


def columns(seen: Seen) -> list[Column]:
    """Return each column of what was seen beside the reference; none of rows that are too few."""
    if seen.rows < LEAST:
        return []
    return compared(seen.counts, seen.then, seen.reference, seen.newest, _about(seen.bundle))


def compared(counts: Ints, then: Ints, reference: Reference, moment: int, about: Sequence[str]) -> list[Column]:
    """Return each column beside the reference.

    Args:
        counts: by bin, shape (columns, bins).
        then: the same of the reference.
        reference: it says how far columns move.
        moment: what the counts speak of, in microseconds UTC.
        about: what each column is.
    """
    index, chance = psi(counts, then), by_chance(counts, then)
    usual = movement(reference, moment)
    limit = np.maximum(LARGE + chance, OVER_USUAL * usual + by_chance(counts, then, TAIL / len(counts)))
    alarm = index > limit
    apart = moved(counts, then)
    return [
        Column(about[n], name, float(index[n]), float(usual[n]), float(limit[n]), float(apart[n]), bool(alarm[n]))
        for n, name in enumerate(reference.names)
    ]


def same_weekday(reference: Reference, moment: int) -> int:
    """Return the place of the newest moment of a reference on the weekday of a moment; else the newest of all."""
    apart = np.round((moment - reference.moments) / DAY).astype(np.int64) % _WEEK == 0
    return int(np.flatnonzero(apart)[-1]) if apart.any() else reference.moments.size - 1


def movement(reference: Reference, moment: int) -> Floats:
    """Return how far columns ever moved in as long a time as lies between a bundle's as-of and a moment.

    The next longer time that is told of counts; where none is so long, the longest.
    """
    days = (moment - int(reference.moments[-1])) / DAY
    place = min(int(np.searchsorted(reference.steps, days)), reference.steps.size - 1)
    usual: Floats = reference.movement[place]
    return usual


def _about(bundle: Bundle) -> list[str]:
    features, targets = len(bundle.kernel.features), len(bundle.predictors)
    return ["feature"] * features + ["prediction"] * targets + ["segment"] * len(bundle.segmenters)


def _alarm(column: Column, seen: Seen, some: NDArray[np.float32]) -> Alarm:
    bundle, place = seen.bundle, seen.reference.names.index(column.name)
    at_stake = {"prediction": of_prediction(bundle), "segment": 0.0}
    share = (
        stake(bundle, some, seen.reference.medians, [place]) if column.about == "feature" else at_stake[column.about]
    )
    lacking = [float(own[place, -1] / max(own[place].sum(), 1)) for own in (seen.counts, seen.then)]
    gone = f"; {lacking[0]:.0%} have none, {lacking[1]:.0%} had" if abs(lacking[0] - lacking[1]) >= LARGE / 2 else ""
    said = (
        f"PSI {column.psi:.2f} against training, over the limit of {column.limit:.2f};"
        f" at most {column.usual:.2f} in as long a time before{gone}"
    )
    return Alarm.of(column.about, column.name, said, column.moved, share)


def _expected(said: Floats, then: Floats) -> Expected:
    return Expected(said.size, _named(expected.figures(said)), _named(then))


def _named(own: Floats) -> dict[str, float | None]:
    return {name: None if math.isnan(one) else float(one) for name, one in zip(expected.FIGURES, own, strict=True)}
