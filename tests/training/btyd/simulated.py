"""Customers who behave as the models say, for the tests of the models."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

R, ALPHA, A, B = 0.55, 40.0, 0.8, 2.4
S, BETA = 0.6, 80.0
K = 3
TICKS = 64
"""Of a day: what is rounded to them, and sums of it, are float32 too."""
P, Q, V = 6.0, 4.0, 1500.0


def beta_geometric(customers: int, leaves_at_first: bool, seed: int = 0, whole: bool = True) -> Floats:
    """Return frequency, recency and age, in days, of customers of BG/NBD, or of MBG/NBD if they may leave at first."""
    rng = np.random.default_rng(seed)
    rate, leaves = rng.gamma(R, 1 / ALPHA, customers), rng.beta(A, B, customers)
    age = _age(rng, customers)
    last, count = np.zeros(customers), np.zeros(customers)
    there = np.flatnonzero((not leaves_at_first) | (rng.uniform(size=customers) >= leaves))
    while there.size:
        when = last[there] + rng.exponential(size=there.size) / np.maximum(rate[there], 1e-300)
        there, when = there[when < age[there]], when[when < age[there]]
        last[there], count[there] = when, count[there] + 1
        there = there[rng.uniform(size=there.size) >= leaves[there]]
    return _rows(count, last, age, whole)


def regular(customers: int, seed: int = 0, k: int = K) -> Floats:
    """Return frequency, recency, age and the geometric mean gap, in days, of customers of MBG/CNBD-k.

    Purchases are `k` steps apart, k times as fast as those of the other models, so that customers purchase as often.
    """
    rng = np.random.default_rng(seed)
    rate, leaves = rng.gamma(R, k / ALPHA, customers), rng.beta(A, B, customers)
    age = np.round(_age(rng, customers) * TICKS) / TICKS
    last, count, logs = np.zeros((3, customers))
    there = np.flatnonzero(rng.uniform(size=customers) >= leaves)
    while there.size:
        gap = np.ceil(rng.gamma(k, size=there.size) / np.maximum(rate[there], 1e-300) * TICKS) / TICKS
        comes = last[there] + gap < age[there]
        there, gap = there[comes], gap[comes]
        last[there], count[there], logs[there] = last[there] + gap, count[there] + 1, logs[there] + np.log(gap)
        there = there[rng.uniform(size=there.size) >= leaves[there]]
    mean_gap = np.where(count > 0, np.exp(logs / np.maximum(count, 1)), 0.0)
    return np.column_stack([count, last, age, mean_gap])


def pareto(customers: int, seed: int = 0, whole: bool = True) -> Floats:
    """Return frequency, recency and age, in days, of customers of Pareto/NBD."""
    rng = np.random.default_rng(seed)
    rate, leaves = rng.gamma(R, 1 / ALPHA, customers), rng.gamma(S, 1 / BETA, customers)
    age = _age(rng, customers)
    lifetime = np.minimum(rng.exponential(size=customers) / np.maximum(leaves, 1e-300), age)
    count = rng.poisson(rate * lifetime).astype(np.float64)
    last = lifetime * rng.uniform(size=customers) ** (1 / np.maximum(count, 1))
    return _rows(count, np.where(count > 0, last, 0.0), age, whole)


def gamma_gamma(customers: int, seed: int = 0) -> Floats:
    """Return the number of purchases, 0 among them, and their mean value in cents."""
    rng = np.random.default_rng(seed)
    count = rng.geometric(0.3, customers) - 1.0
    scale = 1 / rng.gamma(Q, 1 / V, customers)
    total = rng.gamma(P * np.maximum(count, 1), scale)
    return np.column_stack([count, np.where(count > 0, total / np.maximum(count, 1), 0.0)])


def _age(rng: np.random.Generator, customers: int) -> Floats:
    return rng.uniform(30, 600, customers)


def _rows(count: Floats, last: Floats, age: Floats, whole: bool) -> Floats:
    return np.column_stack([count, np.round(last), np.round(age)] if whole else [count, last, age])
