"""What is given with a row: features of its context, from the table of that kind, put behind those of the kernel."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from features.catalogue.feature import Given

Floats32 = NDArray[np.float32]


def appended(
    x: Floats32, position: Mapping[str, int], given: Sequence[Given], table: Sequence[object], codes: NDArray[np.int64]
) -> Floats32:
    """Return rows of features with those of their contexts behind.

    Args:
        x: the kernel's features, shape (rows, features).
        position: the column of each, by name.
        given: the features of the contexts.
        table: the contexts, whose attributes are the columns.
        codes: each row's place in the table, shape (rows,); -1 is none, and its features are NaN.
    """
    out = np.full((len(x), x.shape[1] + len(given)), np.nan, np.float32)
    out[:, : x.shape[1]] = x
    if (codes < 0).all():  # as of every customer who is asked about outside campaigns
        return out
    for column, feature in enumerate(given, x.shape[1]):
        out[:, column] = _values(feature, x, position, [getattr(one, feature.column) for one in table], codes)
    return out


def _values(
    feature: Given, x: Floats32, position: Mapping[str, int], column: Sequence[object], codes: NDArray[np.int64]
) -> Floats32:
    """Return one feature, shape (rows,)."""
    if feature.picks:
        return _picked(dict(feature.picks), x, position, column, codes)
    told = [float(value == feature.equals) if feature.equals else value for value in column]
    by_code: Floats32 = np.array([*told, np.nan], np.float32)  # the last is that of no context, whose code is -1
    return by_code[codes]


def _picked(
    picks: Mapping[str, str],
    x: Floats32,
    position: Mapping[str, int],
    column: Sequence[object],
    codes: NDArray[np.int64],
) -> Floats32:
    """Return for each row the customer's number that its context's value names; NaN where it names none."""
    places = np.array([*(position.get(picks.get(str(value), ""), -1) for value in column), -1], np.int64)[codes]
    known = places >= 0
    out = np.full(len(x), np.nan, np.float32)
    out[known] = x[np.flatnonzero(known), places[known]]
    return out
