"""Gain and lift: how much of the outcome the customers hold who are ranked first, by tenths."""

from dataclasses import dataclass

import numpy as np

from training.metrics.metrics import Floats
from training.report.cells import steps
from training.report.ranking import at, captured

DECILES = 10
_POINTS = 100


@dataclass(frozen=True)
class Decile:
    """One tenth of the rows, of the ranking by prediction."""

    number: int
    """From 1, the highest predictions."""
    predicted: float
    """Mean prediction."""
    observed: float
    """Mean outcome."""
    lift: float
    """Its mean outcome over that of all rows."""
    cumulated_lift: float
    """The mean outcome of it and those before, over that of all rows."""
    gain: float
    """Share of the whole outcome that it and those before hold."""


@dataclass(frozen=True)
class Gain:
    """The ranking's gain on the test rows."""

    rows: int
    deciles: tuple[Decile, ...]
    curve: tuple[float, ...]
    """Share of the outcome in the first hundredths of the rows, from none to all; of few rows in fewer parts."""
    perfect: tuple[float, ...]
    """The same of a ranking by the outcome itself."""

    @property
    def part(self) -> str:
        """What one of the deciles is called."""
        return "tenth" if len(self.deciles) == DECILES else f"part of {len(self.deciles)}"


def gain(y: Floats, p: Floats, fewest: int = 0) -> Gain:
    """Cut the ranking into tenths; a tenth may end between two rows, and then shares them.

    Args:
        y: outcomes, shape (rows,).
        p: predictions, shape (rows,).
        fewest: rows of a part at the least: where a tenth has fewer, there are fewer parts.
    """
    parts = steps(y.size, DECILES, fewest)
    outcome, predicted, total = captured(y, p), captured(p, p), float(y.sum())
    edges = np.linspace(0, y.size, parts + 1)
    held, said, size = at(outcome, edges), at(predicted, edges), y.size / parts
    deciles = tuple(
        Decile(
            n,
            float(said[n] - said[n - 1]) / size,
            float(held[n] - held[n - 1]) / size,
            float(held[n] - held[n - 1]) / total * parts,
            float(held[n]) / total * parts / n,
            float(held[n]) / total,
        )
        for n in range(1, parts + 1)
    )
    places = np.linspace(0, y.size, steps(y.size, _POINTS, fewest) + 1)
    curves = (at(cumulated, places) / total for cumulated in (outcome, captured(y, y)))
    curve, perfect = (tuple(shares.tolist()) for shares in curves)
    return Gain(y.size, deciles, curve, perfect)
