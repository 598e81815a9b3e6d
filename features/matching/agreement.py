"""Agreement: how two values of a field are compared, and which pairs are of people who only live together."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.arrow import to_numpy
from features.matching.field import Field

SAME, NEARLY, DIFFERS, UNKNOWN = 1, 0, -1, -2
"""How two values agree; UNKNOWN where one is missing."""
_ALIKE = [0.92, 0.8]
"""Jaro-Winkler similarities from which on names are nearly the same."""
_SLIPS = [1, 2]
"""How many letters are wrong, missing or swapped in what is nearly the same."""


def comparison(name: str, field: Field) -> Any:
    """Return how Splink compares two values: levels from the same to different, rare values counting for more."""
    from splink import comparison_library as library

    if field.form in {"name", "family", "text"}:
        return library.JaroWinklerAtThresholds(name, _ALIKE).configure(term_frequency_adjustments=True)
    if field.form == "exact":
        return library.ExactMatch(name)
    slips = _SLIPS[: _levels(field) - 1]
    return library.DamerauLevenshteinAtThresholds(name, slips).configure(term_frequency_adjustments=True)


def _levels(field: Field) -> int:
    """Return how many levels of agreement a field has, beside that it differs.

    Two dates of which two digits differ are more often those of two people than of one.
    """
    return {"exact": 1, "date": 2}.get(field.form, 1 + len(_SLIPS))


def agreement(table: pa.Table, name: str, field: Field) -> NDArray[np.int64]:
    """Return how each pair agrees in a field."""
    level = to_numpy(table[f"gamma_{name}"]).astype(np.int64)
    return np.select([level < 0, level == 0, level < _levels(field)], [UNKNOWN, DIFFERS, NEARLY], SAME)


def apart(own: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which pairs share what a household does alone, and which of the others may be two of one.

    Households are never guessed: of what is a person's own one field must be the same, or more must agree nearly than
    differs. Where as much differs as agrees, as among twins or father and son, a person is told.

    Args:
        own: how pairs agree in the fields that are a person's own, shape (fields, pairs).

    Returns:
        Two arrays of shape (pairs,).
    """
    agree, differ = (own >= NEARLY).sum(axis=0), (own == DIFFERS).sum(axis=0)
    alone = ~(own == SAME).any(axis=0) & (agree <= differ)
    return alone, ~alone & (differ >= agree)
