"""The BTYD recipe of regular buyers: its rhythm is found from what the kernel counts, and none where there is none."""

from pathlib import Path

import numpy as np
import pytest

from tests.training.btyd import simulated
from training.btyd import formulas
from training.panel.examples import Examples
from training.recipes.btyd import HISTORY, RHYTHM, SPEND, BuyTillYouDie
from training.recipes.recipe import Recipe
from training.recipes.table import recipes, without_labels
from training.scorers import Btyd, Scorer
from training.targets import NextPurchase, Purchases, Spend, Target

ROWS, HORIZON = 3_000, 28
NAMES = (*(feature.name for feature in HISTORY), SPEND.name, RHYTHM.name, "purchase_days_28d", "lines_56d")
PURCHASES, SPENT = Purchases("purchases_28d", HORIZON, 56), Spend("spend_28d", HORIZON, 56)
NEXT = NextPurchase("next_purchase_28d", HORIZON, 56)


def _x(k: int) -> np.ndarray:
    """Return customers whose purchases are k steps apart, as the kernel tells them: gaps between calendar days."""
    frequency, recency, age, gap = simulated.regular(ROWS, seed=4, k=k).T
    gap = np.where(frequency > 0, gap, np.nan)
    return np.column_stack(
        [frequency + 1, age - recency, age, (frequency + 1) * 2_000, gap, np.minimum(frequency, 2), frequency + 1]
    ).astype(np.float32)


def _examples(k: int, y: np.ndarray | None = None) -> Examples:
    outcome = np.random.default_rng(1).poisson(1.0, ROWS).astype(np.float64) if y is None else y
    return Examples.of(NAMES, _x(k), outcome, np.arange(ROWS), np.zeros(ROWS, np.int64))


def _recipe(target: Target) -> Recipe:
    return next(recipe for recipe in recipes(target, NAMES) if recipe.name == "btyd_regular")


def _btyd(scorer: Scorer) -> Btyd:
    while not isinstance(scorer, Btyd):
        scorer = scorer.inner  # type: ignore[attr-defined]
    return scorer


@pytest.mark.parametrize("k", [1, simulated.K])
@pytest.mark.parametrize("target", [PURCHASES, SPENT, NEXT], ids=lambda target: target.name)
def test_the_rhythm_is_found_and_is_none_where_purchases_have_none(target: Target, k: int, tmp_path: Path) -> None:
    examples = _examples(k)
    scorer = _recipe(target).fit(examples)
    inner = _btyd(scorer)
    assert (inner.model, inner.parameters[4]) == (formulas.MBG_CNBD, k)
    assert inner.columns.size == (4 if target is SPENT else 3), "an answer takes no rhythm"
    scorer.save(tmp_path)
    few = examples.x[:50]
    p = type(scorer).load(tmp_path).score(few)
    alone = np.concatenate([scorer.score(few[row : row + 1]) for row in range(50)])
    np.testing.assert_array_equal(alone.view(np.int64), p.view(np.int64))


def test_of_regular_buyers_it_knows_the_next_purchase_better() -> None:
    """Of purchases three steps apart, told by who knows the process; BTYD of irregular ones is the rival."""
    x, k = _x(simulated.K), float(simulated.K)
    true = np.array([simulated.R, simulated.ALPHA / k, simulated.A, simulated.B, k])
    places = np.arange(3, dtype=np.int32)
    median = Btyd(places, formulas.MBG_CNBD, true, np.ones(3), formulas.MEDIAN, float(HORIZON), 1.0, 28.0).score(x)
    loss = []
    for regular in (True, False):
        recipe = BuyTillYouDie(formulas.MEDIAN, HORIZON, regular=regular)
        columns = np.array([NAMES.index(feature.name) for feature in recipe.needs], np.int32)
        said = recipe.of_histories(x[:, columns], columns, missing=28.0).score(x)
        loss.append(float(np.abs(np.minimum(said, HORIZON) - median).mean()))
    assert loss[0] < loss[1] / 3


def test_gaps_of_calendar_days_that_are_too_long_for_their_times_are_cut() -> None:
    """Bought at 23:00 and at 01:00 two days on: 26 hours, of which the calendar makes two days; and again at once."""
    x = _x(1)[:200]
    x[0] = (2, 10, 10 + 26 / 24, 4_000, 2, 1, 2)
    x[1] = (2, 10, 10, 4_000, 1, 1, 2)
    recipe = BuyTillYouDie(formulas.PURCHASES, HORIZON, regular=True)
    columns = np.array([NAMES.index(feature.name) for feature in recipe.needs], np.int32)
    assert np.isfinite(recipe.of_histories(x[:, columns], columns, missing=0.0).score(x)).all()


def test_without_labels_the_model_of_most_shops_answers() -> None:
    found = without_labels(PURCHASES)
    assert found is not None
    assert not found.regular


def test_other_recipes_do_not_see_the_rhythm() -> None:
    for recipe in recipes(PURCHASES, NAMES):
        assert RHYTHM.name not in getattr(recipe, "inputs", ())
