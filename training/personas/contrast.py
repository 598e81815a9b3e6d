"""Contrasts: in what the customers of a segment differ from the others beyond chance, with how much and how surely.

Tested is what did not make the segments: attributes, what customers did afterwards, and features of customers whom the
fit did not see. What a segmenter looks at is described alone: it differs because it was cut by it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.stats import norm

from features.arrow import to_numpy
from features.consent.groups import enough

LEVEL = 0.05
"""The chance that anything at all is called significant where nothing differs."""
Z = float(norm.ppf(0.975))
MANY, EXPECTED = 30, 5
"""Customers of either side for whom a trait must be known, and how many of either side must be expected in each cell:
with fewer, the normal distribution misleads."""
_COMMON = 0.02
_MOST = 12
"""Of a text, so many of the values that are not rare are tested, the commonest."""
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Examined:
    """What is known of some customers that did not make their segments."""

    trait: str
    """An attribute, a target, or a feature that the segmenter does not look at."""
    about: Literal["attribute", "outcome", "feature"]
    values: pa.Array | Floats
    """Of each customer, shape (rows,): text, truth, or numbers, which are NaN where they are not known."""
    assigned: NDArray[np.int32]
    """The place of each customer's segment, shape (rows,); -1 of those who do not count."""
    yes_or_no: bool = False
    """Whether numbers are 0 and 1."""


@dataclass(frozen=True)
class Contrast:
    """One segment beside all customers in one trait."""

    trait: str
    about: str
    value: str | None
    """The value whose share is told; None of a number, and of what is yes or no."""
    kind: Literal["share", "delta"]
    """What the effect is: the share less that of all, or Cliff's delta against the others: how much more often one of
    the segment has the larger number than the smaller, from -1 to 1."""
    inside: float
    """The share in the segment, or its median."""
    overall: float
    """The same of all customers."""
    effect: float
    lo: float
    hi: float
    """Its 95 % interval, by itself."""
    p: float
    adjusted: float = 1.0
    """That of all the tests together, by Holm's method."""

    @property
    def significant(self) -> bool:
        """Whether chance would hardly give it, all tests taken together."""
        return self.adjusted < LEVEL


def contrasts(every: Sequence[Examined], segments: int, smallest: int = 0) -> list[tuple[Contrast, ...]]:
    """Return the contrasts of each segment, the clearest first.

    Args:
        every: what is tested.
        segments: how many there are.
        smallest: customers that any figure is of at the least; what would tell of fewer is not tested.
    """
    found = [one for examined in every for one in _of(examined, segments, smallest)]
    adjusted = holm([one.p for _, one in found])
    told: list[list[Contrast]] = [[] for _ in range(segments)]
    for (place, one), p in zip(found, adjusted, strict=True):
        told[place].append(replace(one, adjusted=p))
    return [tuple(sorted(own, key=lambda one: (one.p, one.trait))) for own in told]


def holm(p: Sequence[float]) -> list[float]:
    """Return adjusted p-values: below a level, with at most its probability where nothing differs in any of the tests.

    Example:
        >>> holm([0.01, 0.04, 0.03])
        [0.03, 0.06, 0.06]
    """
    order = np.argsort(p, kind="stable")
    factors = np.arange(len(p), 0, -1)
    found = np.empty(len(p))
    found[order] = np.minimum(np.maximum.accumulate(np.asarray(p)[order] * factors), 1.0)
    return [float(one) for one in found]


def _of(examined: Examined, segments: int, smallest: int) -> Iterator[tuple[int, Contrast]]:
    values, assigned = examined.values, examined.assigned
    if isinstance(values, np.ndarray):
        known = np.isfinite(values) & (assigned >= 0)
        split = _shares if examined.yes_or_no else _numbers
        cells = [("", values[known], assigned[known])]
    else:
        column = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
        known = (to_numpy(column.is_valid().cast(pa.uint8())) == 1) & (assigned >= 0)
        there = column.filter(pa.array(known))
        number = pa.types.is_floating(column.type)
        split = _numbers if number else _shares
        cells = [("", to_numpy(there), assigned[known])] if number else list(_values(there, assigned[known]))
    sizes, inside = (np.bincount(one, minlength=segments) for one in (assigned[assigned >= 0], assigned[known]))
    if not all(enough(n, smallest) for n in [*inside.tolist(), *(sizes - inside).tolist()]):
        return
    for value, own, places in cells:
        yield from split(examined, value or None, own, places, segments, smallest)


def _values(column: pa.Array, places: NDArray[np.int32]) -> Iterator[tuple[str, Floats, NDArray[np.int32]]]:
    """Yield the values of a text or truth that are not rare, and of each customer whether they have it."""
    coded = pc.dictionary_encode(column.cast(pa.string()))
    names, codes = coded.dictionary.to_pylist(), to_numpy(coded.indices)
    counts = np.bincount(codes, minlength=len(names)) if len(names) else np.empty(0, np.int64)
    common = [place for place in np.argsort(-counts, kind="stable").tolist() if counts[place] >= _COMMON * codes.size]
    truth = pa.types.is_boolean(column.type)
    for place in common[:_MOST]:
        if not truth or names[place] == "true":
            yield names[place], (codes == place).astype(np.float64), places


def _shares(
    examined: Examined, value: str | None, has: Floats, places: NDArray[np.int32], segments: int, smallest: int
) -> Iterator[tuple[int, Contrast]]:
    """Yield the difference of the share of each segment from that of all."""
    sizes, counts = np.bincount(places, minlength=segments), np.bincount(places, has, segments)
    total, having = int(sizes.sum()), float(counts.sum())
    if not all(enough(round(n), smallest) for n in [*counts.tolist(), *(sizes - counts).tolist()]):
        return
    for place in range(segments):
        n, others = int(sizes[place]), total - int(sizes[place])
        overall = having / total if total else 0.0
        if min(n, others) < MANY or min(n, others) * min(overall, 1 - overall) < EXPECTED:
            continue
        inside, outside = counts[place] / n, (having - counts[place]) / others
        weight = others / total  # what is told is the difference from all, who are the segment and the others
        null = sqrt(overall * (1 - overall) * (1 / n + 1 / others))
        error = weight * sqrt(inside * (1 - inside) / n + outside * (1 - outside) / others)
        p = 2 * float(norm.sf(abs(inside - outside) / null))
        effect = float(weight * (inside - outside))
        bounds = effect - Z * error, effect + Z * error
        yield (
            place,
            Contrast(examined.trait, examined.about, value, "share", float(inside), overall, effect, *bounds, p),
        )


def _numbers(
    examined: Examined,
    value: str | None,
    numbers: Floats,
    places: NDArray[np.int32],
    segments: int,
    smallest: int,  # noqa: ARG001
) -> Iterator[tuple[int, Contrast]]:
    """Yield Cliff's delta of each segment against the others, by the ranks of their numbers."""
    numbers = numbers.astype(np.float64)
    values, codes = np.unique(numbers, return_inverse=True)
    counts = np.bincount(codes.ravel() * segments + places, minlength=values.size * segments)
    table: Floats = counts.reshape(values.size, segments).astype(np.float64)
    every, total = table.sum(1), numbers.size
    tied = float((every**3 - every).sum()) / max(total * (total - 1), 1)
    median = float(np.median(numbers)) if total else float("nan")
    for place in range(segments):
        own: Floats = table[:, place]
        rest: Floats = every - own
        n, others = int(own.sum()), int(rest.sum())
        if min(n, others) < MANY or total + 1 - tied <= 0:
            continue
        # Of each value, the share of the other side that lies below it, half of equal ones among them.
        below, variance = _weighed((np.cumsum(rest) - rest / 2) / others, own)
        _, variance_of_others = _weighed((np.cumsum(own) - own / 2) / n, rest)
        delta = 2 * below - 1
        error = 2 * sqrt(variance / n + variance_of_others / others)
        null = sqrt((total + 1 - tied) / (3 * n * others))
        p = 2 * float(norm.sf(abs(delta) / null))
        bounds = max(delta - Z * error, -1.0), min(delta + Z * error, 1.0)
        inside = float(np.median(numbers[places == place]))
        yield place, Contrast(examined.trait, examined.about, value, "delta", inside, median, delta, *bounds, p)


def _weighed(values: Floats, weights: Floats) -> tuple[float, float]:
    """Return the mean and the variance of values of which there are so many each."""
    n = float(weights.sum())
    mean = float(weights @ values) / n
    return mean, float(weights @ (values - mean) ** 2) / (n - 1)
