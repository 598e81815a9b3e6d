"""Scorers: the row loop gives the libraries' answers, and the same bits for a batch and for one row."""

from pathlib import Path

import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LinearRegression, LogisticRegression

from training.panel.examples import Examples
from training.recipes.lightgbm import LightGBM
from training.recipes.recency_rule import RecencyRule
from training.recipes.rfm_regression import RFM, RfmRegression
from training.scorers import FAMILIES, Retention, Scorer, Trees

GENERATOR = np.random.default_rng(11)
ROWS = 3_000
NAMES = (*RFM, "other")


def _x() -> np.ndarray:
    x = GENERATOR.gamma(1, 30, (ROWS, len(NAMES))).astype(np.float32)
    x[GENERATOR.uniform(size=x.shape) < 0.1] = np.nan
    x[GENERATOR.uniform(size=x.shape) < 0.1] = 0
    return x


X = _x()
RISK = 1 / (1 + np.exp(-(np.nan_to_num(X[:, 0]) - 30) / 20))
CHURNED = (GENERATOR.uniform(size=ROWS) < RISK).astype(np.float64)
SPENT = np.nan_to_num(X[:, 2]) * GENERATOR.uniform(0, 2, ROWS) * (1 - CHURNED)
CUSTOMERS = np.arange(ROWS)
AS_OF = np.zeros(ROWS, np.int64)
BINARY = Examples.of(NAMES, X, CHURNED, CUSTOMERS, AS_OF)
VALUE = Examples.of(NAMES, X, SPENT, CUSTOMERS, AS_OF)
FITTED: dict[str, Scorer] = {
    "recency_rule": RecencyRule().fit(BINARY),
    "rfm_logistic": RfmRegression("binary").fit(BINARY),
    "rfm_linear": RfmRegression("value").fit(VALUE),
    "lightgbm binary": LightGBM("binary", NAMES).fit(BINARY),
    "lightgbm tweedie": LightGBM("tweedie", NAMES).fit(VALUE),
    "lightgbm regression": LightGBM("regression", NAMES[::-1]).fit(VALUE),
    "retention": Retention(0, 0.7, 2.5, 0.4),
}


@pytest.mark.parametrize("name", FITTED)
def test_one_row_alone_gets_the_bits_that_it_gets_in_a_batch(name: str) -> None:
    whole = FITTED[name].score(X)
    alone = np.concatenate([FITTED[name].score(X[r : r + 1]) for r in range(0, ROWS, 7)])
    np.testing.assert_array_equal(whole[::7].view(np.int64), alone.view(np.int64))


@pytest.mark.parametrize("name", FITTED)
def test_a_saved_scorer_is_read_back_without_pickle_and_gives_the_same_bits(name: str, tmp_path: Path) -> None:
    FITTED[name].save(tmp_path)
    assert {path.suffix for path in tmp_path.iterdir()} <= {".npz", ".npy", ".txt", ".json"}
    again = FAMILIES[FITTED[name].family].load(tmp_path)
    np.testing.assert_array_equal(FITTED[name].score(X), again.score(X))


@pytest.mark.parametrize("name", ["lightgbm binary", "lightgbm tweedie", "lightgbm regression"])
def test_trees_are_lightgbms_own_predictions_at_least_zero(name: str) -> None:
    scorer = FITTED[name]
    assert isinstance(scorer, Trees)
    booster = lightgbm.Booster(model_str=scorer.text)
    own = booster.predict(X[:, scorer.columns], num_threads=1)
    assert (own.min() < 0) == (name == "lightgbm regression")
    np.testing.assert_array_equal(scorer.score(X), np.maximum(own, 0))


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.lists(st.sampled_from([np.nan, 0.0, -0.0, 1e-36, 30.0, 1e9, -5.0, np.inf, -np.inf]), min_size=4, max_size=4),
        min_size=1,
        max_size=8,
    )
)
def test_trees_treat_missing_zero_and_infinite_as_lightgbm_does(rows: list[list[float]]) -> None:
    x = np.array(rows, np.float32)
    scorer = FITTED["lightgbm binary"]
    assert isinstance(scorer, Trees)
    np.testing.assert_array_equal(scorer.score(x), lightgbm.Booster(model_str=scorer.text).predict(x, num_threads=1))


def test_a_single_leaf_is_a_constant() -> None:
    x = np.zeros((200, 4), np.float32)
    y, place = np.r_[np.ones(50), np.zeros(150)], np.arange(200)
    scorer = LightGBM("binary", NAMES).fit(Examples.of(NAMES, x, y, place, place))
    np.testing.assert_allclose(scorer.score(x), 0.25, rtol=1e-6)


def test_an_objective_without_a_link_is_refused_by_name() -> None:
    text = LightGBM("huber", NAMES).fit(VALUE).text
    with pytest.raises(ValueError, match="objective: got 'objective=huber"):
        Trees(text, np.arange(4, dtype=np.int32)).score(X)


def test_categorical_splits_are_refused() -> None:
    data = lightgbm.Dataset(np.arange(200)[:, None] % 5, np.arange(200) % 5 == 2, categorical_feature=[0])
    options = {"objective": "binary", "verbosity": -1, "min_data_in_leaf": 1, "min_data_per_group": 1, "cat_smooth": 0}
    booster = lightgbm.train(options, data, 2)
    with pytest.raises(ValueError, match="categorical"):
        Trees(booster.model_to_string(), np.zeros(1, np.int32)).score(X)


def test_the_logistic_baseline_is_scikit_learns() -> None:
    raw = X[:, :3].astype(np.float64)
    inputs = np.log1p(np.maximum(np.where(np.isnan(raw), np.nanmean(raw, axis=0), raw), 0))
    inputs = (inputs - inputs.mean(0)) / inputs.std(0)
    expected = LogisticRegression().fit(inputs, CHURNED).predict_proba(inputs)[:, 1]
    np.testing.assert_allclose(FITTED["rfm_logistic"].score(X), expected, rtol=1e-9)


def test_the_linear_baseline_is_scikit_learns_cut_at_zero() -> None:
    raw = X[:, :3].astype(np.float64)
    filled = np.where(np.isnan(raw), np.nanmean(raw, axis=0), raw)
    expected = np.maximum(LinearRegression().fit(filled, SPENT).predict(filled), 0)
    np.testing.assert_allclose(FITTED["rfm_linear"].score(X), expected, rtol=1e-7, atol=1e-7)


def test_the_recency_rule_is_scikit_learns_isotonic_regression() -> None:
    known = np.isfinite(X[:, 0])
    fitted = IsotonicRegression(out_of_bounds="clip").fit(X[known, 0].astype(np.float64), CHURNED[known])
    got = FITTED["recency_rule"].score(X)
    np.testing.assert_allclose(got[known], fitted.predict(X[known, 0].astype(np.float64)), rtol=1e-9, atol=1e-12)
    assert got[~known] == pytest.approx(CHURNED[~known].mean())
