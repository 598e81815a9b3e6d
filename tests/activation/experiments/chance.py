"""Many assignments of one population at once: the moments of both arms, along a leading axis."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from activation.experiments.arm import Arm, arm
from activation.experiments.moments import Moments

Floats = NDArray[np.float64]
Draws = NDArray[np.float64]


def draws(customers: int, times: int, seed: int) -> Draws:
    """Return for each draw who is in the second arm, shape (times, customers): 1 by a coin for each, else 0."""
    return np.random.default_rng(seed).integers(0, 2, (times, customers), np.int8).astype(np.float64)


def arms(values: Sequence[Floats], drawn: Draws, others: Sequence[Floats] | None = None) -> tuple[Arm, Arm]:
    """Return both arms of each draw.

    Args:
        values: measures of who is in the first arm, each of shape (customers,).
        drawn: who is in the second.
        others: what is measured where a customer is in the second; by default the same.
    """
    return arm(_moments(values, 1 - drawn)), arm(_moments(values if others is None else others, drawn))


def _moments(values: Sequence[Floats], drawn: Draws) -> Moments:
    table = np.stack(values, axis=1)
    count = table.shape[1]
    pairs = (table[:, :, None] * table[:, None, :]).reshape(len(table), -1)
    sums = drawn @ np.concatenate([table, pairs], axis=1)
    return Moments.of_sums(drawn.sum(axis=1), sums[:, :count], sums[:, count:].reshape(-1, count, count))
