"""Profiles: how large each segment is, what sets it apart, and what its customers did next."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from training.segmenters import Segment, Segmenter

TRAITS = 2
_ALIKE = 0.8


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


def profiles(
    segmenter: Segmenter, x: NDArray[np.float32], names: tuple[str, ...], nexts: dict[str, dict[str, float]]
) -> list[Profile]:
    """Describe the segments that have customers, in the segmenter's order.

    Args:
        segmenter: what assigns the segments.
        x: one row for each customer, shape (customers, features).
        names: the features.
        nexts: for each segment's name, the mean outcome of each target.
    """
    assigned = segmenter.assign(x)
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
        traits = []
        for j in _distinct(np.argsort(-np.abs(rank - 0.5), kind="stable"), alike):
            values = x[:, varied[j]]
            medians = (_median(values[inside]), _median(values))
            traits.append(Trait(names[varied[j]], *medians, float(rank[j])))
        size = int(inside.sum())
        described.append(Profile(segment, size, size / len(x), tuple(traits), nexts.get(segment.name, {})))
    return described


def _median(values: NDArray[np.float32]) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else float("nan")


def _distinct(order: NDArray[np.int64], alike: NDArray[np.float64]) -> list[int]:
    """Return the first of `order` that are not near copies of one taken before."""
    taken: list[int] = []
    for j in order:
        if len(taken) < TRAITS and all(alike[j, other] < _ALIKE for other in taken):
            taken.append(int(j))
    return taken
