"""The knapsack: by hand on small tables, never below one action alone in what was predicted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.uplift.knapsack import by_lot, path, spent


def test_three_customers_and_two_actions_are_told_by_hand() -> None:
    effect = np.array([[0.0, 2, 3], [0, 1, 4], [0, -1, -2]])
    cost = np.array([0.0, 1, 2])
    told = path(effect, cost)
    # The second takes the dear action at 2 a unit, the first the cheap one at 2 and the step to the dear one at 1.
    assert sorted(told.ratio.tolist(), reverse=True) == told.ratio.tolist() == [2, 2, 1]
    assert told.given(0).tolist() == [0, 0, 0]
    assert told.given(1).tolist() == [1, 2, 0]
    assert told.given(4 / 3).tolist() == [2, 2, 0]
    gains = spent(told, effect, np.array([0, 0.5, 1, 4 / 3, 9]), draws=10).gain
    assert gains == pytest.approx([0, 1, 2, 7 / 3, 7 / 3])


def test_what_is_for_nothing_is_given_at_once_and_harm_never() -> None:
    told = path(np.array([[0.0, 1, 5], [0, -1, -1]]), np.array([0.0, 0, 1]))
    assert told.given(0).tolist() == [1, 0]
    assert spent(told, np.array([[0.0, 1, 5], [0, -1, -1]]), np.array([0.0, 0.5]), 2).gain.tolist() == [0.5, 2.5]
    nobody = path(np.full((3, 2), -1.0) * [0, 1], np.array([0.0, 1]))
    assert spent(nobody, np.ones((3, 2)), np.array([0.0, 1]), 2).gain.tolist() == [0, 0]


@given(st.integers(0, 10_000))
def test_several_actions_are_at_least_each_alone_and_a_draw_by_lot(seed: int) -> None:
    random = np.random.default_rng(seed)
    effect = np.column_stack([np.zeros(30), random.normal(0.3, 1, (30, 2))]).round(1)
    cost, budgets = np.array([0.0, 1, random.choice([0.5, 2])]), np.linspace(0, 2, 7)
    whole = spent(path(effect, cost), effect, budgets, 2).gain
    assert (np.diff(whole) >= -1e-9).all()
    for action in (1, 2):
        pair = [0, action]
        alone = spent(path(effect[:, pair], cost[pair]), effect[:, pair], budgets, 2).gain
        assert (whole >= alone - 1e-9).all()
    assert (whole >= by_lot(effect.mean(0), cost, budgets) - 1e-9).all()


def test_paired_errors_are_of_the_difference() -> None:
    random = np.random.default_rng(0)
    effect = np.column_stack([np.zeros(500), random.normal(size=500)])
    told = spent(path(effect, np.array([0.0, 1])), effect, np.array([0.3, 1.0]))
    assert told.error[1] > 0
    assert told.minus(told).error.tolist() == [0, 0]
