"""Intervals by resampling customers: rows of one customer are drawn together, since they are not independent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from training.metrics.metrics import METRICS, Floats, Metric
from training.metrics.owners import Owners

DRAWS = 400
_SEED = 20170101
NORMAL = 1.96
"""Standard deviations on either side of the mean, between which 95 % lie."""
_CELLS = 4_000_000
"""As many weights are held at once."""


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


def paired(losses: Floats, others: Floats, customers: NDArray[np.int64] | Owners) -> tuple[float, float]:
    """Return by how much losses are larger than others of the same rows, on the mean, and its standard error.

    Rows of one customer count as one observation: the error is that of the customers' sums. All of shape (rows,).
    """
    owners = Owners.of(customers)
    more = losses - others if owners.share is None else (losses - others) * owners.share
    whole = losses.size if owners.share is None else float(owners.share.sum())
    sums = np.bincount(_numbered(owners.people), more)
    return float(sums.sum() / whole), float(np.sqrt(((sums - sums.mean()) ** 2).sum()) / whole)


def _numbered(customers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a number for each row's customer, in the order in which they first come: their own numbers say nothing."""
    _, first, who = np.unique(customers, return_index=True, return_inverse=True)
    number = np.empty(first.size, np.int64)
    number[np.argsort(first)] = np.arange(first.size)
    return number[who]


def scored(task: str, y: Floats, p: Floats, customers: NDArray[np.int64] | Owners, draws: int = DRAWS) -> Scored:
    """Compute all metrics of a task, and their draws: the same draws for the same customers.

    Args:
        task: `binary`, `value` or `time`.
        y: outcomes, shape (rows,).
        p: predictions, shape (rows,).
        customers: who each row belongs to, shape (rows,).
        draws: how many times the customers are drawn.
    """
    return resampled(METRICS[task], y, p, customers, multinomial, draws)


def figures(metrics: Mapping[str, Metric], y: Floats, p: Floats, share: Floats | None = None) -> dict[str, float]:
    """Compute some metrics of the rows as they are; `y`, `p` and `share`, of their person, of shape (rows,)."""
    weights = np.ones((1, y.size)) if share is None else share[None, :]
    return {name: float(metric(y, p, weights)[0]) for name, metric in metrics.items()}


def resampled(
    metrics: Mapping[str, Metric],
    y: Floats,
    p: Floats,
    customers: NDArray[np.int64] | Owners,
    drawn: Callable[[np.random.Generator, int, int], Floats],
    draws: int = DRAWS,
) -> Scored:
    """Compute some metrics, and their draws by `drawn`, from a generator, a number of draws and one of customers.

    A draw of a small group may hold none of its customers: its mean is not a number, and intervals pass it over.
    """
    owners = Owners.of(customers)
    owner = _numbered(owners.people)
    everyone = int(owner.max()) + 1
    generator = np.random.default_rng(_SEED)
    value = figures(metrics, y, p, owners.share)
    parts: dict[str, list[Floats]] = {name: [] for name in metrics}
    chunk = max(1, _CELLS // y.size)
    for start in range(0, draws, chunk):
        new = (
            _first(drawn, draws, everyone) if chunk >= draws else drawn(generator, min(chunk, draws - start), everyone)
        )
        weights = new[:, owner] if owners.share is None else new[:, owner] * owners.share
        with np.errstate(invalid="ignore", divide="ignore"):
            for name, metric in metrics.items():
                parts[name].append(metric(y, p, weights))
    return Scored(value, {name: np.concatenate(part) for name, part in parts.items()})


@lru_cache(2)
def _first(drawn: Callable[[np.random.Generator, int, int], Floats], draws: int, everyone: int) -> Floats:
    """Return what a new generator gives: the recipes of a target are judged on the same customers, one by one."""
    return drawn(np.random.default_rng(_SEED), draws, everyone)


def multinomial(generator: np.random.Generator, draws: int, everyone: int) -> Floats:
    """Return how often each customer is in a draw of as many as there are, shape (draws, everyone)."""
    counts = generator.multinomial(everyone, np.full(everyone, 1 / everyone), draws)
    return counts.astype(np.float64)
