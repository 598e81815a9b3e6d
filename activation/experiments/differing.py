"""Differing effects: those of segments, shrunken toward the whole by as much as chance alone makes them differ."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from activation.experiments.moments import Floats


@dataclass(frozen=True)
class Differing:
    """Effects by segment, shape (segments,)."""

    whole: float
    """The effect that they vary around."""
    between: float
    """The standard deviation of the segments' own effects (DerSimonian and Laird 1986); 0: none is seen."""
    q: float
    """Cochran's Q."""
    p: float
    """How likely segments of one effect would differ so much."""
    shrunken: Floats
    alone: Floats
    """The effect of each by itself."""
    error: Floats
    """How sure each is by itself."""

    def interval(self, alpha: float) -> tuple[Floats, Floats]:
        """Return where each segment's effect lies, with how likely it lies elsewhere: by its own customers alone.

        Of what is shrunken none is told: with a handful of segments nobody knows how much they differ.
        """
        width = special.ndtri(1 - alpha / 2) * self.error
        return self.alone - width, self.alone + width


def differing(estimates: ArrayLike, errors: ArrayLike) -> Differing:
    """Return effects of segments, each moved toward the whole by how little is known of it.

    A normal prior of the segments' own effects, its variance by the moments of DerSimonian and Laird 1986.

    Args:
        estimates: of each segment, shape (segments,); one at the least.
        errors: their standard errors, above 0.
    """
    found, noise = np.asarray(estimates, np.float64), np.asarray(errors, np.float64) ** 2
    weight = 1 / noise
    centre = (weight * found).sum() / weight.sum()
    q, free = float((weight * (found - centre) ** 2).sum()), found.size - 1
    room = weight.sum() - (weight**2).sum() / weight.sum()
    between = max(0.0, (q - free) / room) if free and room > 0 else 0.0
    weight = 1 / (noise + between)
    whole = float((weight * found).sum() / weight.sum())
    kept = between / (between + noise)
    p = float(special.chdtrc(free, q)) if free else 1.0
    return Differing(whole, float(between**0.5), q, p, whole + kept * (found - whole), found, np.sqrt(noise))
