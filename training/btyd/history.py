"""Histories: what a BTYD model knows of each customer, checked, as float rows with weights."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_array

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Histories:
    """Some customers' rows and how much each counts."""

    rows: Floats
    """Shape (customers, columns), C-contiguous."""
    weight: Floats
    """Shape (customers,), above 0."""

    def collapsed(self) -> "Histories":
        """Return each different row once, with the sum of its weights, in the rows' order."""
        order = np.lexsort(self.rows.T[::-1])
        rows, weight = self.rows[order], self.weight[order]
        first = np.append(True, (rows[1:] != rows[:-1]).any(axis=1))
        return Histories(rows[first], np.add.reduceat(weight, np.flatnonzero(first)))

    def every(self, step: int) -> "Histories":
        """Return each `step`-th row: of collapsed rows, a sample with customers of all kinds."""
        return Histories(np.ascontiguousarray(self.rows[::step]), np.ascontiguousarray(self.weight[::step]))


def checked(x: Any, names: tuple[str, ...], estimator: Any) -> Floats:
    """Return X as C-contiguous float64 rows.

    Args:
        x: array-like of shape (customers, len(names)).
        names: what the columns are.
        estimator: who asks, for the messages.

    Raises:
        ValueError: another shape, a value that is missing or infinite, or below 0; the message says which and where.
    """
    given = check_array(x, dtype=np.float64, order="C", estimator=estimator, input_name="X")
    rows: Floats = np.require(
        given, requirements=["C", "W"]
    )  # for arrays that cannot be written, the loops are compiled anew
    if rows.shape[1] != len(names):
        wanted = ", ".join(names)
        raise ValueError(f"X: got n_features={rows.shape[1]}; {type(estimator).__name__} takes {len(names)}: {wanted}.")
    for column, name in enumerate(names):
        refuse(rows[:, column] < 0, rows[:, column], f"{name} (column {column})", "0 or more is allowed")
    return rows


def refuse(wrong: NDArray[np.bool_], got: Floats, name: str, allowed: str) -> None:
    """Raise a ValueError if anything is `wrong`: how many rows, and what the first one has."""
    if wrong.any():
        row = int(np.argmax(wrong))
        others = f" ({int(wrong.sum())} rows in all)" if wrong.sum() > 1 else ""
        raise ValueError(f"{name}: got {got[row]:g} in row {row}{others}; {allowed}.")


def weights(sample_weight: ArrayLike | None, customers: int) -> Floats:
    """Return the customers' weights, 1 where none are given.

    Raises:
        ValueError: another shape, a value that is missing, infinite or below 0, or nothing above 0.
    """
    if sample_weight is None:
        return np.ones(customers)
    given = np.asarray(sample_weight, np.float64)
    if given.shape != (customers,):
        raise ValueError(f"sample_weight: got shape {given.shape}; ({customers},) is allowed.")
    refuse(~(np.isfinite(given) & (given >= 0)), given, "sample_weight", "a finite number, 0 or more, is allowed")
    if not given.any():
        raise ValueError("sample_weight: got zero for every customer; at least one must be above 0.")
    return given


def horizons(horizon: ArrayLike, customers: int) -> Floats:
    """Return each customer's horizon from one for all or one for each.

    Raises:
        ValueError: another shape, or a value that is missing, infinite or below 0.
    """
    given = np.asarray(horizon, np.float64)
    if given.shape not in {(), (customers,)}:
        raise ValueError(f"horizon: got shape {given.shape}; one number or shape ({customers},) is allowed.")
    every = np.ascontiguousarray(np.broadcast_to(given, (customers,)))
    refuse(~(np.isfinite(every) & (every >= 0)), every, "horizon", "a finite time, 0 or more, is allowed")
    return every
