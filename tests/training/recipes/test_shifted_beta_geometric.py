"""The shifted beta-geometric as a recipe: what it fits, what it says by hand, and of whom nothing is known."""

import json
from itertools import pairwise
from math import log

import msgspec
import numpy as np
import pytest

from training.panel.examples import Examples
from training.recipes.shifted_beta_geometric import ShiftedBetaGeometric
from training.recipes.table import recipes, restored
from training.scorers import Curve, Retention
from training.scorers.contributions import Explained
from training.targets import Renewal

TARGET = Renewal("renewal_28d", 28)
NAMES = ("other", "subscription_periods", "subscription_days_left")
SURVIVORS = [1000, 631, 468, 382, 326, 289, 262, 241]
"""After so many years; Fader & Hardie (2007), segment "regular"."""


def _examples(periods: list[float], renewed: list[float]) -> Examples:
    x = np.zeros((len(periods), len(NAMES)), np.float32)
    x[:, 1] = periods
    place = np.arange(len(periods))
    return Examples.of(NAMES, x, np.array(renewed), place, np.zeros(place.size, np.int64))


def _rows() -> tuple[list[float], list[float]]:
    periods, renewed = [], []
    for year, (before, after) in enumerate(pairwise(SURVIVORS), 1):
        periods += [float(year)] * before
        renewed += [1.0] * after + [0.0] * (before - after)
    return periods, renewed


def test_it_leaves_the_papers_parameters_and_answers_in_closed_form() -> None:
    scorer = ShiftedBetaGeometric().fit(_examples(*_rows()))
    assert isinstance(scorer, Retention)
    assert (scorer.alpha, scorer.beta) == pytest.approx((0.704, 1.182), abs=5e-4)
    x = np.array([[9, 1, 9], [9, 5, 9], [9, 0, 9], [9, np.nan, 9]], np.float32)
    first, fifth, *unknown = scorer.score(x).tolist()
    assert (first, fifth) == pytest.approx((1.182 / 1.886, 5.182 / 5.886), abs=3e-4)
    rate = np.mean(_rows()[1])
    assert unknown == pytest.approx([rate, rate])


def test_a_reason_is_how_far_the_logit_is_from_that_of_the_usual_customer() -> None:
    scorer = Retention(1, 0.7, 2.5, 0.4)
    assert isinstance(scorer, Explained)
    found = scorer.contributions(np.array([[0, 4, 0]], np.float32), np.array([0, 1, 0], np.float32))
    np.testing.assert_allclose(found, [[0, log(5.5 / 0.7) - log(2.5 / 0.7), 0]], rtol=1e-12)


def test_where_no_period_is_known_it_is_the_rate() -> None:
    scorer = ShiftedBetaGeometric().fit(_examples([0.0, np.nan, 0.0, 0.0], [1.0, 1.0, 1.0, 0.0]))
    assert isinstance(scorer, Curve)
    np.testing.assert_array_equal(scorer.score(np.ones((2, 3), np.float32)), 0.75)


def test_parameters_that_are_no_distribution_are_refused() -> None:
    with pytest.raises(ValueError, match=r"alpha, beta: got 0, 1; finite numbers above 0 are allowed\."):
        Retention(0, 0.0, 1.0, 0.5)


def test_it_is_the_baseline_of_renewals_where_periods_are_known() -> None:
    first, *others = recipes(TARGET, NAMES)
    assert (first.name, first.baseline) == ("shifted_beta_geometric", True)
    assert [recipe.name for recipe in others] == ["logistic", "lightgbm", "lightgbm_random", "blend"]
    assert recipes(TARGET, NAMES[::2])[0].name == "logistic"
    assert restored(first, json.loads(json.dumps(msgspec.to_builtins(first)))) == first
