"""The population stability index: how far two distributions over the same bins lie apart.

PSI = sum over bins of (p - q) ln(p / q), the symmetric Kullback-Leibler divergence (Jeffreys 1946; Siddiqi 2006,
"Credit Risk Scorecards", for the name). Half a row is added to each bin that either has, so that none is empty.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LARGE = 0.2
"""From here on a distribution counts as another one; Siddiqi has .1 for a moderate and .25 for a large shift."""


def psi(a: Ints, b: Ints) -> Floats:
    """Return the index of counts by bin, shape (..., bins); the result's shape is that of the leading axes.

    Example:
        >>> round(float(psi(np.array([50, 50]), np.array([50, 50]))), 3)
        0.0
        >>> round(float(psi(np.array([9999, 9999]), np.array([4999, 14999]))), 3)
        0.275
    """
    p, q = _shares(a, b), _shares(b, a)
    there = (a + b) > 0
    terms = np.zeros(p.shape)
    np.divide(p, q, out=terms, where=there)
    np.log(terms, out=terms, where=there)
    total: Floats = ((p - q) * terms).sum(-1)
    return total


def moved(a: Ints, b: Ints) -> Floats:
    """Return the share of rows that are in other bins, the total variation distance: from 0 to 1."""
    apart: Floats = np.abs(_plain(a) - _plain(b)).sum(-1) / 2
    return apart


def by_chance(a: Ints, b: Ints, tail: float | None = None) -> Floats:
    """Return what the index of two samples of one distribution is by chance: on average, or what a share exceeds.

    It is a chi-square of as many degrees of freedom as there are bins less one, times 1 / rows of each, added up.

    Args:
        a: counts by bin, shape (..., bins).
        b: the same.
        tail: the share that exceeds it; None: the mean.
    """
    freedom = np.maximum(((a + b) > 0).sum(-1) - 1, 0)
    each = 1 / np.maximum(a.sum(-1), 1) + 1 / np.maximum(b.sum(-1), 1)
    if tail is None:
        mean: Floats = freedom * each
        return mean
    limit: Floats = np.where(freedom > 0, chdtri(np.maximum(freedom, 1), tail), 0.0) * each
    return limit


def beyond_chance(a: Ints, b: Ints) -> Floats:
    """Return the index less what chance alone gives so many rows on average: below 0 where they are nearer."""
    index: Floats = psi(a, b) - by_chance(a, b)
    return index


def _shares(own: Ints, other: Ints) -> Floats:
    padded = np.where((own + other) > 0, own + 0.5, 0.0)
    shares: Floats = padded / np.maximum(padded.sum(-1, keepdims=True), 1e-300)
    return shares


def _plain(counts: Ints) -> Floats:
    shares: Floats = counts / np.maximum(counts.sum(-1, keepdims=True), 1)
    return shares
