"""Calibration: whether what is predicted happens as often, or is worth as much, as it says."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.metrics.bootstrap import Estimate
from training.metrics.metrics import BINS, Floats, total_ratio
from training.metrics.owners import Owners
from training.report.cells import cells
from training.report.interval import estimates, mean_outcome


@dataclass(frozen=True)
class Bin:
    """Rows with predictions next to each other."""

    rows: int
    predicted: float
    """Their mean prediction."""
    observed: Estimate
    """Their mean outcome."""


@dataclass(frozen=True)
class Calibration:
    """A target's calibration on its test rows."""

    ratio: Estimate
    """Sum of the predictions over the sum of the outcomes; 1 is right."""
    bins: tuple[Bin, ...]
    """By increasing prediction, of equal count but for ties."""


def calibration(y: Floats, p: Floats, customers: NDArray[np.int64] | Owners, smallest: int = 0) -> Calibration:
    """Compare predictions with outcomes, all in all and in ten bins: those that the ECE is computed from.

    Bins of fewer than so many customers are merged with those beside them.
    """
    ratio = estimates({"ratio": total_ratio}, y, p, customers)["ratio"]
    found = cells(bins(p), BINS, Owners.of(customers).people, smallest)
    return Calibration(ratio, tuple(_bin(y, p, customers, inside) for _, inside in found))


def bins(p: Floats, count: int = BINS) -> NDArray[np.int64]:
    """Return which of ten bins of equal count, or of so many, each row is in; equal predictions share a bin."""
    _, group, rows = np.unique(p, return_inverse=True, return_counts=True)
    middle = np.cumsum(rows) - rows / 2
    place: NDArray[np.int64] = np.minimum(middle * count // p.size, count - 1).astype(np.int64)
    return place[group]


def _bin(y: Floats, p: Floats, customers: NDArray[np.int64] | Owners, inside: NDArray[np.bool_]) -> Bin:
    observed = estimates({"observed": mean_outcome}, y[inside], p[inside], customers[inside])["observed"]
    return Bin(int(inside.sum()), float(p[inside].mean()), observed)
