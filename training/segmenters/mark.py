"""Marks: what a segment's customers are known to be, beside all customers."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.stats import rankdata

from features.arrow import to_numpy
from features.consent.groups import enough

_COMMON = 0.02
"""The share of all that has a value of an attribute which may set a segment apart: of rarer ones, chance picks one."""
_DIGITS = 12
"""Shares that differ by less are equal, and of equals the first counts."""

_Figures = tuple[str | None, float, float, float]
"""A mark's value, its figure inside and of all, and the standard errors."""


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


def marks(assigned: NDArray[np.int32], segments: int, attributes: pa.Table | None, smallest: int) -> list[list[Mark]]:
    """Return for each segment the marks of the attributes; of one that would tell of few, there is none at all."""
    found: list[list[Mark]] = [[] for _ in range(segments)]
    if attributes is None:
        return found
    sizes = np.bincount(assigned, minlength=segments)
    for name in attributes.column_names:
        column = attributes[name].combine_chunks()
        known = assigned[to_numpy(column.is_valid().cast(pa.uint8())) == 1]
        if not known.size:
            continue
        told = _number_marks if pa.types.is_floating(column.type) else _share_marks
        shares = np.bincount(known, minlength=segments) / np.maximum(sizes, 1)
        figures = told(column.drop_null(), known, segments)
        if smallest and _of_few(column, assigned, sizes, {one[0] for one in figures.values()}, smallest):
            continue
        for number, (value, inside, overall, errors) in figures.items():
            found[number].append(Mark(name, value, inside, overall, float(shares[number]), errors))
    return found


def _of_few(
    column: pa.Array, assigned: NDArray[np.int32], sizes: NDArray[np.int64], values: set[str | None], smallest: int
) -> bool:
    """Return whether an attribute would tell of few customers in any segment.

    A value is told of by its share inside and of all, so that of each segment can be told who has it and who has not.
    """
    known = to_numpy(column.is_valid().cast(pa.uint8())) == 1
    cells = [np.bincount(assigned[known], minlength=sizes.size)]
    cells.append(sizes - cells[0])
    for value in values - {None}:
        has = to_numpy(pc.equal(column.cast(pa.string()), value).fill_null(False).cast(pa.uint8())) == 1
        inside = np.bincount(assigned[has], minlength=sizes.size)
        cells += [inside, cells[0] - inside]
    return not all(enough(count, smallest) for one in cells for count in one.tolist())


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
