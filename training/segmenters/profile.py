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

TRAITS = 2
CLEAR = 3.0
"""Standard errors from which on a mark is told: a summary looks at some hundred of them."""
MANY = 30
"""Customers for whom the attribute must be known: standard errors of fewer mislead."""
_ALIKE = 0.8
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


def profiles(
    segmenter: Segmenter,
    x: NDArray[np.float32],
    features: tuple[Feature, ...],
    nexts: dict[str, dict[str, float]],
    attributes: pa.Table | None = None,
) -> list[Profile]:
    """Describe the segments that have customers, in the segmenter's order.

    Args:
        segmenter: what assigns the segments.
        x: one row for each customer, shape (customers, features).
        features: theirs.
        nexts: for each segment's name, the mean outcome of each target.
        attributes: what is known of each customer, a row for each.
    """
    assigned = segmenter.assign(x)
    marks = _marks(assigned, len(segmenter.segments), attributes)
    filled = np.where(np.isnan(x), -np.inf, x)
    ranks = (rankdata(filled, axis=0) - 0.5) / len(x)
    varied = np.flatnonzero(filled.min(0) < filled.max(0))
    alike = np.abs(np.corrcoef(ranks[:, varied], rowvar=False)) if varied.size > 1 else np.ones((1, 1))
    described = []
    for number, segment in enumerate(segmenter.segments):
        inside = assigned == number
        if not inside.any():
            continue
        rank = ranks[inside][:, varied].mean(0)
        traits = _traits(features, varied, rank, alike, (x[inside], x))
        size = int(inside.sum())
        told = (traits, nexts.get(segment.name, {}), tuple(marks[number]))
        described.append(Profile(segment, size, size / len(x), *told))
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
    found = {}
    for number in np.flatnonzero(table.sum(0)):
        size = table[:, number].sum()
        shares = table[:, number] / size
        if pa.types.is_boolean(values.type):  # no differs as much as yes
            value = names.index("true") if "true" in names else 0
        else:
            value = int(np.argmax(np.abs(shares - overall).round(_DIGITS)))
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
    features: Sequence[Feature],
    varied: NDArray[np.int64],
    rank: NDArray[np.float64],
    alike: NDArray[np.float64],
    rows: tuple[NDArray[np.float32], NDArray[np.float32]],
) -> tuple[Trait, ...]:
    """Return what sets a segment apart, the clearest first.

    A feature is passed over where it is a near copy of one taken before, or the same in another window, and where its
    median is the same as that of all to who is told both.

    Args:
        features: all of them.
        varied: the places of those that are not the same for all.
        rank: the segment's mean percentile of each of these, shape (varied,).
        alike: how much each of these goes with each other, without a sign, shape (varied, varied).
        rows: the segment's rows of all features, and everybody's.
    """
    by_name = {feature.name: feature for feature in features}
    taken: dict[int, Trait] = {}
    said: set[tuple[object, ...]] = set()
    for j in np.argsort(-np.abs(rank - 0.5), kind="stable").tolist():
        if len(taken) == TRAITS:
            break
        feature = features[varied[j]]
        subject = _subject(feature, by_name)
        if subject in said or any(alike[j, other] >= _ALIKE for other in taken):
            continue
        inside, overall = (_median(values[:, varied[j]]) for values in rows)
        if not unit.alike(feature, inside, overall):
            taken[j] = Trait(feature.name, inside, overall, float(rank[j]))
            said.add(subject)
    return tuple(taken.values())


def _subject(feature: Feature, by_name: Mapping[str, Feature]) -> tuple[object, ...]:
    """Return what a feature speaks of, whatever its window."""
    if isinstance(feature, Aggregate):
        return feature.kind, feature.selection, feature.column, feature.only
    return feature.formula, *(_subject(by_name[part], by_name) for part in (feature.a, feature.b))
