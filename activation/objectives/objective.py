"""The objective: a KPI of a segment, a change, a date, as `[objectives.NAME]` of a dataset declares it."""

import datetime
import math
import re
from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from features.dataset import Dataset, DatasetError
from features.nearest import nearest
from training.kpis.kpi import ACQUIRING, KPIS, LESS_IS_BETTER, SHARE, STEADY
from training.kpis.members import EVERYBODY, named

_UNITS = {one.name: one.unit for one in KPIS} | {name: unit for name, _, unit, _, _ in ACQUIRING}
_CHANGE = re.compile(r"([+\-\N{MINUS SIGN}])\s*(\d+(?:\.\d+)?)\s*(%|points?)")
_ALLOWED = "'-10 %' of what it was, '+5 points' or a value is allowed."
_HUNDRED = 100.0


class Objective(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is wanted of whom by when."""

    segment: str
    """As `segmenter.segment`, or a segment that one segmenter alone has, `rule.NAME`, or `everybody`."""
    kpi: str
    change: float | str
    """Against as long a time before, relative or in points; or the value itself."""
    by: datetime.date
    """The day by whose end it is to be so."""
    action: str = ""
    """What is done for it."""
    goal: str = ""
    """What for; without one it is listed apart."""
    start: datetime.date | None = None
    """The first day; by default the one on which it was first read."""

    @property
    def unit(self) -> str:
        """Of the KPI."""
        return _UNITS[self.kpi]

    @property
    def up(self) -> bool:
        """Whether more is wanted: a change says so itself, of a value it is what is good of this KPI."""
        return self._parts()[0] > 0 if isinstance(self.change, str) else self.kpi not in LESS_IS_BETTER

    @property
    def whole(self) -> bool:
        """Whether it can be told of its whole time alone: a KPI that grows with time, held against a fixed amount."""
        return self.kpi not in STEADY and not self.relative

    @property
    def relative(self) -> bool:
        """Whether the change is a share of what was before."""
        return isinstance(self.change, str) and self._parts()[2] == "%"

    def target(self, before: float) -> float:
        """Return what the KPI is to be, by what it was."""
        if not isinstance(self.change, str):
            return float(self.change)
        sign, size, kind = self._parts()
        if kind == "%":
            return before + sign * abs(before) * size / _HUNDRED  # "+" is up of what is below zero, too
        return before + sign * (size / _HUNDRED if self.unit == SHARE else size)

    def _parts(self) -> tuple[float, float, str]:
        found = _CHANGE.fullmatch(str(self.change).strip())
        if not found:
            raise ValueError(f"change: got {self.change!r}; {_ALLOWED}")
        return (1.0 if found[1] == "+" else -1.0), float(found[2]), found[3]


def declared(dataset: Dataset) -> Mapping[str, Objective]:
    """Return the objectives of a dataset, by name.

    Raises:
        DatasetError: one is not declared as is allowed.
    """
    return {
        name: _one(given, f"dataset {dataset.name!r}: objectives.{name}") for name, given in dataset.objectives.items()
    }


def _one(given: Mapping[str, Any], where: str) -> Objective:
    for name in given:
        if name not in (allowed := Objective.__struct_fields__):
            raise DatasetError(f"{where}: unknown key {name!r}.{nearest(name, allowed)}")
    try:
        found = msgspec.convert(given, Objective)
    except msgspec.ValidationError as error:
        raise DatasetError(f"{where}: {error}") from None
    if found.kpi not in _UNITS:
        raise DatasetError(f"{where}.kpi: got {found.kpi!r}.{nearest(found.kpi, _UNITS)}")
    try:
        found.target(1.0)
    except ValueError as error:
        raise DatasetError(f"{where}.{error}") from None
    if not _possible(found):
        fits = "0 to 1 is allowed: it is a share" if found.unit == SHARE else "a finite number is allowed"
        raise DatasetError(f"{where}.change: got {found.change}; {fits}.")
    if found.start and found.start > found.by:
        raise DatasetError(f"{where}.start: got {found.start}, after {found.by}, by which it is to be so.")
    return found


def _possible(of: Objective) -> bool:
    """Return whether a KPI can be what is wanted of it, where that is a value."""
    if isinstance(of.change, str):
        return True
    return math.isfinite(of.change) and (of.unit != SHARE or 0 <= of.change <= 1)


def place(objective: Objective, segments: Mapping[str, Collection[str]], where: str) -> tuple[str, str]:
    """Return segmenter and segment of an objective.

    Args:
        objective: the declaration.
        segments: by segmenter, what its segments are called.
        where: the beginning of an error's message.

    Raises:
        DatasetError: there is none of that name, or several segmenters have one.
    """
    if objective.segment == EVERYBODY:
        return EVERYBODY, EVERYBODY
    two = [(name, one) for name, own in segments.items() for one in own]
    every = {called: (name, one) for name, one in two if (called := named(name, one))}
    fitting = [two for whole, two in every.items() if objective.segment in (whole, two[1])]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        several = ", ".join(named(*one) for one in fitting)
        raise DatasetError(f"{where}.segment: got {objective.segment!r}, which may be {several}.")
    raise DatasetError(f"{where}.segment: got {objective.segment!r}.{nearest(objective.segment, every)}")
