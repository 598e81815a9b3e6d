"""The cold start: who answers for customers with one day of purchases, in each of the ways that it is settled."""

from collections.abc import Mapping

import numpy as np
import pytest

from training.bundle.cold_start import DAYS, ColdStart
from training.bundle.predictor import Predictor
from training.choice.cold_start import ENOUGH, RATE, RENEWING, SIMPLE, cold_start, rate
from training.panel.examples import Examples
from training.scorers import Curve
from training.targets import Churn

NAMES = ("lines_56d", DAYS)
PARTS = ("train", "validation", "final")
TRUTH = 0.7
"""Of those with one day of purchases."""


def _part(few: int, many: int) -> Examples:
    """Return customers with one day of purchases, of whom seven in ten churn, and with nine, of whom none does."""
    days = np.repeat([1, 9], [few, many])
    y = ((days == 1) & (np.arange(days.size) % 10 < 10 * TRUTH)).astype(np.float64)
    x = np.column_stack([np.ones(days.size), days]).astype(np.float32)
    return Examples.of(NAMES, x, y, np.arange(days.size), np.zeros(days.size, np.int64))


def _by(few: int, many: int, said: Mapping[str, float]) -> str:
    """Return who answers, of recipes that say one number of everybody; `lightgbm` is the chosen one."""
    part = _part(few, many)
    return cold_start(
        "binary", "lightgbm", dict.fromkeys(PARTS, part), {name: np.full(len(part), p) for name, p in said.items()}
    )


def test_the_chosen_recipe_answers_where_all_or_none_are_new() -> None:
    assert _by(1000, 0, {"lightgbm": 0.1, SIMPLE: TRUTH}) == "lightgbm"
    assert _by(0, 1000, {"lightgbm": 0.1, SIMPLE: TRUTH}) == "lightgbm"


def test_where_they_are_too_few_to_judge_the_simplest_answers() -> None:
    assert _by(ENOUGH - 1, 900, {"lightgbm": TRUTH, SIMPLE: 0.1}) == SIMPLE
    assert _by(ENOUGH - 1, 900, {"lightgbm": TRUTH, RENEWING: 0.1}) == RENEWING
    assert _by(ENOUGH - 1, 900, {"lightgbm": TRUTH}) == RATE


@pytest.mark.parametrize(
    ("said", "by"),
    [
        ({"lightgbm": TRUTH - 0.01, SIMPLE: 0.2}, RATE),
        ({"lightgbm": TRUTH, SIMPLE: 0.2}, RATE),  # as good, and simpler
        ({"lightgbm": 0.2, SIMPLE: 0.3}, RATE),
    ],
)
def test_the_rate_answers_where_no_recipe_knows_more(said: dict[str, float], by: str) -> None:
    assert _by(ENOUGH, 900, said) == by


@pytest.mark.parametrize("best", ["lightgbm", SIMPLE])
def test_the_recipe_with_the_smallest_loss_on_those_of_the_validation_answers(best: str) -> None:
    part = _part(200, 800)
    good, bad = np.where(part.y == 1, 0.9, 0.1), np.where(part.y == 1, 0.1, 0.9)
    said = {name: good if name == best else bad for name in ("lightgbm", SIMPLE)}
    assert cold_start("binary", "lightgbm", dict.fromkeys(PARTS, part), said) == best


def test_customers_with_more_purchases_have_no_say() -> None:
    part = _part(200, 800)
    one = part.column(DAYS) == 1
    said = {
        "lightgbm": np.where(one, 0.1, part.y),  # right about the others alone
        SIMPLE: np.where(one, np.where(part.y == 1, 0.8, 0.3), 1 - part.y),
    }
    assert cold_start("binary", "lightgbm", dict.fromkeys(PARTS, part), said) == SIMPLE


def test_the_rate_is_that_of_those_with_few_purchases_whatever_they_bought() -> None:
    scorer = rate(_part(100, 900))
    np.testing.assert_allclose(scorer.score(np.array([[0, 0], [5, 1], [2, np.nan]], np.float32)), TRUTH)
    assert rate(_part(0, 900)).score(np.zeros((1, 2), np.float32))[0] == 0


def test_few_purchases_are_answered_by_another_recipe_by_name() -> None:
    usual = Curve(0, np.array([0.0, 1.0]), np.array([0.1, 0.2]), 0.0)
    cold = ColdStart(RATE, rate(_part(100, 900)), NAMES.index(DAYS))
    predictor = Predictor(Churn("churn_28d", 28, 56), "blend", usual, NAMES, None, cold)
    x = np.array([[1, 1], [1, 2], [0, 1], [1, 0]], np.float32)
    assert predictor.by(x) == [RATE, "blend", RATE, RATE]
    np.testing.assert_allclose(predictor.predict(x), [TRUTH, 0.2, np.nan, TRUTH])  # the third purchased long ago
    alone = Predictor(predictor.target, "blend", usual, NAMES, None)
    assert alone.by(x) == ["blend"] * 4
