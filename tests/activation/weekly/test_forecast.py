"""A forecast of a segment's size: a simple rule, whose interval holds what comes by chance, and tells of no few."""

import doctest

import numpy as np

from activation.weekly import forecast
from training.kpis.moves import Moves


def test_the_example() -> None:
    assert doctest.testmod(forecast).failed == 0


def test_what_comes_by_chance_alone_lies_within_nineteen_times_of_twenty_or_more() -> None:
    rng, held = np.random.default_rng(5), []
    for _ in range(4000):
        leaves, joins, size = rng.uniform(0.02, 0.4), rng.uniform(5, 60), int(rng.integers(50, 400))
        weeks = []
        for _ in range(2):
            left, joined = int(rng.binomial(size, leaves)), int(rng.poisson(joins))
            weeks.append((size, left, joined))
            size += joined - left
        came = size - rng.binomial(size, leaves) + rng.poisson(joins)
        held.append(forecast.forecast(size, weeks).holds(came))
    assert 0.95 <= np.mean(held) <= 0.99  # made wider than chance alone, by how much weeks differ beside it


def test_a_week_before_that_is_of_few_or_of_nobody_is_not_looked_at() -> None:
    moves = Moves(*(np.array(one) for one in ([100, 300], [30, 40], [60, 30], [130, 290])))
    other = Moves(*(np.array(one) for one in ([90, 310], [3, 40], [13, 30], [100, 300])))
    alone = forecast.of_segment(moves, Moves.nothing(2), 0, 0)
    assert alone == forecast.forecast(130, [(100, 30, 60)])
    assert forecast.of_segment(moves, other, 0, 20) == alone
    assert forecast.of_segment(moves, other, 0, 0) == forecast.forecast(130, [(100, 30, 60), (90, 3, 13)])
    assert forecast.of_segment(moves, other, 0, 1000) is None
