"""A comparison: two arms by one metric, with what it is worth knowing of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from activation.experiments.arm import Arm, arms
from activation.experiments.effect import Effect, absolute, charged, relative
from activation.experiments.interval import ALPHA, EARLY, Interval, fixed, looked, sequential_p
from activation.experiments.measure import Wanted
from activation.experiments.metric import Metric
from activation.experiments.moments import Floats, Moments

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Look:
    """When an experiment is looked at, and what that costs."""

    horizon: float
    """Customers of two arms at the end."""
    ended: bool
    peek: bool

    def interval(self, effect: Effect) -> Interval:
        """Return where an effect lies."""
        return looked(effect, self.horizon, ended=self.ended, peek=self.peek)

    def p(self, effect: Effect) -> float:
        """Return the p of an effect: before the end one that holds at all looks."""
        p = effect.p if self.ended else sequential_p(effect, self.horizon, ALPHA * EARLY)
        return float(np.nan_to_num(p, nan=1.0))  # of a ratio of nothing, nothing is seen


@dataclass(frozen=True)
class Comparison:
    """What one arm has more of than another."""

    base: str
    other: str
    metric: Wanted
    n: tuple[int, int]
    """Customers of both arms."""
    means: tuple[float, float]
    """Of both arms, as they are."""
    effect: Effect
    """The difference, with what was known before taken off."""
    interval: Interval
    share: Effect
    """The same as a share of the base; NaN where a side is not above zero."""
    share_interval: Interval
    p: float
    taken_off: float
    """The share of the difference's variance that was known before."""

    @property
    def told(self) -> bool:
        """Whether it says anything: of what does not vary, and of a ratio of nothing, no interval does."""
        return bool(np.isfinite(self.effect.estimate) and np.isfinite(self.effect.error) and self.effect.error > 0)

    @property
    def gains(self) -> bool:
        """Whether a loss is excluded, whichever way the metric is better."""
        return self.told and bool(self.interval.below if self.metric.fewer_is_better else self.interval.above)

    @property
    def loses(self) -> bool:
        """Whether a gain is excluded."""
        return self.told and bool(self.interval.above if self.metric.fewer_is_better else self.interval.below)

    @property
    def label(self) -> str:
        """Which arms, by what."""
        return f"{self.other} against {self.base}, {self.metric.name}"


def of(values: Sequence[Floats], groups: Ints, count: int) -> list[Moments]:
    """Return the moments of groups of customers.

    Args:
        values: measures, each of shape (customers,).
        groups: of each customer, from 0 on.
        count: how many groups there are.
    """
    return [Moments.of(*(one[groups == group] for one in values)) for group in range(count)]


def few(arm: Ints, phase: Ints, pair: Sequence[int]) -> NDArray[np.bool_]:
    """Return who is in a phase in which an arm of a pair has fewer than two, shape (customers,)."""
    out = np.zeros(arm.size, np.bool_)
    for own in np.unique(phase):
        there = phase == own
        out |= there & any((arm[there] == one).sum() < 2 for one in pair)  # noqa: PLR2004  a variance needs two
    return out


def by_arm(values: Sequence[Floats], arm: Ints, phase: Ints, count: int, pair: Sequence[int] = ()) -> list[Arm]:
    """Return the arms of customers; phases in which one has fewer than two are left out, in all arms alike.

    Args:
        values: measures, each of shape (customers,).
        arm: of each customer, from 0 on.
        phase: of each customer, from 0 on.
        count: how many arms there are.
        pair: those that a phase needs; by default all.
    """
    kept = ~few(arm, phase, pair or range(count))
    if kept.any():
        values, arm, phase = [one[kept] for one in values], arm[kept], phase[kept]
    phases = [of([one[phase == own] for one in values], arm[phase == own], count) for own in np.unique(phase)]
    return arms(phases)


def compare(names: tuple[str, str], pair: tuple[Arm, Arm], metric: Wanted, look: Look) -> Comparison:
    """Return how two arms compare.

    Args:
        names: of the arm that is compared with, and of the other.
        pair: the same arms: their outcomes, then what was known before.
        metric: what they are compared by.
        look: when.

    Raises:
        TooFew: an arm has a single customer.
    """
    base, other = pair
    known = _known(metric.metric, base)
    found = absolute(base, other, metric.metric), relative(base, other, metric.metric)
    effect, share = (charged(one, base, other, known) for one in found)
    bare = absolute(base, other, metric.metric, np.zeros(known))
    means = tuple(float(metric.metric.outcome(one.mean)[0]) for one in pair)
    return Comparison(
        *names,
        metric,
        (int(base.n), int(other.n)),
        (means[0], means[1]),
        effect,
        look.interval(effect),
        share,
        look.interval(share),
        look.p(effect),
        float(1 - (effect.error / bare.error) ** 2) if bare.error > 0 else 0.0,
    )


def _known(metric: Metric, arm: Arm) -> int:
    return int(metric.before(arm.mean)[0].shape[-1])


def smallest(comparison: Comparison, alpha: float = ALPHA) -> float:
    """Return the half of the fixed interval: about what could have been told from nothing, in units of the metric."""
    interval = fixed(comparison.effect, alpha)
    return float(interval.high - interval.low) / 2
