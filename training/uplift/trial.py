"""A trial: customers whom chance gave one of several arms, what was known of each before, and what came after."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FEWEST = 100
"""Customers of an arm, below which nothing is learned."""
UNLIKELY = 0.001
"""Below this chance the arms' sizes do not fit the probabilities that were logged."""
_ENOUGH = 30
"""Customers of an arm who have something beside what is usual, from which on a feature is looked at."""


class NoTrial(ValueError):
    """What is there is no experiment that effects can be read from."""


@dataclass(frozen=True)
class Trial:
    """One row a customer; the first arm is the one that effects are told against, such as a hold-out."""

    arms: tuple[str, ...]
    arm: Ints
    """Places in `arms`, shape (customers,)."""
    probability: Floats
    """Of the arm that was given, as it was logged at the assignment, shape (customers,)."""
    y: Floats
    """What came after, shape (customers,)."""
    names: tuple[str, ...]
    x: NDArray[np.float32]
    """What was known before, shape (customers, features); NaN is missing."""
    segments: tuple[str, ...]
    segment: Ints
    """Places in `segments` at the assignment, shape (customers,)."""
    segmenter: str = ""
    """Whose segments those are; empty of a column of the user's own."""

    def __len__(self) -> int:
        """Return the number of customers."""
        return int(self.arm.size)

    def where(self, rows: NDArray[np.bool_] | Ints) -> Trial:
        """Return some of the customers."""
        columns = {name: getattr(self, name)[rows] for name in ("arm", "probability", "y", "x", "segment")}
        return replace(self, **columns)

    @property
    def weight(self) -> Floats:
        """How many customers each stands for in its arm, shape (customers,)."""
        return 1.0 / self.probability

    @property
    def binary(self) -> bool:
        """Whether each outcome is 0 or 1."""
        return bool(np.isin(self.y, (0.0, 1.0)).all())

    def check(self) -> None:
        """Check that effects can be read from it.

        Raises:
            NoTrial: there are too few arms or customers, a value is missing, the sizes do not fit the probabilities, or
                what was known before tells the arm.
        """
        if len(self.arms) < 2:  # noqa: PLR2004
            raise NoTrial(f"arms: got {', '.join(self.arms) or 'none'}; two at least are needed.")
        sizes = np.bincount(self.arm, minlength=len(self.arms))
        for name, size in zip(self.arms, sizes.tolist(), strict=True):
            if size < FEWEST:
                raise NoTrial(f"arm {name!r}: got {size} customers; at least {FEWEST} are needed.")
        if wrong := int((~((self.probability > 0) & (self.probability <= 1))).sum()):
            raise NoTrial(f"probability: got {wrong} that are not above 0 and at most 1.")
        self._check_features()
        if wrong := int((~np.isfinite(self.y)).sum()):
            raise NoTrial(f"outcome: got {wrong} that are no numbers.")
        self.check_sizes()

    def check_sizes(self) -> None:
        """Check the arms' sizes: the customers of an arm stand for everybody, each for one over their probability.

        Horvitz and Thompson (1952): sum(1 / p) over an arm has the mean n and the variance sum((1 / p - 1) / p).
        With several arms each is asked for the chance over their number (Bonferroni).
        """
        for place, name in enumerate(self.arms):
            own = self.weight[self.arm == place]
            z = (own.sum() - len(self)) / max(np.sqrt((own * (own - 1)).sum()), 1e-9 * len(self))
            if 2 * norm.sf(abs(z)) < UNLIKELY / len(self.arms):
                raise NoTrial(
                    f"arm {name!r}: its {own.size:,} customers stand for {own.sum():,.0f} by the logged probabilities,"
                    f" where there are {len(self):,}: they were not assigned as was logged; nothing is read from it."
                )

    def _check_features(self) -> None:
        """Check that what was known before says nothing of the arm, by the same sum, of each feature about its mean.

        What the arm caused is no feature: a contact that was logged before its assignment would tell who got it. What
        too few customers have is not looked at: no normal distribution tells what chance does to it.
        """
        known = np.isfinite(self.x)
        read = np.where(known, np.sign(self.x) * np.log1p(np.abs(np.where(known, self.x, 0.0))), 0.0)
        usual = read.sum(0) / np.maximum(known.sum(0), 1)
        centred = np.hstack([np.where(known, read - usual, 0.0), known - known.mean(0)])
        square = (centred**2).sum(0)
        held = np.divide(square**2, (centred**4).sum(0), out=np.zeros(square.size), where=square > 0)
        tests = max(len(self.arms) * centred.shape[1], 1)
        for place, name in enumerate(self.arms):
            own = self.arm == place
            weight, told = self.weight[own], centred[own]
            error = np.sqrt((weight * (weight - 1)) @ told**2)
            looked_at = (held * own.mean() >= _ENOUGH) & (error > 0)
            z = np.divide(weight @ told, error, out=np.zeros(error.size), where=looked_at)
            worst = int(np.argmax(np.abs(z))) if z.size else -1
            if worst >= 0 and 2 * norm.sf(abs(z[worst])) < UNLIKELY / tests:
                column = worst % len(self.names)
                what = "values" if worst < len(self.names) else "missing values"
                raise NoTrial(
                    f"feature {self.names[column]!r}: its {what} differ between arm {name!r} and the others by more"
                    f" than chance does (z {z[worst]:.1f}): it was not known before, or not chance alone gave the arms."
                )
