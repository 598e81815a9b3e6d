"""Bootstrap: how alike the segments are that pairs of samples of the same customers give."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.segmenters import Facts, Segmenter
from training.stability import rand

SAMPLE = 2_500
"""Customers of a sample: stability grows with their number, so that figures of other numbers cannot be compared."""
PAIRS = 100
SEED = 20170101

Fit = Callable[[Facts], Segmenter]


@dataclass(frozen=True)
class Stability:
    """How alike the segments of pairs of bootstrap samples are; those outside, who cannot be segmented, left out."""

    ari: float
    """The mean adjusted Rand index of the pairs."""
    p10: float
    """Its 10th percentile."""
    jaccard: tuple[float, ...]
    """Of each segment, Jaccard's index with the one of a sample that is most alike, on the mean (Hennig 2007)."""
    shares: tuple[float, ...]
    """Of each segment, its share of the customers who can be segmented."""
    pairs: int
    sample: int
    """How many customers each sample had."""


def inside(segmenter: Segmenter, facts: Facts) -> NDArray[np.bool_]:
    """Return who can be segmented, shape (rows,): all but those in the last segment, of whom too little is known."""
    within: NDArray[np.bool_] = segmenter.assign(facts) < len(segmenter.segments) - 1
    return within


def stability(
    fit: Fit, whole: Segmenter, facts: Facts, pairs: int = PAIRS, sample: int = SAMPLE, seed: int = SEED
) -> Stability:
    """Fit to pairs of samples that are drawn with replacement, and compare how both segment the same customers.

    Args:
        fit: what fits a segmenter.
        whole: the one that was fitted to all.
        facts: of all customers.
        pairs: how many pairs are drawn.
        sample: how many customers a sample has at the most; never more than there are.
        seed: of the draws.

    Raises:
        ValueError: a sample allows no such segments.
    """
    generator = np.random.default_rng(seed)
    within = np.flatnonzero(inside(whole, facts))
    size = min(sample, within.size)
    seen = facts.take(np.sort(generator.choice(within, size, replace=False)))
    segments = len(whole.segments)
    now, found, alike = whole.assign(seen), [], []
    for _ in range(pairs):
        both = []
        for _ in range(2):
            fitted = fit(facts.take(generator.choice(within, size)))
            both.append((fitted.assign(seen), len(fitted.segments)))
            alike.append(rand.jaccard(rand.table(now, both[-1][0], (segments, both[-1][1]))))
        (one, ones), (other, others) = both
        found.append(rand.adjusted(rand.table(one, other, (ones, others))))
    shares = np.bincount(whole.assign(facts.take(within)), minlength=segments)[:-1] / max(within.size, 1)
    mean = np.nan_to_num(np.array(alike)[:, :-1]).mean(0)
    return Stability(
        float(np.mean(found)),
        float(np.percentile(found, 10)),
        tuple(mean.tolist()),
        tuple(shares.tolist()),
        pairs,
        size,
    )
