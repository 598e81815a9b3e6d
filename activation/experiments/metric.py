"""A metric: what is made of an arm's means, and its gradient; a mean, or a ratio of two, with what was known before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from activation.experiments.moments import Floats, Moments


@dataclass(frozen=True)
class Metric:
    """A number of an arm, out of its means.

    Measures stand in this order: of a mean the outcome, then what was known before, one or several; of a ratio its
    numerator and denominator, then both from before, or none.
    """

    kind: Literal["mean", "ratio"] = "mean"

    @property
    def own(self) -> int:
        """How many measures make up the outcome."""
        return 1 if self.kind == "mean" else 2

    def outcome(self, mean: Floats) -> tuple[Floats, Floats]:
        """Return the outcome, shape (...), and its gradient by all measures, shape (..., measures)."""
        value, own = self._told(mean[..., : self.own])
        return value, np.concatenate([own, np.zeros((*mean.shape[:-1], mean.shape[-1] - self.own))], axis=-1)

    def before(self, mean: Floats) -> tuple[Floats, Floats]:
        """Return what was known before, shape (..., known), and the gradients, shape (..., known, measures)."""
        count, known = mean.shape[-1], mean.shape[-1] - self.own
        if self.kind == "mean":
            gradient = np.eye(count)[self.own :]
            return mean[..., self.own :], np.broadcast_to(gradient, (*mean.shape[:-1], known, count))
        if not known:
            return np.zeros((*mean.shape[:-1], 0)), np.zeros((*mean.shape[:-1], 0, count))
        value, own = self._told(mean[..., self.own :])
        none = np.zeros((*mean.shape[:-1], self.own))
        return value[..., None], np.concatenate([none, own], axis=-1)[..., None, :]

    def _told(self, own: Floats) -> tuple[Floats, Floats]:
        if self.kind == "mean":
            return own[..., 0], np.ones_like(own)
        top, bottom = own[..., 0], own[..., 1]
        bottom = np.where(bottom == 0, np.nan, bottom)
        return top / bottom, np.stack([1 / bottom, -top / bottom**2], axis=-1)

    def theta(self, parts: Sequence[Moments]) -> Floats:
        """Return by how much an outcome is known from before, shape (..., known): CUPED's, pooled within the arms.

        Deng, Xu, Kohavi and Walker 2013; of a ratio along its gradient. Nothing is taken from what does not vary.
        """
        each = [self._along(part) for part in parts]
        known = np.sum([one for one, _ in each], axis=0)
        shared: Floats = np.sum([one for _, one in each], axis=0)
        if not shared.shape[-1]:
            return shared
        return np.asarray((np.linalg.pinv(known, hermitian=True) @ shared[..., None])[..., 0])

    def _along(self, part: Moments) -> tuple[Floats, Floats]:
        """Return how what was known varies along its gradient, and together with the outcome."""
        _, outcome = self.outcome(part.mean)
        _, before = self.before(part.mean)
        across = before @ part.spread
        return across @ np.swapaxes(before, -1, -2), (across @ outcome[..., None])[..., 0]
