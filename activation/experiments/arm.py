"""An arm as an estimate sees it: means, and how they vary from one draw of customers to the next."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from activation.experiments.moments import Floats, Moments, together


@dataclass(frozen=True)
class Arm:
    """The means of an arm's measures; where the shares of arms were changed on the way, weighed over the phases.

    Between two changes chance treats the arms alike. Over a change it does not: who came early and who came late are
    in the arms in different parts. So phases are weighed alike in every arm: each by its customers of all arms.
    """

    phases: tuple[Moments, ...]
    weights: tuple[float, ...] = (1.0,)

    @property
    def n(self) -> Floats:
        """Its customers."""
        return np.asarray(np.sum([phase.n for phase in self.phases], axis=0))

    @property
    def mean(self) -> Floats:
        """Shape (..., measures)."""
        pairs = zip(self.weights, self.phases, strict=True)
        return np.asarray(np.sum([part * phase.mean for part, phase in pairs], axis=0))

    @property
    def parts(self) -> list[tuple[Floats, Floats]]:
        """Of each phase, what it adds to how the means vary, (..., measures, measures), and its degrees of freedom."""
        pairs = zip(self.weights, self.phases, strict=True)
        return [(part**2 * phase.covariance / phase.n[..., None, None], phase.n - 1) for part, phase in pairs]

    @property
    def variance(self) -> Floats:
        """How the means vary together, shape (..., measures, measures)."""
        return np.asarray(np.sum([part for part, _ in self.parts], axis=0))

    @property
    def whole(self) -> Moments:
        """All its customers, whatever their phase."""
        return together(self.phases)


def arm(moments: Moments) -> Arm:
    """Return an arm of one phase."""
    return Arm((moments,))


def arms(phases: Sequence[Sequence[Moments]]) -> list[Arm]:
    """Return the arms of moments by phase and arm, phases weighed alike in all."""
    sizes = [sum(float(one.n) for one in phase) for phase in phases]
    weights = tuple(size / sum(sizes) for size in sizes)
    return [Arm(tuple(own), weights) for own in zip(*phases, strict=True)]
