"""Groups: for which numbers of them clusters are most stable, and how stable they would be if there were none."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from training.segmenters import assignment
from training.segmenters.clusters import found
from training.stability import rand
from training.stability.bootstrap import SAMPLE, SEED

Floats = NDArray[np.float64]

NUMBERS = range(2, 8)
"""Numbers of groups whose stability is looked at; a peak has one below and one above."""
LOOKED = 6
"""Pairs of samples for each of them."""
NULLS = 15
"""Datasets without groups of either kind that a peak is compared with."""
NULL_PAIRS = 3
"""Pairs of samples of each of these."""
NEAR = 0.02
"""Numbers whose stability differs by less are equally stable, and of those the largest is taken."""
MOST = 10_000
"""Customers that are looked at, at the most."""
STARTS = 2
"""Beginnings of each fit to a sample."""


def alike(z: Floats, clusters: int, pairs: int, starts: int = STARTS, seed: int = SEED, sample: int = SAMPLE) -> float:
    """Return the mean adjusted Rand index of the clusters of pairs of bootstrap samples.

    Args:
        z: the inputs of all, shape (rows, inputs).
        clusters: how many.
        pairs: of samples.
        starts: beginnings of each fit.
        seed: of the draws.
        sample: how many rows are drawn at the most.

    Raises:
        ValueError: a sample has fewer different rows than clusters.
    """
    generator = np.random.default_rng(seed)
    size = min(sample, len(z))
    seen = z[generator.choice(len(z), size, replace=False)]
    got = []
    for _ in range(pairs):
        one, other = (
            _nearest(seen, found(z[generator.choice(len(z), size)], clusters, "kmeans", starts)) for _ in range(2)
        )
        got.append(rand.adjusted(rand.table(one, other, (clusters, clusters))))
    return float(np.mean(got))


def scan(z: Floats, starts: int = STARTS, numbers: Iterable[int] = NUMBERS, pairs: int = LOOKED) -> dict[int, float]:
    """Return by number of clusters how stable they are."""
    return {number: alike(z, number, pairs, starts) for number in numbers}


def peaks(scanned: Mapping[int, float], least: float) -> list[int]:
    """Return the numbers of clusters with which one fewer or one more is not more stable, the most stable first.

    Args:
        scanned: the stability by number.
        least: below it none is a peak.
    """
    own = [
        number
        for number, value in scanned.items()
        if value >= least and all(scanned.get(near, 2.0) < value + NEAR for near in (number - 1, number + 1))
    ]
    best = max((scanned[number] for number in own), default=0.0)
    alike = sorted((number for number in own if scanned[number] > best - NEAR), reverse=True)
    return [*alike, *sorted(set(own) - set(alike), key=lambda number: -scanned[number])]


def null(z: Floats, clusters: int, starts: int = STARTS, nulls: int = NULLS, pairs: int = NULL_PAIRS) -> Floats:
    """Return how stable clusters of customers without groups are: the mean index of each of some datasets, (2, nulls).

    Each is of one normal distribution with the covariance of the inputs, and as many rows; those of the second row have
    each input's own values, too, in the order of the first: a skew is no group.
    """
    generator = np.random.default_rng(SEED)
    middle, spread = z.mean(0), np.atleast_2d(np.cov(z.T))
    drawn = [generator.multivariate_normal(middle, spread, len(z), method="eigh") for _ in range(nulls)]
    kinds = (drawn, [_with_margins(one, z) for one in drawn])
    return np.array([[alike(x, clusters, pairs, starts, seed) for seed, x in enumerate(own)] for own in kinds])


def _with_margins(drawn: Floats, z: Floats) -> Floats:
    """Return drawn rows with the values of some inputs, each in the order in which it was drawn."""
    places = np.argsort(np.argsort(drawn, axis=0, kind="stable"), axis=0, kind="stable")
    found: Floats = np.take_along_axis(np.sort(z, axis=0), places, axis=0)
    return found


def looked_at(z: Floats, most: int = MOST) -> Floats:
    """Return the inputs of those of whom enough is known; of many, some who are drawn."""
    known = z[~np.isnan(z[:, 0])]
    if len(known) <= most:
        return known
    return known[np.sort(np.random.default_rng(SEED).choice(len(known), most, replace=False))]


def _nearest(z: Floats, centres: Floats) -> NDArray[np.int32]:
    out = np.empty(len(z), np.int32)
    assignment.closest(z, centres, len(centres), out)
    return out
