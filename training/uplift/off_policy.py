"""Off-policy value: what a policy would have brought, from what was assigned by known probabilities."""

from dataclasses import dataclass

import numpy as np

from training.metrics.bootstrap import Estimate
from training.uplift import influence
from training.uplift.influence import Figure
from training.uplift.trial import Floats, Ints

FEWEST = 100
"""The smallest effective sample that a value is told of."""


class TooFew(ValueError):
    """Too few customers were given what the policy would give."""


@dataclass(frozen=True)
class Value:
    """The value of a policy per customer, in three ways that agree where the log is sound."""

    ips: Estimate
    """Horvitz and Thompson (1952): mean of w y."""
    snips: Estimate
    """Swaminathan and Joachims (2015): sum of w y over the sum of w."""
    dr: Estimate
    """Dudik, Langford and Li (2011): the predicted value, mended by w (y - predicted)."""
    effective: float
    """Kish's effective sample, (sum w)^2 / sum w^2."""
    figure: Figure
    """DR with how much each customer moves it, so that policies can be held against each other, paired."""


def value(arm: Ints, probability: Floats, y: Floats, chances: Floats, predicted: Floats) -> Value:
    """Return the value of a policy.

    Args:
        arm: what each customer was given, shape (customers,).
        probability: of that, when it was given.
        y: what came after.
        chances: of each arm by the policy, shape (customers, arms).
        predicted: the outcome under each arm, by a model that saw other customers; zeros make DR the IPS.

    Raises:
        TooFew: the effective sample is below FEWEST.
        ValueError: chances are no probabilities.
    """
    if (chances < 0).any() or not np.allclose(chances.sum(1), 1.0):
        raise ValueError("chances: got some that are negative or do not add up to 1.")
    own = np.arange(arm.size)
    weight = chances[own, arm] / probability
    effective = effective_sample(weight)
    if effective < FEWEST:
        raise TooFew(
            f"policy: what it would give was given to an effective sample of {effective:.0f} customers; below {FEWEST}"
            " no value is told."
        )
    ratio = float((weight * y).mean() / weight.mean())
    snips = Figure(ratio, weight * (y - ratio) / weight.mean())
    mended = (chances * predicted).sum(1) + weight * (y - predicted[own, arm])
    ips, dr = influence.mean(weight * y), influence.mean(mended)
    return Value(ips.estimate, snips.estimate, dr.estimate, effective, dr)


def effective_sample(weight: Floats) -> float:
    """Return how many equal weights are as precise as these."""
    return float(weight.sum() ** 2 / max(float((weight**2).sum()), 1e-300))
