"""Chance alone, again and again: how often a difference is seen where there is none, and lies where it is said to."""

import math
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from activation.experiments.arm import arm
from activation.experiments.effect import absolute, relative
from activation.experiments.interval import fixed, looked
from activation.experiments.known import BEFORE
from activation.experiments.measure import MEASURES, measured
from activation.experiments.moments import Moments
from features.buckets import intake
from features.clock import DAY
from features.dataset import load
from tests.activation.experiments.chance import arms, draws

Floats = NDArray[np.float64]
TIMES = 10_000
MEMORY = 8 << 30
AS_OF = 1_509_840_000_000_000
"""2017-11-05."""
DAYS = 28


def test_intervals_of_a_population_with_both_outcomes_cover_the_truth() -> None:
    rng = np.random.default_rng(7)
    segment = rng.integers(0, 4, 2000)
    before = rng.gamma(0.8, 60, 2000)
    without = 0.8 * before + rng.gamma(0.6, 50, 2000)
    treated = without * np.array([1.0, 1.05, 1.1, 0.95])[segment]
    drawn = draws(2000, TIMES, seed=11)
    base, other = arms([without, before], drawn, [treated, before])
    truth = treated.mean() - without.mean()
    interval = fixed(absolute(base, other))
    assert 0.94 <= float(((interval.low <= truth) & (truth <= interval.high)).mean()) <= 0.96
    share = treated.mean() / without.mean() - 1
    interval = fixed(relative(base, other))
    assert 0.94 <= float(((interval.low <= share) & (share <= interval.high)).mean()) <= 0.96


@cache
def _journey() -> tuple[Floats, Floats]:
    """Return what households spent by each day of the next four weeks, (households, days), and in the weeks before."""
    log = intake.take(load("complete_journey"), MEMORY).log
    places = np.arange(len(log.customers))
    since = np.full(places.size, AS_OF)
    there = measured(log, MEASURES["buyers"], places, since - 91 * DAY, since) > 0
    places, since = places[there], since[there]
    spend = MEASURES["spend"]
    after = [measured(log, spend, places, since, since + (day + 1) * DAY) for day in range(DAYS)]
    return np.stack(after, axis=1), measured(log, spend, places, since - BEFORE * DAY, since)


@pytest.mark.long
def test_what_was_known_takes_off_three_fifths_of_the_variance() -> None:
    after, before = _journey()
    assert after.shape == (2305, DAYS)
    own = arm(Moments.of(after[:, -1], before))
    with_it = absolute(own, own).error
    bare = absolute(arm(Moments.of(after[:, -1])), arm(Moments.of(after[:, -1]))).error
    assert 1 - float(with_it / bare) ** 2 >= 0.6


@pytest.mark.long
@pytest.mark.parametrize("with_past", [False, True])
def test_one_look_at_two_arms_that_are_alike_sees_a_difference_as_often_as_it_says(with_past: bool) -> None:
    after, before = _journey()
    values = [after[:, -1], before] if with_past else [after[:, -1]]
    effect = absolute(*arms(values, draws(len(after), TIMES, seed=2)))
    interval = fixed(effect)
    assert 0.045 <= float((interval.above | interval.below).mean()) <= 0.055


@pytest.mark.long
@pytest.mark.parametrize("with_past", [False, True])
def test_daily_looks_and_the_end_see_no_more_together_than_they_may(with_past: bool) -> None:
    after, before = _journey()
    drawn = draws(len(after), TIMES, seed=3)
    seen = np.zeros(TIMES, np.bool_)
    for day in range(DAYS):
        values = [after[:, day], before] if with_past else [after[:, day]]
        effect = absolute(*arms(values, drawn))
        interval = looked(effect, float(len(after)), ended=day == DAYS - 1)
        seen |= interval.above | interval.below
    assert float(seen.mean()) <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / TIMES)
