"""Profiles: how large each segment is, what sets it apart, and what its customers did next."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.stats import rankdata

from features.catalogue import unit
from features.catalogue.feature import Aggregate, Feature
from features.consent.groups import Group, enough, merged, together
from training.segmenters import Segment, Segmenter
from training.segmenters.columns import Columns
from training.segmenters.mark import Mark
from training.segmenters.mark import marks as all_marks

TRAITS, APART = 2, 4
"""So many traits are told in a line, and so many are there to choose from for a persona."""
CLEAR = 3.0
"""Standard errors from which on a mark is told: a summary looks at some hundred of them."""
MANY = 30
"""Customers for whom the attribute must be known: standard errors of fewer mislead."""
_ALIKE = 0.8
_COMPARED = 20_000
"""Of so many customers it is looked whether two features are alike."""


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
    apart: tuple[Trait, ...] = ()
    """The traits that can be told in plain words, the clearest first."""

    @property
    def mark(self) -> Mark | None:
        """The one mark worth a line: the clearest, where chance would hardly give it."""
        many = [mark for mark in self.marks if mark.known * self.size >= MANY and abs(mark.errors) >= CLEAR]
        return max(many, key=lambda mark: abs(mark.errors), default=None)


@dataclass(frozen=True)
class Next:
    """What customers did next."""

    customers: int
    mean: float
    """Their mean outcome."""


@dataclass(frozen=True)
class Members:
    """A segmenter with the segments of everybody."""

    segmenter: Segmenter
    assigned: NDArray[np.int32]
    """Places in the segmenter's segments, shape (customers,)."""
    nexts: Mapping[str, Mapping[str, Next]]
    """For each segment's name, the outcome of each target."""

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How many are in each segment."""
        return np.bincount(self.assigned, minlength=len(self.segmenter.segments))


def profiles(
    every: Sequence[Members],
    table: Columns,
    features: tuple[Feature, ...],
    attributes: pa.Table | None = None,
    smallest: int = 0,
    plain: Callable[[str], bool] = bool,
) -> list[list[Profile]]:
    """Describe for each segmenter the segments that have customers, in its order.

    Segments of too few customers are described together, and what would tell of few in them is left out. The table is
    gone over once for all, a column at a time: everybody's features need not fit into memory.

    Args:
        every: the segmenters.
        table: one row for each customer, in an order that does not depend on where they were read.
        features: those of its columns.
        attributes: what is known of each customer, a row for each.
        smallest: how many customers any figure is of at the least.
        plain: which features, by name, can be told in plain words.
    """
    ranks = [np.full((len(members.segmenter.segments), len(features)), np.nan) for members in every]
    for column in range(len(features)):
        if _asked_for(features[column]):
            continue
        values = table.read(column)
        ranked = _ranked(values)
        if not ranked.size or ranked.min() == ranked.max():  # the same for all
            continue
        for members, rank in zip(every, ranks, strict=True):
            sums = np.bincount(members.assigned, ranked, len(members.segmenter.segments))
            rank[:, column] = (sums / np.maximum(members.sizes, 1) - 0.5) / values.size
    return [
        _profiles(members, rank, table, features, attributes, smallest, plain)
        for members, rank in zip(every, ranks, strict=True)
    ]


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
    smallest: int,
    plain: Callable[[str], bool],
) -> list[Profile]:
    sizes, groups = members.sizes, merged(members.sizes.tolist(), smallest)
    place = np.zeros(sizes.size, np.int32)
    for number, group in enumerate(groups):
        place[list(group)] = number
    assigned = place[members.assigned]
    marks = all_marks(assigned, len(groups), attributes, smallest)
    described = []
    for number, group in enumerate(groups):
        size = int(sizes[list(group)].sum())
        if size:
            rank = ranks[group[0]] if len(group) == 1 else sizes[list(group)] @ ranks[list(group)] / size
            inside = assigned == number
            traits = _traits(features, rank, table, inside)
            told = np.where([plain(feature.name) for feature in features], rank, np.nan)
            apart = _traits(features, told, table, inside, APART)
            segment, nexts = _segment(members, group), _nexts(members, group, smallest)
            share = float(size / members.assigned.size)
            described.append(Profile(segment, size, share, traits, nexts, tuple(marks[number]), apart))
    return described


def _segment(members: Members, group: Group) -> Segment:
    """Return what segments that are told as one are called."""
    own = [members.segmenter.segments[place] for place in group]
    if len(own) == 1:
        return own[0]
    title = together([one.title for one in own])
    return Segment("_and_".join(one.name for one in own), title, "; or ".join(one.meaning for one in own))


def _nexts(members: Members, group: Group, smallest: int) -> dict[str, float]:
    """Return the mean outcome of each target of those in a group of segments, where they are not too few."""
    own = [members.nexts.get(members.segmenter.segments[place].name, {}) for place in group]
    found = {}
    for target in dict.fromkeys(name for one in own for name in one):
        there = [one[target] for one in own if target in one]
        customers = sum(one.customers for one in there)
        if enough(customers, smallest):
            mean = sum(one.customers * one.mean for one in there) / customers if len(there) > 1 else there[0].mean
            found[target] = mean
    return found


def _median(values: NDArray[np.float32]) -> float:
    """Return the median; NaN where fewer than half have a value, since it would be told of all and be that of few."""
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size and 2 * known.size >= values.size else float("nan")


def _traits(
    features: Sequence[Feature],
    rank: NDArray[np.float64],
    table: Columns,
    inside: NDArray[np.bool_],
    wanted: int = TRAITS,
) -> tuple[Trait, ...]:
    """Return what sets a segment apart, the clearest first.

    A feature is passed over where it is a near copy of one taken before, or the same in another window, and where its
    median is the same as that of all to who is told both.

    Args:
        features: all of them.
        rank: the segment's mean percentile of each, shape (features,); NaN where it is the same for all.
        table: everybody's features.
        inside: who is in the segment, shape (customers,).
        wanted: how many at the most.
    """
    by_name = {feature.name: feature for feature in features}
    taken: dict[int, Trait] = {}
    said: set[tuple[object, ...]] = set()
    varied = np.flatnonzero(~np.isnan(rank))
    for column in varied[np.argsort(-np.abs(rank[varied] - 0.5), kind="stable")].tolist():
        if len(taken) == wanted:
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


def _asked_for(feature: Feature) -> bool:
    """Return whether a feature is one that segmenters ask for beside the catalogue, such as a silence of before."""
    if not isinstance(feature, Aggregate) or feature.kind not in {"silence", "tenure"}:
        return False
    return bool(feature.lag or feature.window)


def _alike(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return how much two features go with each other, without a sign: the correlation of their ranks."""
    step = max(1, one.size // _COMPARED)
    ranks = np.stack([_ranked(one[::step]), _ranked(other[::step])])
    if (ranks.min(1) == ranks.max(1)).any():  # the same for all who are looked at
        return 0.0
    return float(np.abs(np.corrcoef(ranks[0], ranks[1])[0, 1]))


def _subject(feature: Feature, by_name: Mapping[str, Feature]) -> tuple[object, ...]:
    """Return what a feature speaks of, whatever its window."""
    if isinstance(feature, Aggregate):
        return feature.kind, feature.selection, feature.column, feature.only
    return feature.formula, *(_subject(by_name[part], by_name) for part in (feature.a, feature.b))
