"""Power: how many customers an experiment needs for an effect, and the smallest effect that so many can show."""

import math
from collections.abc import Sequence

from scipy import special

POWER = 0.8


def customers(
    smallest: float,
    variances: tuple[float, float],
    shares: tuple[float, float] = (0.5, 0.5),
    alpha: float = 0.05,
    power: float = POWER,
) -> float:
    """Return how many customers an experiment needs in all.

    Lehr's formula with both quantiles: (z of alpha + z of the power)^2 (v/s + v'/s') / effect^2.

    Args:
        smallest: the effect that is to be seen, in units of the metric.
        variances: of one customer's metric, of both arms; with CUPED what it leaves.
        shares: of all assigned customers, those of both arms.
        alpha: how often a difference is seen where there is none.
        power: how often the effect is seen where it is there.

    Raises:
        ValueError: the effect is 0.
    """
    if not smallest:
        raise ValueError("the effect that is to be seen: got 0; any other number is allowed.")
    return (_quantiles(alpha, power) / smallest) ** 2 * _spread(variances, shares)


def smallest_effect(
    total: float,
    variances: tuple[float, float],
    shares: tuple[float, float] = (0.5, 0.5),
    alpha: float = 0.05,
    power: float = POWER,
) -> float:
    """Return the smallest effect that so many customers show, in units of the metric.

    Args:
        total: all assigned customers.
        variances: of one customer's metric, of both arms; with CUPED what it leaves.
        shares: of all assigned customers, those of both arms.
        alpha: how often a difference is seen where there is none.
        power: how often the effect is seen where it is there.
    """
    return _quantiles(alpha, power) * math.sqrt(_spread(variances, shares) / total)


def of_shares(low: float, high: float) -> tuple[float, float]:
    """Return the variances of two shares."""
    return low * (1 - low), high * (1 - high)


def _quantiles(alpha: float, power: float) -> float:
    return float(special.ndtri(1 - alpha / 2) + special.ndtri(power))


def _spread(variances: Sequence[float], shares: Sequence[float]) -> float:
    return sum(own / share for own, share in zip(variances, shares, strict=True))
