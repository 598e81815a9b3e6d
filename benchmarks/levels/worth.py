"""The worth of the cures: how far levels are off on average, and by how much each cure changes that."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.levels.measured import SETS, Origin

DRAWS = 4000
GOALS = {"binary": 0.08, "value": 0.12}
"""By task, how far levels may be off on average."""
ECE_GOAL = 0.03

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Difference:
    """A mean paired difference, with the 95 % interval of resampled origins."""

    value: float
    lo: float
    hi: float

    @property
    def lower(self) -> bool:
        """Whether it is below 0 beyond noise."""
        return self.hi < 0

    @property
    def higher(self) -> bool:
        """Whether it is above 0 beyond noise."""
        return self.lo > 0


@dataclass(frozen=True)
class Worth:
    """What the cures do for one target over all origins of a group of businesses."""

    group: str
    target: str
    origins: int
    off: dict[str, float]
    """By the cures that are on, the mean of |log(predicted / observed)|."""
    gained: dict[str, Difference]
    """By the set of cures that all are compared with, all minus those."""
    ece: dict[str, float]
    ece_gained: dict[str, Difference]
    chance: float
    """What chance alone makes of `off`: no prediction can be nearer."""
    surprise: float
    """Root of the mean square of how far off the level was over how far it was said to be: 1 is right."""


def worth(every: Sequence[Origin]) -> Worth:
    """Judge one target at all origins of all businesses of a group."""
    first, binary = every[0], every[0].task == "binary"
    off = {name: np.abs([one.off[name] for one in every]) for name in SETS}
    ece = {name: np.array([one.ece[name] for one in every]) for name in SETS if binary}
    gained, ece_gained = (
        {name: difference(values["all"] - values[name]) for name in values if name != "all"} for values in (off, ece)
    )
    return Worth(
        first.group,
        first.target,
        len(every),
        _means(off),
        gained,
        _means(ece),
        ece_gained,
        _chance(every),
        _surprise(every),
    )


def _means(values: dict[str, Floats]) -> dict[str, float]:
    return {name: float(own.mean()) for name, own in values.items()}


def _chance(every: Sequence[Origin]) -> float:
    return float(np.mean([one.chance for one in every]))


def _surprise(every: Sequence[Origin]) -> float:
    return float(np.sqrt(np.mean([one.surprise**2 for one in every])))


def difference(paired: Floats) -> Difference:
    """Return the mean of paired differences of origins, and the interval that resampling the origins gives it."""
    draws = np.random.default_rng(0).integers(0, paired.size, (DRAWS, paired.size))
    lo, hi = np.percentile(paired[draws].mean(axis=1), [2.5, 97.5])
    return Difference(float(paired.mean()), float(lo), float(hi))
