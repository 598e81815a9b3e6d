"""Profiles: how large each segment is, what sets it apart, and what its customers did next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.stats import rankdata

from features.arrow import to_numpy
from features.catalogue import unit
from features.catalogue.feature import Aggregate, Feature
from training.segmenters import Segment, Segmenter
from training.segmenters.columns import Columns

TRAITS = 2
CLEAR = 3.0
"""Standard errors from which on a mark is told: a summary looks at some hundred of them."""
MANY = 30
"""Customers for whom the attribute must be known: standard errors of fewer mislead."""
_ALIKE = 0.8
_COMMON = 0.02
"""The share of all that has a value of an attribute which may set a segment apart: of rarer ones, chance picks one."""
_DIGITS = 12
"""Shares that differ by less are equal, and of equals the first counts."""

_Figures = tuple[str | None, float, float, float]
"""A mark's value, its figure inside and of all, and the standard errors."""


@dataclass(frozen=True)
class Trait:
    """A feature that sets a segment apart."""

    feature: str
    inside: float
    """Its median in the segment."""
    overall: float
    """Its median over all customers."""
    rank: float
    """The segment's mean percentile, 0 to 1; 0.5 is nothing special."""


@dataclass(frozen=True)
class Mark:
    """What a segment's customers are known to be, beside all customers: no feature, so it decided nothing."""

    attribute: str
    value: str | None
    """The value whose share differs most from that of all; None where the attribute is a number."""
    inside: float
    """The value's share of the segment's customers for whom the attribute is known, or the number's median."""
    overall: float
    """The same of all customers."""
    known: float
    """The share of the segment's customers for whom the attribute is known."""
    errors: float
    """How far the segment is from all customers, in standard errors of as many drawn at random."""


@dataclass(frozen=True)
class Profile:
    """One segment as a person wants to see it."""

    segment: Segment
    size: int
    share: float
    traits: tuple[Trait, ...]
    next: dict[str, float]
    """The mean outcome of each target for those of the segment in its cohort, at the newest test cut-off."""
    marks: tuple[Mark, ...] = ()
    """One for each attribute that is known of anyone in the segment."""

    @property
    def mark(self) -> Mark | None:
        """The one mark worth a line: the clearest, where chance would hardly give it."""
        many = [mark for mark in self.marks if mark.known * self.size >= MANY and abs(mark.errors) >= CLEAR]
        return max(many, key=lambda mark: abs(mark.errors), default=None)


@dataclass(frozen=True)
class Members:
    """A segmenter with the segments of everybody."""

    segmenter: Segmenter
    assigned: NDArray[np.int32]
    """Places in the segmenter's segments, shape (customers,)."""
    nexts: Mapping[str, Mapping[str, float]]
    """For each segment's name, the mean outcome of each target."""

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How many are in each segment."""
        return np.bincount(self.assigned, minlength=len(self.segmenter.segments))


def profiles(
    every: Sequence[Members], table: Columns, features: tuple[Feature, ...], attributes: pa.Table | None = None
) -> list[list[Profile]]:
    """Describe for each segmenter the segments that have customers, in its order.

    The table is gone over once for all, a column at a time: everybody's features need not fit into memory.

    Args:
        every: the segmenters.
        table: one row for each customer, in an order that does not depend on where they were read.
        features: those of its columns.
        attributes: what is known of each customer, a row for each.
    """
    ranks = [np.full((len(members.segmenter.segments), len(features)), np.nan) for members in every]
    for column in range(len(features)):
        values = table.read(column)
        ranked = _ranked(values)
        if ranked.min(initial=0) == ranked.max(initial=0):  # the same for all
            continue
        for members, rank in zip(every, ranks, strict=True):
            sums = np.bincount(members.assigned, ranked, len(members.segmenter.segments))
            rank[:, column] = (sums / np.maximum(members.sizes, 1) - 0.5) / values.size
    return [_profiles(members, rank, table, features, attributes) for members, rank in zip(every, ranks, strict=True)]


def _ranked(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the ranks from 1 on, those of equals their mean; who lacks a value comes first. Sums of them are exact."""
    ranked: NDArray[np.float64] = rankdata(np.where(np.isnan(values), -np.inf, values))
    return ranked


def _profiles(
    members: Members,
    ranks: NDArray[np.float64],
    table: Columns,
    features: tuple[Feature, ...],
    attributes: pa.Table | None,
) -> list[Profile]:
    sizes, marks = members.sizes, _marks(members.assigned, len(members.segmenter.segments), attributes)
    described = []
    for number, segment in enumerate(members.segmenter.segments):
        if sizes[number]:
            traits = _traits(features, ranks[number], table, members.assigned == number)
            nexts = dict(members.nexts.get(segment.name, {}))
            size, share = int(sizes[number]), float(sizes[number] / members.assigned.size)
            described.append(Profile(segment, size, share, traits, nexts, tuple(marks[number])))
    return described


def _marks(assigned: NDArray[np.int32], segments: int, attributes: pa.Table | None) -> list[list[Mark]]:
    """Return for each segment the marks of the attributes."""
    marks: list[list[Mark]] = [[] for _ in range(segments)]
    if attributes is None:
        return marks
    sizes = np.bincount(assigned, minlength=segments)
    for name in attributes.column_names:
        column = attributes[name].combine_chunks()
        known = assigned[to_numpy(column.is_valid().cast(pa.uint8())) == 1]
        if not known.size:
            continue
        told = _number_marks if pa.types.is_floating(column.type) else _share_marks
        shares = np.bincount(known, minlength=segments) / np.maximum(sizes, 1)
        for number, (value, inside, overall, errors) in told(column.drop_null(), known, segments).items():
            marks[number].append(Mark(name, value, inside, overall, float(shares[number]), errors))
    return marks


def _share_marks(values: pa.Array, inside: NDArray[np.int32], segments: int) -> dict[int, _Figures]:
    """Return by segment the value whose share differs most, its share inside and of all, and the standard errors."""
    coded = pc.dictionary_encode(values)
    names = coded.dictionary.cast(pa.string()).to_pylist()
    counts = np.bincount(to_numpy(coded.indices).astype(np.int64) * segments + inside, minlength=len(names) * segments)
    table = counts.reshape(len(names), segments)
    overall = table.sum(1) / max(len(values), 1)
    common = overall >= _COMMON
    found = {}
    for number in np.flatnonzero(table.sum(0)):
        size = table[:, number].sum()
        shares = table[:, number] / size
        if pa.types.is_boolean(values.type):  # no differs as much as yes
            value = names.index("true") if "true" in names else 0
        elif common.any():
            value = int(np.argmax(np.where(common, np.abs(shares - overall).round(_DIGITS), -1.0)))
        else:
            continue
        error = np.sqrt(overall[value] * (1 - overall[value]) / size)
        errors = (shares[value] - overall[value]) / error if error else 0.0
        found[int(number)] = (names[value], float(shares[value]), float(overall[value]), float(errors))
    return found


def _number_marks(values: pa.Array, inside: NDArray[np.int32], segments: int) -> dict[int, _Figures]:
    """Return by segment the median inside and of all, and how many standard errors the mean rank is off the middle."""
    numbers = to_numpy(values)
    ranks = (rankdata(numbers) - 0.5) / max(len(numbers), 1)
    spread = float(ranks.std())
    found: dict[int, _Figures] = {}
    for number in range(segments):
        own = inside == number
        if own.any():
            errors = float((ranks[own].mean() - 0.5) * np.sqrt(own.sum()) / spread) if spread else 0.0
            found[number] = (None, float(np.median(numbers[own])), float(np.median(numbers)), errors)
    return found


def _median(values: NDArray[np.float32]) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else float("nan")


def _traits(
    features: Sequence[Feature], rank: NDArray[np.float64], table: Columns, inside: NDArray[np.bool_]
) -> tuple[Trait, ...]:
    """Return what sets a segment apart, the clearest first.

    A feature is passed over where it is a near copy of one taken before, or the same in another window, and where its
    median is the same as that of all to who is told both.

    Args:
        features: all of them.
        rank: the segment's mean percentile of each, shape (features,); NaN where it is the same for all.
        table: everybody's features.
        inside: who is in the segment, shape (customers,).
    """
    by_name = {feature.name: feature for feature in features}
    taken: dict[int, Trait] = {}
    said: set[tuple[object, ...]] = set()
    varied = np.flatnonzero(~np.isnan(rank))
    for column in varied[np.argsort(-np.abs(rank[varied] - 0.5), kind="stable")].tolist():
        if len(taken) == TRAITS:
            break
        feature, values = features[column], table.read(column)
        subject = _subject(feature, by_name)
        if subject in said or any(_alike(values, table.read(other)) >= _ALIKE for other in taken):
            continue
        middle, overall = _median(values[inside]), _median(values)
        if not unit.alike(feature, middle, overall):
            taken[column] = Trait(feature.name, middle, overall, float(rank[column]))
            said.add(subject)
    return tuple(taken.values())


def _alike(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return how much two features go with each other, without a sign: the correlation of their ranks."""
    return float(np.abs(np.corrcoef(_ranked(one), _ranked(other))[0, 1]))


def _subject(feature: Feature, by_name: Mapping[str, Feature]) -> tuple[object, ...]:
    """Return what a feature speaks of, whatever its window."""
    if isinstance(feature, Aggregate):
        return feature.kind, feature.selection, feature.column, feature.only
    return feature.formula, *(_subject(by_name[part], by_name) for part in (feature.a, feature.b))
