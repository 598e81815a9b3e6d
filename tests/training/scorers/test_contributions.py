"""Contributions: LightGBM's own, to the last digits that matter, and of the other scorers what they add up."""

from typing import Any

import lightgbm
import numpy as np
import pytest

from training.panel.examples import Examples
from training.recipes.last_period import LastPeriod
from training.recipes.lightgbm import LightGBM
from training.recipes.recency_rule import RecencyRule
from training.recipes.rfm_regression import RFM, RfmRegression
from training.scorers import Curve, Linear, Trees, contributions, shapley

GENERATOR = np.random.default_rng(5)
ROWS, COLUMNS = 2_000, 16
NAMES = (*RFM, *(f"other_{number}" for number in range(COLUMNS - len(RFM))))


def _x() -> np.ndarray:
    x = GENERATOR.gamma(1, 30, (ROWS, COLUMNS)).astype(np.float32)
    x[GENERATOR.uniform(size=x.shape) < 0.1] = np.nan
    x[GENERATOR.uniform(size=x.shape) < 0.1] = 0
    return x


X = _x()
KNOWN = np.nan_to_num(X).astype(np.float64)
RISK = 1 / (1 + np.exp(-(KNOWN[:, 0] - 30 + KNOWN[:, 3:].sum(1) / 10 - 35) / 20))
CHURNED = (GENERATOR.uniform(size=ROWS) < RISK).astype(np.float64)
SPENT = KNOWN[:, 2] * GENERATOR.uniform(0, 2, ROWS) * (1 - CHURNED)
PLACES = np.zeros(ROWS, np.int64)
BINARY, VALUE = (Examples.of(NAMES, X, y, PLACES, PLACES) for y in (CHURNED, SPENT))
FEW = X[:200]
USUAL = np.nanmedian(X, axis=0).astype(np.float32)
DEEP = {"num_leaves": 40, "min_data_in_leaf": 2, "feature_fraction": 0.9}


def _fitted(**settings: Any) -> Trees:
    return LightGBM("binary", NAMES, settings={"learning_rate": 0.05, **settings}).fit(BINARY)


TREES = {
    "binary": LightGBM("binary", NAMES).fit(BINARY),
    "tweedie": LightGBM("tweedie", NAMES[::-1]).fit(VALUE),
    "deep": _fitted(**DEEP),
    "zeros are missing": _fitted(zero_as_missing=True),
    "nothing is missing": _fitted(use_missing=False),
}


def _lightgbms(trees: Trees, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return LightGBM's contributions in the columns of the matrix, and its expected value."""
    found = lightgbm.Booster(model_str=trees.text).predict(x[:, trees.columns], pred_contrib=True, num_threads=1)
    expected = np.zeros(x.shape)
    expected[:, trees.columns] = found[:, :-1]
    return expected, found[:, -1]


@pytest.mark.parametrize("name", TREES)
def test_trees_contributions_are_lightgbms(name: str) -> None:
    expected, _ = _lightgbms(TREES[name], FEW)
    np.testing.assert_allclose(TREES[name].contributions(FEW, USUAL), expected, rtol=1e-9, atol=1e-13)


def test_trees_treat_missing_zero_and_infinite_as_lightgbm_does() -> None:
    strange = np.array([np.nan, 0.0, -0.0, 1e-36, 30.0, 1e9, -5.0, np.inf, -np.inf], np.float32)
    x = GENERATOR.choice(strange, (100, COLUMNS))
    for trees in TREES.values():
        np.testing.assert_allclose(trees.contributions(x, USUAL), _lightgbms(trees, x)[0], rtol=1e-9, atol=1e-13)


def test_leaves_behind_many_features_need_no_table() -> None:
    paths = TREES["deep"].paths
    assert np.diff(paths.terms).max() > shapley.TABLED
    assert (paths.place < 0).any()
    assert (paths.place >= 0).any()


@pytest.mark.parametrize("name", TREES)
def test_they_add_up_to_the_margin_less_the_expected_value(name: str) -> None:
    trees = TREES[name]
    margin = lightgbm.Booster(model_str=trees.text).predict(FEW[:, trees.columns], raw_score=True, num_threads=1)
    _, expected = _lightgbms(trees, FEW)
    np.testing.assert_allclose(trees.contributions(FEW, USUAL).sum(1), margin - expected, rtol=1e-9, atol=1e-12)


SCORERS: dict[str, Curve | Linear | Trees] = {
    **TREES,
    "recency_rule": RecencyRule().fit(BINARY),
    "rfm_logistic": RfmRegression("binary").fit(BINARY),
    "last_period": LastPeriod("spend_84d", 100.0).fit(VALUE),
}


@pytest.mark.parametrize("name", SCORERS)
def test_one_row_alone_gets_the_bits_that_it_gets_in_a_batch(name: str) -> None:
    whole = SCORERS[name].contributions(X, USUAL)
    alone = np.concatenate([SCORERS[name].contributions(X[r : r + 1], USUAL) for r in range(0, ROWS, 37)])
    np.testing.assert_array_equal(whole[::37].view(np.int64), alone.view(np.int64))


def test_a_linear_models_add_up_to_the_difference_to_the_usual_customers_margin() -> None:
    scorer = SCORERS["rfm_logistic"]
    odds = scorer.score(X) / (1 - scorer.score(X))
    usual = scorer.score(USUAL[None])
    contributed = scorer.contributions(X, USUAL)
    np.testing.assert_allclose(contributed.sum(1), np.log(odds) - np.log(usual / (1 - usual)), atol=1e-12)
    assert not contributed[:, 3:].any(), "features that it does not look at"


def test_a_curves_whole_difference_to_the_usual_is_its_one_features() -> None:
    scorer = SCORERS["recency_rule"]
    contributed = scorer.contributions(X, USUAL)
    np.testing.assert_array_equal(contributed[:, 0], scorer.score(X) - scorer.score(USUAL[None]))
    assert not contributed[:, 1:].any()


def test_a_single_leaf_explains_nothing() -> None:
    x = np.zeros((200, 2), np.float32)
    y, place = np.r_[np.ones(50), np.zeros(150)], np.zeros(200, np.int64)
    trees = LightGBM("binary", ("a", "b")).fit(Examples.of(("a", "b"), x, y, place, place))
    assert not trees.contributions(x, x[0]).any()


def test_a_way_of_too_many_features_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapley, "MOST", 2)
    trees = Trees(TREES["deep"].text, TREES["deep"].columns)
    with pytest.raises(ValueError, match="different features; at most 2 are allowed"):
        trees.contributions(X, USUAL)


def _strongest(contributed: list[float], topic: list[int]) -> tuple[list[int], bool]:
    out, raises = np.full((1, 3), -9, np.int32), np.zeros(1, np.bool_)
    contributions.strongest(np.array([contributed]), np.array(topic, np.int32), max(topic) + 1, out, raises)
    return out[0].tolist(), bool(raises[0])


def test_the_strongest_are_of_different_topics_in_the_direction_of_all() -> None:
    assert _strongest([0.1, 0.5, -0.9, 0.4, 0.3], [0, 1, 2, 1, 3]) == ([1, 4, 0], True)
    assert _strongest([0.1, 0.5, -0.9, 0.0, 0.0], [0, 1, 2, 1, 3]) == ([2, -1, -1], False)


def test_a_topic_weighs_all_of_its_features_and_shows_its_strongest() -> None:
    assert _strongest([0.5, 0.3, 0.3, -0.45], [0, 1, 1, 0]) == ([1, 0, -1], True), "of equals, the first"


def test_what_contributes_nothing_is_no_reason() -> None:
    assert _strongest([0.0, 0.0], [0, 1]) == ([-1, -1, -1], True)


def _one_by_one(trees: Trees, row: np.ndarray) -> np.ndarray:
    """Return a row's contributions, added up leaf after leaf and term after term, each asked and told anew."""
    paths, out = trees.paths, np.zeros(COLUMNS)
    for leaf in range(paths.value.size):
        terms = range(paths.terms[leaf], paths.terms[leaf + 1])
        taken, shares = np.empty(len(terms), np.bool_), np.empty(len(terms))
        for place, condition in enumerate(paths.condition[terms.start : terms.stop].tolist()):
            v = float(row[paths.column[condition]])
            if np.isnan(v) or (paths.zeros[condition] and abs(v) <= float(np.float32(1e-35))):
                taken[place] = paths.missing[condition]
            else:
                taken[place] = v <= paths.high[condition] and not v <= paths.low[condition]
        shapley._shares(paths.zero[terms.start : terms.stop], paths.value[leaf], taken, shares)
        for term, share in zip(terms, shares, strict=True):
            out[paths.into[term]] += share
    return out


@pytest.mark.parametrize("name", TREES)
def test_shared_conditions_and_tables_change_no_bit(name: str) -> None:
    expected = np.array([_one_by_one(TREES[name], row) for row in X[:3]])
    np.testing.assert_array_equal(TREES[name].contributions(X[:3], USUAL).view(np.int64), expected.view(np.int64))
    alone = TREES[name].contributions(X[2:3], USUAL)
    np.testing.assert_array_equal(alone.view(np.int64), expected[2:3].view(np.int64))


def test_conditions_are_fewer_than_terms() -> None:
    for trees in TREES.values():
        paths = trees.paths
        assert paths.column.size < paths.into.size
        told = list(zip(paths.column, paths.low.astype(str), paths.high, paths.missing, paths.zeros, strict=True))
        assert len(set(told)) == len(told)
