"""Leaving after a purchase with a probability that is beta distributed over customers: BG/NBD's and MBG/NBD's half."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, psi

Floats = NDArray[np.float64]


def stayed(a: float, b: float, chances: Floats) -> tuple[Floats, Floats]:
    """Return the log of the probability of having stayed at so many chances to leave, and its gradient.

    It is log B(a, b + n) - log B(a, b), B the beta function.

    Args:
        a: the beta distribution's first parameter.
        b: its second.
        chances: n, shape (frequencies,).

    Returns:
        The logs, shape (frequencies,), and the gradient by (r, alpha, a, b), shape (4, frequencies).
    """
    value = gammaln(a + b) - gammaln(a + b + chances) + gammaln(b + chances) - gammaln(b)
    both = psi(a + b) - psi(a + b + chances)
    none = np.zeros_like(chances)
    return value, np.stack([none, none, both, both + psi(b + chances) - psi(b)])


def starts(rate: float) -> Iterable[Floats]:
    """Return (r, alpha, a, b) to start from: customers alike or unlike, who leave seldom or often."""
    for r in (0.3, 1.5):
        for a, b in ((0.5, 2.0), (1.0, 1.0), (0.3, 5.0)):
            yield np.array([r, r / rate, a, b])
