"""Truth in three values, as in SQL: what is asked of something missing is unknown, and so is its opposite."""

import operator
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

Truths = NDArray[np.int8]
"""Of each customer FALSE, UNKNOWN or TRUE."""

FALSE, UNKNOWN, TRUE = 0, 1, 2
SAID: Mapping[int, bool | None] = {FALSE: False, UNKNOWN: None, TRUE: True}
"""The values as they are written in JSON."""

OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def of(holds: NDArray[np.bool_], known: NDArray[np.bool_]) -> Truths:
    """Return what holds where it is known, and UNKNOWN elsewhere; arrays of one shape."""
    return np.where(known, np.where(holds, TRUE, FALSE), UNKNOWN).astype(np.int8)


def every(parts: Sequence[Truths]) -> Truths:
    """Return whether all hold: FALSE where one does not, whatever of the others is unknown."""
    return reduce(np.minimum, parts)


def some(parts: Sequence[Truths]) -> Truths:
    """Return whether at least one holds: TRUE where one does, whatever of the others is unknown."""
    return reduce(np.maximum, parts)


def opposite(part: Truths) -> Truths:
    """Return what holds where a condition does not; what is unknown stays so."""
    return np.int8(TRUE) - part
