"""An effect: by how much one arm's metric differs from another's, how sure that is, and the same as a share."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from activation.experiments.arm import Arm
from activation.experiments.metric import Metric
from activation.experiments.moments import Floats

MEAN = Metric()
_NOTHING = 1e-12


@dataclass(frozen=True)
class Effect:
    """An estimate and its standard error, each of shape (...); of a relative effect both on the scale of logarithms."""

    estimate: Floats
    error: Floats
    freedom: Floats
    """Degrees of freedom (Welch and Satterthwaite), those of the difference for relative effects, too."""
    n: Floats
    """Customers of both arms."""
    log: bool = False
    """Whether it is the logarithm of the ratio of the two."""

    @property
    def value(self) -> Floats:
        """The effect as it is said; a relative one as a share, .1 for 10 % more."""
        return self.said(self.estimate)

    def said(self, on_scale: Floats) -> Floats:
        """Return a number on the estimate's scale as it is said."""
        return np.expm1(on_scale) if self.log else np.asarray(on_scale)

    @property
    def p(self) -> Floats:
        """How likely so large an estimate were without any effect, by Student's t, shape (...)."""
        p: Floats = 2 * special.stdtr(self.freedom, -np.abs(self.ratio))
        return p

    @property
    def ratio(self) -> Floats:
        """The estimate in standard errors; 0 where nothing varies."""
        return self.estimate / np.where(self.error > 0, self.error, np.inf)


def absolute(base: Arm, other: Arm, metric: Metric = MEAN, theta: Floats | None = None) -> Effect:
    """Return the difference of two arms: Welch's, of what is left when what was known before is taken off.

    Args:
        base: what is compared with.
        other: what is compared.
        metric: what is made of the means.
        theta: by how much the outcome is known from before; by default as `metric.theta` tells it of both.

    Raises:
        TooFew: an arm has a single customer.
    """
    theta = _theta(base, other, metric, theta)
    (low, low_slope), (high, high_slope) = (_adjusted(one, metric, theta) for one in (base, other))
    return _effect(base, other, high - low, -low_slope, high_slope)


def relative(base: Arm, other: Arm, metric: Metric = MEAN, theta: Floats | None = None) -> Effect:
    """Return the logarithm of the ratio of two arms, by the delta method with the full gradient.

    Both are set to the same customers before: what was known is centred on both arms together, and that centre varies,
    too. On the logarithm the interval never passes -100 %. NaN where a side is not above zero.
    """
    theta = _theta(base, other, metric, theta)
    share = base.n / (base.n + other.n)
    (low, low_own), (high, high_own) = (_adjusted(one, metric, theta) for one in (base, other))
    lows, low_known = metric.before(base.mean)
    highs, high_known = metric.before(other.mean)
    centre = (theta * (share[..., None] * lows + (1 - share)[..., None] * highs)).sum(axis=-1)
    by_low, by_high = (_times(theta, one) for one in (low_known, high_known))
    low, high = _positive(low + centre), _positive(high + centre)
    slope = 1 / high - 1 / low  # of the centre, which both sides move with
    low_slope = (slope * share)[..., None] * by_low - low_own / low[..., None]
    high_slope = (slope * (1 - share))[..., None] * by_high + high_own / high[..., None]
    found = _effect(base, other, np.log(high / low), low_slope, high_slope)
    return replace(found, freedom=absolute(base, other, metric, theta).freedom, log=True)


def symmetric(base: Arm, other: Arm, metric: Metric = MEAN, theta: Floats | None = None) -> Effect:
    """Return the difference as a share of the base as it was, by the delta method: as GrowthBook's gbstats does.

    It is here to be compared with. The base is in the difference and below it, so both are in its gradient.
    """
    theta = _theta(base, other, metric, theta)
    (low, low_own), (high, high_own) = (_adjusted(one, metric, theta) for one in (base, other))
    below, below_slope = metric.outcome(base.mean)
    share = (high - low) / below
    low_slope = -(low_own + share[..., None] * below_slope) / below[..., None]
    found = _effect(base, other, share, low_slope, high_own / below[..., None])
    return replace(found, freedom=absolute(base, other, metric, theta).freedom)


def charged(effect: Effect, base: Arm, other: Arm, known: int) -> Effect:
    """Return an effect that pays for what was learned of it: each number known before costs a degree of freedom.

    What is left within the arms is too small by as much as theta was fitted to it, as of any regression: n - arms over
    n - arms - known. With hundreds of customers that is nothing, with thirty it is what an interval lacks.

    Args:
        effect: the difference, or its ratio.
        base: what is compared with.
        other: what is compared.
        known: how many numbers known before were taken off.
    """
    free = float(sum(one.sum() for arm in (base, other) for _, one in arm.parts))
    left = free - known
    if not known or left <= 0:
        return effect
    freedom = np.maximum(effect.freedom * left / free, 1.0)
    return replace(effect, error=effect.error * np.sqrt(free / left), freedom=freedom)


def _theta(base: Arm, other: Arm, metric: Metric, theta: Floats | None) -> Floats:
    return metric.theta((*base.phases, *other.phases)) if theta is None else theta


def _adjusted(arm: Arm, metric: Metric, theta: Floats) -> tuple[Floats, Floats]:
    """Return the outcome less what was known of it before, and its gradient."""
    value, slope = metric.outcome(arm.mean)
    known, slopes = metric.before(arm.mean)
    return value - (theta * known).sum(axis=-1), slope - _times(theta, slopes)


def _times(theta: Floats, slopes: Floats) -> Floats:
    return np.asarray((theta[..., None] * slopes).sum(axis=-2))


def _positive(value: Floats) -> Floats:
    return np.where(value > 0, value, np.nan)


def _effect(base: Arm, other: Arm, estimate: Floats, low: Floats, high: Floats) -> Effect:
    """Return an effect by its gradients of the means of both arms."""
    pairs = [(low, part) for part in base.parts] + [(high, part) for part in other.parts]
    parts = [((slope[..., None, :] @ shared @ slope[..., None])[..., 0, 0], free) for slope, (shared, free) in pairs]
    variance = np.sum([one for one, _ in parts], axis=0)
    lost = np.sum([one**2 / free for one, free in parts], axis=0)
    variance = np.where(variance > 0, variance, 0.0)
    freedom = variance**2 / np.where(lost > 0, lost, 1.0)
    freedom = np.where(lost > 0, freedom, np.inf)
    return Effect(np.asarray(estimate), np.sqrt(variance), freedom, base.n + other.n)
