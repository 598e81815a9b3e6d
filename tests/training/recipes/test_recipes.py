"""Recipes: every one of a target's, on customers of a known purchase process."""

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest

from tests.training.btyd import simulated
from training.btyd import formulas
from training.btyd.pareto_nbd import ParetoNbd
from training.metrics.metrics import logit, roc_auc
from training.panel.examples import Examples
from training.recipes.blend import Blend, fit_all
from training.recipes.btyd import HISTORY, SPEND, BuyTillYouDie
from training.recipes.lightgbm import LightGBM
from training.recipes.quantile_regression import FARTHEST, QuantileRegression
from training.recipes.recency_rule import RecencyRule
from training.recipes.recipe import Recipe
from training.recipes.rfm_regression import RfmRegression
from training.recipes.table import recipes, restored, without_labels
from training.recipes.two_stage import TwoStage
from training.scorers import FAMILIES, Btyd, Combined, Quantile, Scorer
from training.scorers.combined import LOGIT_MEAN, MEAN
from training.targets import Category, Churn, Decline, Spend, Target

ROWS, HORIZON = 3_000, 28
CHURN, SPENT = Churn("churn_28d", HORIZON, 56), Spend("spend_28d", HORIZON, 56)
NAMES = (*(feature.name for feature in HISTORY), SPEND.name, "purchase_days_84d", "spend_84d", "spend_28d")
GENERATOR = np.random.default_rng(17)
TRUE = np.array([simulated.R, simulated.ALPHA, simulated.S, simulated.BETA])
EACH = 2_000.0
"""Cents of a day with a purchase."""


def _x() -> np.ndarray:
    frequency, recency, age = simulated.pareto(ROWS, seed=9).T
    days = frequency + 1
    spend = days * EACH * GENERATOR.gamma(8, 1 / 8, ROWS)
    lately = np.where(age - recency < 84, np.minimum(days, 5), 0)
    quarter, month = lately * EACH, np.where(age - recency < 28, EACH, 0)
    return np.column_stack([days, age - recency, age, spend, lately, quarter, month]).astype(np.float32)


def _truth(answer: int) -> np.ndarray:
    return Btyd(PLACES, ParetoNbd.model, TRUE, np.ones(3), answer, float(HORIZON), 1.0, 0.0).score(X)


X = _x()
PLACES = np.arange(3, dtype=np.int32)
NONE = _truth(formulas.NONE)
"""Everyone's true probability of no purchase in the horizon."""
MEAN_SPEND = _truth(formulas.PURCHASES) * EACH / 100
CUSTOMERS, AS_OF = np.arange(ROWS), np.zeros(ROWS, np.int64)
BINARY = Examples.of(NAMES, X, (GENERATOR.uniform(size=ROWS) < NONE).astype(np.float64), CUSTOMERS, AS_OF)
VALUE = BINARY.outcome(GENERATOR.poisson(MEAN_SPEND / 20).astype(np.float64) * 20)
EXAMPLES = {"binary": BINARY, "value": VALUE}
EVERY: dict[str, tuple[Recipe, Scorer]] = {
    f"{target.name} {recipe.name}": (recipe, scorer)
    for target in (CHURN, SPENT)
    for every in [recipes(target, NAMES)]
    for recipe, scorer in zip(every, fit_all(every, EXAMPLES[target.task]).values(), strict=True)
}


def _names(target: Target, names: tuple[str, ...] = NAMES) -> list[str]:
    return [recipe.name for recipe in recipes(target, names)]


def test_each_target_has_its_recipes_baselines_first() -> None:
    learned = ["btyd", "logistic", "lightgbm", "lightgbm_random", "blend", "blend_btyd"]
    assert _names(CHURN) == ["recency_rule", "rfm_logistic", *learned]
    assert _names(Decline("decline_56d", 56)) == [
        "recency_rule", "rfm_logistic", "logistic", "lightgbm", "lightgbm_random", "blend",
    ]  # fmt: skip
    assert _names(Category("buys_28d_tea", HORIZON, 56, "tea")) == ["recency_rule", "rfm_logistic", "lightgbm"]
    assert _names(SPENT) == [
        "last_period", "rfm_linear", "btyd", "ridge", "lightgbm", "lightgbm_random", "lightgbm_l2", "two_stage",
        "blend", "mean", "mean_btyd",
    ]  # fmt: skip
    assert "btyd" not in _names(CHURN, NAMES[1:])


@pytest.mark.parametrize("name", EVERY)
def test_one_row_alone_gets_the_bits_that_it_gets_in_a_batch(name: str) -> None:
    _, scorer = EVERY[name]
    odd = X[:40].copy()
    odd[:20, :3], odd[20:, 1:] = np.nan, np.nan
    rows = np.concatenate([X[::31], odd])
    whole = scorer.score(rows)
    assert np.isfinite(whole).all()
    assert whole.min() >= 0
    alone = np.concatenate([scorer.score(rows[r : r + 1]) for r in range(len(rows))])
    np.testing.assert_array_equal(whole.view(np.int64), alone.view(np.int64))


@pytest.mark.parametrize("name", EVERY)
def test_a_saved_scorer_is_read_back_and_gives_the_same_bits(name: str, tmp_path: Path) -> None:
    _, scorer = EVERY[name]
    scorer.save(tmp_path)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} <= {".npz", ".npy", ".txt", ".json"}
    again = FAMILIES[scorer.family].load(tmp_path)
    np.testing.assert_array_equal(scorer.score(X).view(np.int64), again.score(X).view(np.int64))


@pytest.mark.parametrize("name", EVERY)
def test_a_recipe_is_restored_from_its_settings_as_a_manifest_keeps_them(name: str) -> None:
    recipe, _ = EVERY[name]
    settings = json.loads(json.dumps(msgspec.to_builtins(recipe)))
    assert restored(recipe, settings) == recipe
    assert restored(recipe, {**settings, "name": "another"}).name == ("another" if "name" in settings else recipe.name)


@pytest.mark.parametrize("name", [name for name in EVERY if "rule" not in name and "churn" in name])
def test_probabilities_are_near_the_true_ones(name: str) -> None:
    _, scorer = EVERY[name]
    p, one = scorer.score(X), np.ones((1, ROWS))
    assert np.abs(p - NONE).mean() < (0.15 if "rfm" in name else 0.08)
    assert roc_auc(BINARY.y, p, one)[0] > roc_auc(BINARY.y, NONE, one)[0] - 0.02


@pytest.mark.parametrize("name", [name for name in EVERY if "spend" in name and not EVERY[name][0].baseline])
def test_values_add_up_to_what_happened_and_follow_what_is_expected(name: str) -> None:
    _, scorer = EVERY[name]
    p = scorer.score(X)
    exact = any(name.endswith(own) for own in ("btyd", "ridge", "two_stage")) and "mean" not in name
    assert p.sum() == pytest.approx(VALUE.y.sum(), rel=1e-9 if exact else 0.15)
    assert np.corrcoef(p, MEAN_SPEND)[0, 1] > 0.8


def test_a_blend_of_probabilities_is_the_mean_of_their_logits() -> None:
    parts = (RecencyRule(), RfmRegression("binary"))
    p = Blend("blend", parts, LOGIT_MEAN).fit(BINARY).score(X)
    known = [np.clip(logit(part.fit(BINARY).score(X)), -50, 50) for part in parts]
    inside = np.abs(known[0]) < 20  # isotonic regression may say 0 or 1
    np.testing.assert_allclose(logit(p)[inside], np.mean(known, axis=0)[inside], atol=1e-9)


def test_a_blend_takes_the_parts_that_were_fitted_already() -> None:
    parts: tuple[Recipe, ...] = (LightGBM("regression", NAMES), RfmRegression("value"))
    fitted = fit_all((*parts, Blend("mean", parts, MEAN)), VALUE)
    blend = fitted["mean"]
    assert isinstance(blend, Combined)
    assert [part is fitted[recipe.name] for part, recipe in zip(blend.parts, parts, strict=True)] == [True, True]
    np.testing.assert_allclose(blend.score(X), np.mean([part.score(X) for part in blend.parts], axis=0))


def test_quantile_regression_leaves_out_what_is_never_known_and_no_value_is_farther_than_three_deviations() -> None:
    x = np.column_stack([X[:, 1], np.full(ROWS, np.nan), X[:, 0]]).astype(np.float32)
    x[::9, 2] = np.nan
    names = ("recency", "never", "days")
    scorer = QuantileRegression("binary", names).fit(Examples.of(names, x, BINARY.y, CUSTOMERS, AS_OF))
    assert isinstance(scorer, Quantile)
    assert scorer.feature.tolist() == [0, 2]
    assert np.ptp(scorer.normal, axis=1).max() <= 2 * FARTHEST
    far = np.array([[x[:, 0].max(), 0, 1], [1e9, 5, 1]], np.float32)
    assert np.ptp(scorer.score(far)) == 0
    missing, median = x[:2].copy(), x[:2].copy()
    missing[:, 2], median[:, 2] = np.nan, np.nanmedian(x[:, 2])
    np.testing.assert_array_equal(scorer.score(missing), scorer.score(median))


def test_quantile_regression_sees_a_bend_that_a_line_would_miss() -> None:
    x = GENERATOR.exponential(10.0, (ROWS, 1)).astype(np.float32) ** 2
    y = (GENERATOR.uniform(size=ROWS) < 0.1 + 0.8 * (x[:, 0] < np.median(x))).astype(np.float64)
    scorer = QuantileRegression("binary", ("a",), penalty=1.0).fit(Examples.of(("a",), x, y, CUSTOMERS, AS_OF))
    p = scorer.score(np.quantile(x, [0.1, 0.5, 0.9])[:, None].astype(np.float32))
    assert p[0] > 0.85
    assert 0.3 < p[1] < 0.7
    assert p[2] < 0.15


def test_two_stages_tell_a_rare_large_value_from_a_usual_small_one() -> None:
    x = (np.arange(ROWS) % 2).astype(np.float32)[:, None]
    rare = (GENERATOR.uniform(size=ROWS) < 0.1) * GENERATOR.gamma(20, 5, ROWS)
    y = np.where(x[:, 0] == 1, rare, GENERATOR.gamma(20, 0.5, ROWS))
    scorer = TwoStage(("a",)).fit(Examples.of(("a",), x, y, CUSTOMERS, AS_OF))
    p = scorer.score(np.array([[0.0], [1.0]], np.float32))
    np.testing.assert_allclose(p, [y[::2].mean(), y[1::2].mean()], rtol=0.05)
    assert scorer.score(x).sum() == pytest.approx(y.sum())


def test_buy_till_you_die_finds_the_process_without_outcomes() -> None:
    found = BuyTillYouDie(formulas.NONE, HORIZON).of_histories(X[:, PLACES], PLACES, missing=0.5)
    np.testing.assert_allclose(found.score(X), NONE, atol=0.05)
    assert found.score(np.array([[0, np.nan, np.nan, 0, 0, 0, 0]], np.float32))[0] == 0.5
    some = BuyTillYouDie(formulas.ANY, HORIZON).of_histories(X[:, PLACES], PLACES, missing=0.5)
    np.testing.assert_allclose(some.score(X), 1 - found.score(X), atol=1e-12)


def test_buy_till_you_die_learns_from_everyone_known_and_from_outcomes_its_level_alone() -> None:
    recipe = without_labels(CHURN)
    assert recipe is not None
    few = BINARY.where(np.arange(ROWS) % 30 == 0)
    p = recipe.fit(few.knowing(np.arange(ROWS))).score(X)
    assert np.corrcoef(p, NONE)[0, 1] > 0.99
    fewer = BINARY.outcome(BINARY.y * (CUSTOMERS % 2))
    assert recipe.fit(fewer).score(X).mean() == pytest.approx(fewer.y.mean(), abs=1e-4)


@pytest.mark.parametrize("target", [Decline("decline_56d", 56), Category("tea", 28, 56, "tea")])
def test_what_purchase_dates_alone_cannot_tell_has_no_recipe_without_labels(target: Target) -> None:
    assert without_labels(target) is None


def test_a_model_sees_the_dataset_s_own_windows_and_not_what_another_target_needs() -> None:
    names = (*NAMES, "spend_45d", "lines_91d")
    (own,) = (recipe for recipe in recipes(CHURN, names, (45,)) if isinstance(recipe, QuantileRegression))
    assert own.inputs == (*NAMES, "spend_45d")
    (without,) = (recipe for recipe in recipes(CHURN, names) if isinstance(recipe, QuantileRegression))
    assert "spend_45d" not in without.inputs


def test_a_model_sees_what_there_is_of_any_kind_of_event() -> None:
    generic = ("web_session_recency", "custom_quote_asked_count_28d", "custom_quote_asked_days_45d")
    names = (*NAMES, *generic, "coupon_days_28d", "custom_quote_askeds_84d")
    (found,) = (recipe for recipe in recipes(CHURN, names) if isinstance(recipe, QuantileRegression))
    assert found.inputs == (*NAMES, *generic)
