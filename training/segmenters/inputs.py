"""Inputs: what is clustered, made of features by a transformation that is stored."""

from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from training.segmenters.facts import Facts

Floats = NDArray[np.float64]

GRID = 256
"""So many values of a feature are stored at the most; between them the scores are interpolated."""
_SMOOTHED = 0.5
"""What is added to the lines of each category, so that no line of it is not the same as a taste against it."""
How = Literal["rank_normal", "shares"]


@dataclass(frozen=True)
class Inputs:
    """A transformation of features to inputs, by numbers that were taken from the customers of one moment.

    By `rank_normal` each value counts by its rank, as if ranks were those of a normal distribution: neither units nor
    outliers decide. By `shares` counts of lines become square roots of smoothed shares, the last of which is of all
    other lines.
    """

    features: tuple[str, ...]
    how: How
    total: str = ""
    """The column that the shares are of."""
    least: float = 0.0
    """Who has less in total is told too little of to be put anywhere."""
    known: str = ""
    """Who has none of it is outside, and whoever has it has 0 of all that is missing; by default nothing is filled."""
    grids: tuple[tuple[float, ...], ...] = ()
    """Values of each feature, increasing."""
    scores: tuple[tuple[float, ...], ...] = ()
    """Their scores."""

    @classmethod
    def ranked(cls, facts: Facts, features: tuple[str, ...], known: str = "") -> Self:
        """Return the scores of ranks among some customers: those of equals are their mean.

        Args:
            facts: of the customers.
            features: what is ranked.
            known: the feature that customers must have, where those who lack another have 0 of it.
        """
        bare = cls(features, "rank_normal", known=known)
        values = bare._filled(facts)
        grids = [_grid(column[np.isfinite(column)]) for column in values[bare.inside(facts)].T]
        return cls(
            features, "rank_normal", known=known, grids=tuple(g for g, _ in grids), scores=tuple(s for _, s in grids)
        )

    @property
    def needs(self) -> tuple[str, ...]:
        """The columns that are looked at."""
        return tuple(filter(None, (*self.features, self.total, self.known)))

    def inside(self, facts: Facts) -> NDArray[np.bool_]:
        """Return of whom enough is known, shape (rows,)."""
        if self.how == "shares":
            return np.array(facts.column(self.total) >= self.least)
        looked_at = (self.known,) if self.known else self.features
        return np.array(~np.isnan(facts.columns(looked_at)).any(axis=1))

    def of(self, facts: Facts) -> Floats:
        """Return the inputs of customers, shape (rows, inputs); NaN of those outside. Each row is told by itself."""
        values = self._shares(facts) if self.how == "shares" else self._scored(facts)
        values[~self.inside(facts)] = np.nan
        return values

    def _filled(self, facts: Facts) -> Floats:
        values = facts.columns(self.features)
        return np.nan_to_num(values) if self.known else values

    def _scored(self, facts: Facts) -> Floats:
        values = self._filled(facts)
        for column, (grid, score) in enumerate(zip(self.grids, self.scores, strict=True)):
            values[:, column] = np.interp(values[:, column], grid, score)
        return np.ascontiguousarray(values)

    def _shares(self, facts: Facts) -> Floats:
        total = facts.column(self.total)
        own, rest = [], total.copy()
        for name in self.features:  # one after the other: a sum over an axis may be in another order for one row
            count = np.nan_to_num(facts.column(name))
            own.append(count)
            rest -= count
        over = np.where(np.isfinite(total), total, np.nan) + _SMOOTHED * (len(own) + 1)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.column_stack([np.sqrt((count + _SMOOTHED) / over) for count in (*own, np.maximum(rest, 0.0))])


def _grid(values: Floats) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return some values and the normal scores of their mean ranks."""
    from scipy.special import ndtri

    if not values.size:
        return (0.0,), (0.0,)
    known, counts = np.unique(values, return_counts=True)
    upto = np.cumsum(counts)
    middle = (upto - counts / 2) / values.size
    if known.size > GRID:
        places = np.unique(np.searchsorted(middle, np.linspace(middle[0], middle[-1], GRID)))
        known, middle = known[places], middle[places]
    return tuple(known.tolist()), tuple(ndtri(middle).tolist())
