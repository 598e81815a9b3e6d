"""Folds: customers in parts of equal size, alike in their arms, and which parts judge what others taught.

Two ways to judge. *Cross*: each part is ranked by what all others taught; the best figure of a ranking, but the parts'
figures depend on each other, since each judges what the others taught and teaches what they judge: where there is
nothing to find, their mean varies by up to twice the variance that one part's tells. *Forward*: each part is ranked by
what the parts before it taught; then the figures are a martingale's steps, and a test of their mean holds its level
(Wager 2024, Sequential validation of treatment heterogeneity; Luedtke and van der Laan 2016). What is decided is
decided forward, what is drawn is drawn cross.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from training.uplift.trial import Ints

FOLDS = 5
Rows = NDArray[np.bool_]


def folds(arm: Ints, count: int = FOLDS, seed: int = 0) -> Ints:
    """Return the part of each customer, from 0 on, shape (customers,); each arm is spread evenly over the parts.

    Args:
        arm: of each customer.
        count: how many parts.
        seed: what draws them.
    """
    order = np.random.default_rng(seed).permutation(arm.size)
    order = order[np.argsort(arm[order], kind="stable")]
    part = np.empty(arm.size, np.int64)
    part[order] = np.arange(arm.size) % count
    return part


def cross(part: Ints) -> Iterator[tuple[Rows, Rows]]:
    """Yield those who are learned from and those who are judged: all others, and one part after the other."""
    for one in range(int(part.max()) + 1):
        yield part != one, part == one


def forward(part: Ints) -> Iterator[tuple[Rows, Rows]]:
    """Yield those who are learned from and those who are judged: the parts before one, and that one; not the first."""
    for one in range(1, int(part.max()) + 1):
        yield part < one, part == one
