"""Matching: which segments of a segmenter are those of another, told by the customers whom they share.

Two segments are the same where more than half of all who are in either are in both: a Jaccard index above .5; up to
that Hennig (2007, "Cluster-wise assessment of cluster stability") calls a cluster dissolved. Above one half no segment
has two such partners, so these pairs are the optimal assignment of all that may be paired, whatever their order.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from training.segmenters.clusters import TOO_LITTLE
from training.segmenters.segment import NO_PURCHASE, Segment

SAME = 0.5
"""The Jaccard index above which two segments are one."""
MOST = 0.5
"""More than this share of a segment's customers is most of them."""

OUTSIDE = frozenset({NO_PURCHASE.name, TOO_LITTLE.name})
"""Segments of customers of whom too little is known: they mean the same in every segmenter."""

Places = NDArray[np.int32]
How = Literal["kept", "split", "merged", "new"]


@dataclass(frozen=True)
class Became:
    """What a new segment is of the old ones."""

    place: int
    """Of the new segment."""
    how: How
    of: tuple[int, ...]
    """The places of the old ones: whose it is, that it was split from, that it was merged of; none of a new one."""
    jaccard: float
    """With the old one that it is most like."""


@dataclass(frozen=True)
class Vanished:
    """An old segment that no new one goes on with."""

    place: int
    into: tuple[int, ...]
    """The places of the new ones that have most of it, or that most of whose customers are from it."""


@dataclass(frozen=True)
class Matching:
    """What became of the segments of one segmenter in another."""

    segments: tuple[Became, ...]
    """Of each new segment, in their order."""
    vanished: tuple[Vanished, ...]

    @property
    def whole(self) -> bool:
        """Whether every segment is kept and none vanished."""
        return not self.vanished and all(one.how == "kept" for one in self.segments)

    def kept(self) -> dict[int, int]:
        """Return the places of old segments by those of the new ones that go on with them."""
        return {one.place: one.of[0] for one in self.segments if one.how == "kept"}


def matched(old: Sequence[Segment], new: Sequence[Segment], before: Places, after: Places) -> Matching:
    """Match the segments of two segmenters by the customers whom they share.

    Those of whom too little is known are a segment of the same meaning everywhere, and stay it. So does one of the same
    name that nobody is in on either side: nothing says otherwise.

    Args:
        old: the segments of the former segmenter.
        new: those of the other.
        before: each customer's place among the old ones, shape (customers,).
        after: the same customers' places among the new ones.
    """
    shared = np.zeros((len(old), len(new)), np.int64)
    np.add.at(shared, (before, after), 1)
    of_old, of_new = shared.sum(1), shared.sum(0)
    union = of_old[:, None] + of_new[None, :] - shared
    jaccard = np.divide(shared, union, out=np.zeros(shared.shape), where=union > 0)
    same = jaccard > SAME
    for place, name in _by_name(old, new, of_old, of_new):
        same[place, :], same[:, name] = False, False
        same[place, name] = True
    most_of_old = shared > MOST * np.maximum(of_old, 1)[:, None]
    most_of_new = shared > MOST * np.maximum(of_new, 1)[None, :]
    told = (_became(place, same, most_of_old, most_of_new, jaccard) for place in range(len(new)))
    lost = np.flatnonzero(~same.any(1)).tolist()
    gone = (Vanished(place, tuple(np.flatnonzero(most_of_old[place] | most_of_new[place]).tolist())) for place in lost)
    return Matching(tuple(told), tuple(gone))


def _by_name(
    old: Sequence[Segment], new: Sequence[Segment], of_old: NDArray[np.int64], of_new: NDArray[np.int64]
) -> Iterator[tuple[int, int]]:
    """Yield the places of segments that their names match."""
    places = {segment.name: place for place, segment in enumerate(new)}
    for place, segment in enumerate(old):
        other = places.get(segment.name)
        if other is not None and (segment.name in OUTSIDE or (not of_old[place] and not of_new[other])):
            yield place, other


def _became(
    place: int,
    same: NDArray[np.bool_],
    most_of_old: NDArray[np.bool_],
    most_of_new: NDArray[np.bool_],
    jaccard: NDArray[np.float64],
) -> Became:
    """Return what a new segment is: merged where it has most of several old ones, split where it is most of one."""
    alike = float(jaccard[:, place].max(initial=0.0))
    for how, rows in (("kept", same), ("merged", most_of_old), ("split", most_of_new)):
        of = tuple(np.flatnonzero(rows[:, place]).tolist())
        if len(of) > (how == "merged"):
            return Became(place, how, of, alike)  # type: ignore[arg-type]
    return Became(place, "new", (), alike)


def by_names(old: Sequence[Segment], new: Sequence[Segment]) -> Matching:
    """Match segments whose names say what they are: one of the same name is the same."""
    before, after = ([segment.name for segment in each] for each in (old, new))
    told = tuple(
        Became(place, "kept", (before.index(name),), 1.0) if name in before else Became(place, "new", (), 0.0)
        for place, name in enumerate(after)
    )
    return Matching(told, tuple(Vanished(place, ()) for place, name in enumerate(before) if name not in after))
