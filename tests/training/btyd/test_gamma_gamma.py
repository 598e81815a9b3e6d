"""Gamma-Gamma: parameters found again, the gradient, units, and what it refuses."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import check_grad
from sklearn.utils.estimator_checks import estimator_checks_generator

from tests.training.btyd import simulated
from training.btyd.gamma_gamma import GammaGamma, _likelihood
from training.btyd.history import Histories

ROWS = simulated.gamma_gamma(100_000)
FITTED = GammaGamma().fit(ROWS)

OWN_X = "X is the number of purchases and their mean value; the check makes up other columns"
NEEDS_OWN_X = (
    "check_all_zero_sample_weights_error",
    "check_dict_unchanged",
    "check_dont_overwrite_parameters",
    "check_dtype_object",
    "check_estimators_dtypes",
    "check_estimators_nan_inf",
    "check_estimators_pickle",
    "check_f_contiguous_array_estimator",
    "check_fit2d_1sample",
    "check_fit2d_predict1d",
    "check_fit_score_takes_y",
    "check_methods_sample_order_invariance",
    "check_methods_subset_invariance",
    "check_n_features_in_after_fitting",
    "check_pipeline_consistency",
    "check_positive_only_tag_during_fit",
    "check_sample_weight_equivalence_on_dense_data",
    "check_sample_weights_list",
    "check_sample_weights_not_an_array",
    "check_sample_weights_pandas_series",
)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    ("estimator", "check"),
    [
        pair
        for estimator in [GammaGamma()]
        for pair in estimator_checks_generator(
            estimator, expected_failed_checks=dict.fromkeys(NEEDS_OWN_X, OWN_X), mark="skip"
        )
    ],
    ids=lambda value: re.sub(r" at 0x\w+", "", str(value)),  # addresses differ from worker to worker
)
def test_it_is_a_scikit_learn_estimator(estimator: GammaGamma, check: Callable[[GammaGamma], None]) -> None:
    check(estimator)


def test_it_finds_the_parameters_that_customers_were_simulated_from() -> None:
    np.testing.assert_allclose(FITTED.parameters, [simulated.P, simulated.Q, simulated.V], rtol=0.15)


def test_the_gradient_is_that_of_the_likelihood() -> None:
    some = ROWS[ROWS[:, 0] > 0][:500] / np.array([1.0, 500.0])
    likelihood = _likelihood(Histories(some, np.ones(len(some))))
    assert check_grad(lambda p: likelihood(p)[0], lambda p: likelihood(p)[1], np.array([2.0, 3.0, 0.7])) < 1e-5
    model = GammaGamma()
    model.p_, model.q_, model.v_ = 2.0, 3.0, 0.7
    assert likelihood(model.parameters)[0] == pytest.approx(model.log_likelihood(some).mean(), abs=1e-10)


def test_the_likelihood_is_a_density() -> None:
    area = quad(lambda z: float(np.exp(FITTED.log_likelihood([[3, z]])[0])), 0, np.inf, limit=500)[0]
    assert area == pytest.approx(1, abs=1e-6)


def test_any_unit_of_money_gives_the_same_fit_and_weights_count_customers() -> None:
    rows = ROWS[:3000]
    cents = GammaGamma().fit(rows, sample_weight=np.full(3000, 2))
    twice = GammaGamma().fit(np.vstack([rows, rows]) / np.array([1.0, 1e6]))
    np.testing.assert_allclose(twice.parameters * [1, 1, 1e6], cents.parameters, rtol=1e-3)


def test_the_expected_value_goes_from_the_populations_to_the_customers_own_mean() -> None:
    p, q, v = FITTED.parameters
    told = FITTED.expected_value([[0, 0], [0, 77], [1, 5000], [10, 5000], [10_000, 5000]])
    assert told[0] == told[1] == pytest.approx(p * v / (q - 1))
    assert (np.diff(told[1:]) > 0).all()
    assert told[-1] == pytest.approx(5000, rel=1e-3)


@pytest.mark.parametrize(
    ("x", "complaint"),
    [
        ([[2, 0.0]], r"mean value \(column 1\): got 0 in row 0; more than 0 is allowed where there are purchases"),
        ([[2, -3.0]], r"mean value \(column 1\): got -3 in row 0; 0 or more"),
        ([[-1, 3.0]], r"frequency \(column 0\): got -1 in row 0"),
        ([[0, 0.0]], r"frequency \(column 0\): got 0 for every customer"),
        ([[1, 2, 3]], "X: got n_features=3; GammaGamma takes 2: frequency, mean value"),
        ([[1, np.inf]], "contains infinity"),
    ],
)
def test_bad_rows_are_refused_in_words(x: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        GammaGamma().fit(x)
