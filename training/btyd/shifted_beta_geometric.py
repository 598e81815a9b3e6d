"""The shifted beta-geometric distribution: who of those who may renew, period by period, does.

Each customer renews with the same probability at every chance; over customers its complement, the probability of
leaving, is beta distributed. So those who stay are ever more of the loyal ones, and the share that renews rises with
the periods behind it, though nobody changes (Fader & Hardie 2007, "How to project customer retention", Journal of
Interactive Marketing 21(1)).
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln

from training.btyd.maximum_likelihood import maximise

Floats = NDArray[np.float64]

_SHAPE = np.array([[1.0, 0.5], [1.0, -0.5]])
"""The logarithms of alpha and beta from how alike customers are and from the odds of leaving."""
MAX_ITER, TOLERANCE = 500, 1e-9


def retention(alpha: float, beta: float, periods: Floats) -> Floats:
    """Return the share that renews of those who have paid for t periods: (beta + t - 1) / (alpha + beta + t - 1).

    Args:
        alpha: the beta distribution's first parameter, that of leaving.
        beta: its second.
        periods: t, from 1 on, shape (rows,).
    """
    return (beta + periods - 1) / (alpha + beta + periods - 1)


def survival(alpha: float, beta: float, renewals: Floats) -> Floats:
    """Return the share that is left after so many chances to renew: B(alpha, beta + t) / B(alpha, beta)."""
    left: Floats = np.exp(betaln(alpha, beta + renewals) - betaln(alpha, beta))
    return left


def fit(periods: Floats, renewed: Floats, weights: Floats) -> tuple[float, float]:
    """Return alpha and beta by maximum likelihood.

    Args:
        periods: how many periods were paid for at each chance to renew, from 1 on, shape (chances,).
        renewed: 1 where it was taken, else 0, shape (chances,).
        weights: how much each counts, shape (chances,).

    Raises:
        ValueError: there is no chance, or one before the first period.

    Warns:
        ConvergenceWarning: customers are alike, all renew or none does: the likelihood rises up to the bounds.
    """
    if not periods.size or periods.min() < 1:
        raise ValueError(f"periods: got {periods.min() if periods.size else 'none'}; 1 or more are allowed, and a row.")
    t, place = np.unique(periods, return_inverse=True)
    stayed = np.bincount(place, weights * renewed) / weights.sum()
    left = np.bincount(place, weights * (1 - renewed)) / weights.sum()

    def likelihood(parameters: Floats) -> tuple[float, Floats]:
        alpha, beta = parameters.tolist()
        renewing, all_of = beta + t - 1, alpha + beta + t - 1
        value = stayed @ np.log(renewing) + left.sum() * np.log(alpha) - (stayed + left) @ np.log(all_of)
        shared = ((stayed + left) / all_of).sum()
        return float(value), np.array([left.sum() / alpha - shared, (stayed / renewing).sum() - shared])

    alpha, beta = maximise(likelihood, _starts(), _SHAPE, MAX_ITER, TOLERANCE).tolist()
    return alpha, beta


def _starts() -> Iterable[Floats]:
    """Return (alpha, beta) to start from: customers unlike or alike, who leave often or seldom."""
    return [np.array([0.5, 1.0]), np.array([1.0, 4.0]), np.array([10.0, 40.0])]
