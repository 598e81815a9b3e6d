"""Intervals by resampling customers: rows of one customer are drawn together, since they are not independent."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.metrics import METRICS, Floats

DRAWS = 400
_CELLS = 4_000_000


@dataclass(frozen=True)
class Estimate:
    """A number and its 95 % interval."""

    value: float
    lo: float
    hi: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of zero."""
        return self.lo > 0 or self.hi < 0


@dataclass(frozen=True)
class Scored:
    """Each metric of one task on some rows: as they are, and on each bootstrap draw of their customers."""

    value: dict[str, float]
    draws: dict[str, Floats]

    def estimates(self) -> dict[str, Estimate]:
        """Return each metric with its interval."""
        return {name: _estimate(self.value[name], self.draws[name]) for name in self.value}

    def minus(self, other: "Scored") -> dict[str, Estimate]:
        """Return the paired differences to another prediction of the same rows, with intervals."""
        return {
            name: _estimate(self.value[name] - other.value[name], self.draws[name] - other.draws[name])
            for name in self.value
        }


def _estimate(value: float, draws: Floats) -> Estimate:
    lo, hi = np.nanpercentile(draws, [2.5, 97.5]) if np.isfinite(draws).any() else (np.nan, np.nan)
    return Estimate(float(value), float(lo), float(hi))


def scored(task: str, y: Floats, p: Floats, customers: NDArray[np.int64], draws: int = DRAWS) -> Scored:
    """Compute all metrics of a task, and their draws: the same draws for the same customers.

    Args:
        task: `binary` or `value`.
        y: outcomes, shape (rows,).
        p: predictions, shape (rows,).
        customers: who each row belongs to, shape (rows,).
        draws: how many times the customers are drawn.
    """
    _, owner = np.unique(customers, return_inverse=True)
    generator = np.random.default_rng(20170101)
    value = {name: float(metric(y, p, np.ones((1, y.size)))[0]) for name, metric in METRICS[task].items()}
    parts: dict[str, list[Floats]] = {name: [] for name in value}
    chunk = max(1, _CELLS // max(y.size, 1))
    for start in range(0, draws, chunk):
        counts = generator.multinomial(
            owner.max() + 1, np.full(owner.max() + 1, 1 / (owner.max() + 1)), min(chunk, draws - start)
        )
        weights = counts[:, owner].astype(np.float64)
        for name, metric in METRICS[task].items():
            parts[name].append(metric(y, p, weights))
    return Scored(value, {name: np.concatenate(part) for name, part in parts.items()})
