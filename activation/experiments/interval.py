"""Intervals of an effect: the fixed one of one look, the sequential one of all looks, and who has which alpha.

Looking early costs. Of the alpha of a test that may be looked at, a fifth is spent on the looks before its horizon, by
an interval that holds at all of them at once, and the rest on the fixed one at its end.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from activation.experiments.effect import Effect
from activation.experiments.moments import Floats

ALPHA = 0.05
EARLY = 0.2
"""The share of alpha that all looks before the horizon have together."""


@dataclass(frozen=True)
class Interval:
    """Where an effect lies, with how likely it lies elsewhere."""

    low: Floats
    high: Floats
    alpha: float
    sequential: bool = False
    """Whether it holds at all looks at once."""

    @property
    def above(self) -> NDArray[np.bool_]:
        """Whether all of it is above zero."""
        return np.asarray(self.low > 0)

    @property
    def below(self) -> NDArray[np.bool_]:
        """Whether all of it is below zero."""
        return np.asarray(self.high < 0)


def fixed(effect: Effect, alpha: float = ALPHA, *, one_sided: bool = False) -> Interval:
    """Return the interval of one look, by Student's t.

    Args:
        effect: of what.
        alpha: how often it may miss.
        one_sided: whether both ends are told for the whole of alpha: each by itself is a bound then.
    """
    width = special.stdtrit(effect.freedom, 1 - alpha / (1 if one_sided else 2)) * effect.error
    return _around(effect, width, alpha)


def sequential(effect: Effect, horizon: float, alpha: float = ALPHA, *, one_sided: bool = False) -> Interval:
    """Return the interval that holds at all looks at once: an asymptotic confidence sequence.

    Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2021, arXiv 2103.06476v7: equation 9, one-sided 134, rho by 161.

    Args:
        effect: of what.
        horizon: how many customers both arms will have at the end; there it is narrowest.
        alpha: how often it may miss at any look.
        one_sided: whether both ends are told for the whole of alpha: each by itself is a bound then.
    """
    return _around(effect, multiple(effect.n, horizon, alpha, one_sided=one_sided) * effect.error, alpha, looks=True)


def multiple(n: Floats, horizon: float, alpha: float, *, one_sided: bool = False) -> Floats:
    """Return how many standard errors the sequential interval goes to each side."""
    spent = 2 * alpha if one_sided else alpha
    rho = (-2 * np.log(spent) + np.log(-2 * np.log(spent) + 1)) / horizon
    times = np.asarray(n) * rho
    log = np.log1p(np.sqrt(times + 1) / (2 * alpha)) if one_sided else np.log(np.sqrt(times + 1) / alpha)
    return np.asarray(np.sqrt(2 * (times + 1) / times * log))


def sequential_p(effect: Effect, horizon: float, alpha: float = ALPHA) -> Floats:
    """Return the p that holds at all looks at once: one over the e-value, equation 155 of the same."""
    rho = (-2 * np.log(alpha) + np.log(-2 * np.log(alpha) + 1)) / horizon
    times = effect.n * rho
    exponent = times / (times + 1) * effect.ratio**2 / 2
    return np.asarray(np.minimum(np.sqrt(times + 1) * np.exp(-exponent), 1.0))


def looked(effect: Effect, horizon: float, *, ended: bool, peek: bool = True, alpha: float = ALPHA) -> Interval:
    """Return the interval of a look, by what of alpha it has.

    Args:
        effect: of what.
        horizon: customers of both arms at the end.
        ended: whether the horizon has come.
        peek: whether looks before it are allowed.
        alpha: of the whole test, all looks and the end together.

    Raises:
        ValueError: it has not ended, and no looks are allowed.
    """
    if ended:
        return fixed(effect, alpha * (1 - EARLY) if peek else alpha)
    if not peek:
        raise ValueError("no look before the horizon is allowed: peek = false.")
    return sequential(effect, horizon, alpha * EARLY)


def _around(effect: Effect, width: Floats, alpha: float, *, looks: bool = False) -> Interval:
    low, high = effect.said(effect.estimate - width), effect.said(effect.estimate + width)
    return Interval(low, high, alpha, looks)
