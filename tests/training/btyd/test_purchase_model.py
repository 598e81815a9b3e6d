"""Purchase models: what all must do, on customers who behave as they say."""

import pickle
import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import check_grad
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.utils.estimator_checks import estimator_checks_generator

from tests.training.btyd.purchase_models import MODELS, customers, fitted, own, truth
from training.btyd.history import Histories
from training.btyd.purchase_model import PurchaseModel

OWN_X = "X is frequency, recency and age, with the recency at most the age; the check makes up other columns"
NEEDS_OWN_X = (
    "check_all_zero_sample_weights_error",
    "check_dict_unchanged",
    "check_dont_overwrite_parameters",
    "check_dtype_object",
    "check_estimators_dtypes",
    "check_estimators_fit_returns_self",
    "check_estimators_nan_inf",
    "check_estimators_overwrite_params",
    "check_estimators_pickle",
    "check_f_contiguous_array_estimator",
    "check_fit2d_1sample",
    "check_fit2d_predict1d",
    "check_fit_check_is_fitted",
    "check_fit_idempotent",
    "check_fit_score_takes_y",
    "check_methods_sample_order_invariance",
    "check_methods_subset_invariance",
    "check_n_features_in",
    "check_n_features_in_after_fitting",
    "check_pipeline_consistency",
    "check_positive_only_tag_during_fit",
    "check_readonly_memmap_input",
    "check_sample_weight_equivalence_on_dense_data",
    "check_sample_weights_list",
    "check_sample_weights_not_an_array",
    "check_sample_weights_not_overwritten",
    "check_sample_weights_pandas_series",
    "check_sample_weights_shape",
)

PLAIN = MODELS[:3]
"""The models of frequency, recency and age alone; `test_mbg_cnbd` has the same of the fourth."""

FEW = np.array(
    [[0, 0, 39], [1, 10, 38], [4, 30, 37], [0, 0, 30], [2, 5, 39], [0, 0, 12], [9, 30, 31], [1, 1, 40.0]], np.float64
)


@pytest.mark.parametrize(
    ("estimator", "check"),
    [
        pair
        for estimator in [kind() for kind in MODELS]
        for pair in estimator_checks_generator(
            estimator, expected_failed_checks=dict.fromkeys(NEEDS_OWN_X, OWN_X), mark="skip"
        )
    ],
    ids=lambda value: re.sub(r" at 0x\w+", "", str(value)),  # addresses differ from worker to worker
)
def test_it_is_a_scikit_learn_estimator(estimator: PurchaseModel, check: Callable[[PurchaseModel], None]) -> None:
    check(estimator)


@pytest.mark.parametrize("kind", MODELS)
def test_it_finds_the_parameters_that_customers_were_simulated_from(kind: type[PurchaseModel]) -> None:
    np.testing.assert_allclose(fitted(kind).parameters, truth(kind), rtol=0.15)


@pytest.mark.parametrize("kind", MODELS)
def test_no_parameters_near_the_found_ones_are_likelier(kind: type[PurchaseModel]) -> None:
    model = fitted(kind)
    for place, name in enumerate(model.names):
        for factor in (0.97, 1.03):
            other = clone(model)
            for known, value in zip(model.names, model.parameters, strict=True):
                setattr(other, known, value)
            setattr(other, name, model.parameters[place] * factor)
            assert other.log_likelihood(customers(kind)).sum() < model.log_likelihood_


@pytest.mark.parametrize("kind", PLAIN)
def test_the_gradient_is_that_of_the_likelihood(kind: type[PurchaseModel]) -> None:
    rows = customers(kind)[:400] / np.array([1.0, 300.0, 300.0])
    likelihood = kind()._likelihood(Histories(rows, np.ones(len(rows))))
    for parameters in (np.array([0.5, 0.2, 0.7, 2.0]), np.array([2.0, 3.0, 1.3, 0.4])):
        wrong = check_grad(lambda p: likelihood(p)[0], lambda p: likelihood(p)[1], parameters)
        assert wrong < 1e-5


@pytest.mark.parametrize("kind", PLAIN)
def test_what_it_climbs_is_the_log_likelihood_that_it_tells(kind: type[PurchaseModel]) -> None:
    rows = customers(kind)[:500]
    climbed = fitted(kind)._likelihood(Histories(rows, np.ones(len(rows))))(fitted(kind).parameters)[0]
    assert climbed == pytest.approx(fitted(kind).log_likelihood(rows).mean(), abs=1e-10)


@pytest.mark.parametrize("kind", MODELS)
def test_the_probability_of_none_is_the_ratio_of_two_likelihoods(kind: type[PurchaseModel]) -> None:
    rows, model = customers(kind)[:2000], fitted(kind)
    later = rows.copy()
    later[:, 2] += 90.0
    ratio = np.exp(model.log_likelihood(later) - model.log_likelihood(rows))
    np.testing.assert_allclose(model.probability_of_none(rows, 90), ratio, rtol=1e-10)
    np.testing.assert_array_equal(model.probability_of_none(rows, 0), 1)


@pytest.mark.parametrize("kind", MODELS)
def test_over_any_short_time_the_expected_purchases_are_the_chance_of_one(kind: type[PurchaseModel]) -> None:
    rows, model = customers(kind)[:200], fitted(kind)
    some = 1 - model.probability_of_none(rows, 1e-3)
    np.testing.assert_allclose(model.expected_purchases(rows, 1e-3), some, rtol=1e-3, atol=1e-12)


@pytest.mark.parametrize("kind", MODELS)
def test_no_one_time_buyer_is_told_to_be_alive_for_certain(kind: type[PurchaseModel]) -> None:
    once = own(kind, np.column_stack([np.zeros(50), np.zeros(50), np.linspace(0.5, 700, 50)]))
    told = fitted(kind).probability_alive(once)
    assert not (told >= 1).any()
    assert (fitted(kind).probability_of_none(once, 30) > 0).all()


@pytest.mark.parametrize("kind", MODELS)
def test_any_unit_of_time_gives_the_same_fit(kind: type[PurchaseModel]) -> None:
    rows, unit = customers(kind)[:1000], 86_400e6
    days = kind().fit(rows)
    micros = kind().fit(rows * np.array([1.0, unit, unit, unit])[: rows.shape[1]])
    scale = np.ones(len(kind.names))
    scale[list(kind.times)] = unit
    np.testing.assert_allclose(micros.parameters, days.parameters * scale, rtol=1e-3)
    assert micros.log_likelihood_ + rows[:, 0].sum() * np.log(unit) == pytest.approx(days.log_likelihood_, abs=1e-4)


@pytest.mark.parametrize("kind", MODELS)
def test_weights_count_customers_and_order_does_not_matter(kind: type[PurchaseModel]) -> None:
    rows = customers(kind)[:500]
    weight = np.arange(500) % 3
    weighted = kind().fit(rows, sample_weight=weight)
    repeated = kind().fit(np.repeat(rows, weight, axis=0)[::-1])
    np.testing.assert_allclose(weighted.parameters, repeated.parameters, rtol=1e-12)
    assert weighted.log_likelihood_ == pytest.approx(repeated.log_likelihood_, abs=1e-8)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("kind", MODELS)
def test_frames_lists_and_other_layouts_give_the_same_fit_and_survive_a_pickle(kind: type[PurchaseModel]) -> None:
    few = own(kind, FEW).astype(np.float32).astype(np.float64)
    expected = kind(max_iter=100).fit(few)
    frozen = few.copy()
    frozen.flags.writeable = False
    for x in (pd.DataFrame(few), few.tolist(), np.asfortranarray(few), few.astype(np.float32), frozen):
        again = clone(expected).fit(x)
        assert again.get_params() == {"max_iter": 100, "tolerance": 1e-6}
        np.testing.assert_array_equal(again.parameters, expected.parameters)
        np.testing.assert_array_equal(again.expected_purchases(x, 9), expected.expected_purchases(few, 9))
    kept = pickle.loads(pickle.dumps(expected))  # noqa: S301
    np.testing.assert_array_equal(kept.log_likelihood(few), expected.log_likelihood(few))


@pytest.mark.parametrize("kind", MODELS)
def test_a_horizon_may_be_each_customers_own(kind: type[PurchaseModel]) -> None:
    rows = customers(kind)[:20]
    each = fitted(kind).expected_purchases(rows, np.arange(20.0))
    assert [fitted(kind).expected_purchases(rows[i : i + 1], i)[0] for i in range(20)] == each.tolist()
    with pytest.raises(ValueError, match=r"horizon: got -1 in row 0 \(20 rows in all\); a finite time"):
        fitted(kind).expected_purchases(rows, -1)
    with pytest.raises(ValueError, match=r"horizon: got shape \(2,\); one number or shape \(20,\)"):
        fitted(kind).expected_purchases(rows, [1, 2])


@pytest.mark.parametrize(
    ("x", "complaint"),
    [
        ([[-1, 0, 9]], r"frequency \(column 0\): got -1 in row 0; 0 or more is allowed"),
        ([[1, 2, 9], [1, 9.5, 9]], r"recency \(column 1\): got 9.5 in row 1; at most the customer's age"),
        ([[0, 2, 9]], r"recency \(column 1\): got 2 in row 0; 0 is allowed where the frequency"),
        ([[1, 2]], r"X: got n_features=2; \w+ takes 3: frequency, recency, age"),
        ([1, 2, 3], "Expected 2D array"),
        ([[1, np.nan, 9]], "contains NaN"),
        ([[0, 0, 0]], r"age \(column 2\): got 0 for every customer"),
    ],
)
@pytest.mark.parametrize("kind", PLAIN)
def test_bad_rows_are_refused_in_words(kind: type[PurchaseModel], x: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        kind().fit(x)


@pytest.mark.parametrize(
    ("weight", "complaint"),
    [
        ([1.0], r"sample_weight: got shape \(1,\); \(8,\) is allowed"),
        ([1.0] * 7 + [-2.0], "sample_weight: got -2 in row 7; a finite number"),
        ([0.0] * 8, "sample_weight: got zero for every customer"),
    ],
)
def test_bad_weights_are_refused_in_words(weight: list[float], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        MODELS[0]().fit(FEW, sample_weight=weight)


@pytest.mark.parametrize("kind", MODELS)
def test_nothing_is_told_before_the_fit(kind: type[PurchaseModel]) -> None:
    with pytest.raises(NotFittedError):
        kind().expected_purchases(own(kind, FEW), 9)


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_customers_without_any_repeat_give_a_finite_fit(kind: type[PurchaseModel]) -> None:
    rows = own(kind, np.array([[0, 0, 20], [0, 0, 300], [0, 0, 90.0]]))
    model = kind().fit(rows)
    assert np.isfinite(model.parameters).all()
    assert (model.expected_purchases(rows, 90) < 0.1).all()
    assert (model.probability_of_none(rows, 90) > 0.9).all()


@pytest.mark.parametrize("kind", MODELS)
def test_a_fit_that_was_stopped_says_so(kind: type[PurchaseModel]) -> None:
    with pytest.warns(ConvergenceWarning, match="not converged"):
        kind(max_iter=1).fit(own(kind, FEW))
