"""MBG/CNBD-k: k found again, MBG/NBD at k = 1, its likelihood by quadrature, its answers by chance."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import check_grad
from scipy.special import beta, gammaln
from scipy.stats import gamma

from tests.training.btyd import simulated
from tests.training.btyd.purchase_models import customers, fitted
from training.btyd import formulas
from training.btyd.history import Histories
from training.btyd.mbg_cnbd import MbgCnbd
from training.btyd.mbg_nbd import MbgNbd

R, ALPHA, A, B = 0.85, 14.5, 0.79, 2.42
"""Parameters of BTYDplus's own test, in days that are ten times its units."""
HORIZON = 60.0
HISTORIES = ((0.0, 0.0, 0.0), (0.0, 0.0, 60.0), (3.0, 80.0, 100.0), (3.0, 80.0, 140.0))
DRAWS = 400_000


def _of(k: int, r: float = R, alpha: float = ALPHA, a: float = A, b: float = B) -> MbgCnbd:
    """Return a model with these parameters, as if it had been fitted."""
    model = MbgCnbd()
    model.r_, model.alpha_, model.a_, model.b_, model.k_ = r, alpha, a, b, float(k)
    return model


def _row(history: tuple[float, float, float]) -> np.ndarray:
    frequency, recency, age = history
    return np.array([[frequency, recency, age, 0.9 * recency / max(frequency, 1)]])


def _drawn(k: int, history: tuple[float, float, float], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return whether customers of a history are there at its age, and their purchases in the horizon.

    From the last purchase on, the rate is gamma and the leaving probability beta distributed by Bayes' rule; of the
    customers so drawn, those are kept who are silent until the age.
    """
    frequency, recency, age = history
    rng = np.random.default_rng(seed)
    rate = rng.gamma(R + k * frequency, 1 / (ALPHA + recency), DRAWS)
    leaves = rng.beta(A, B + frequency, DRAWS)
    there = rng.uniform(size=DRAWS) >= leaves
    when = recency + rng.gamma(k, 1 / rate) - age
    silent = ~there | (when > 0)
    rate, leaves, there, when = rate[silent], leaves[silent], there[silent], when[silent]
    count = np.zeros(there.size)
    active = np.flatnonzero(there & (when <= HORIZON))
    while active.size:
        count[active] += 1
        active = active[rng.uniform(size=active.size) >= leaves[active]]
        when[active] += rng.gamma(k, 1 / rate[active])
        active = active[when[active] <= HORIZON]
    return there, count


@pytest.mark.parametrize("k", [1, 2, 5])
def test_it_finds_the_regularity_that_customers_were_simulated_with(k: int) -> None:
    found = MbgCnbd().fit(simulated.regular(15_000, seed=k, k=k))
    assert found.k_ == k
    np.testing.assert_allclose(found.alpha_ / found.r_, simulated.ALPHA / simulated.R / k, rtol=0.15)


def test_of_other_numbers_of_steps_none_is_likelier() -> None:
    rows, model = customers(MbgCnbd)[:5000], fitted(MbgCnbd)
    told = [_of(k, model.r_, model.alpha_ * model.k_ / k, model.a_, model.b_).log_likelihood(rows) for k in (2, 3, 4)]
    assert np.argmax([each.sum() for each in told]) == 1


def test_at_one_step_it_is_the_mbg_nbd() -> None:
    rows = simulated.regular(5000, seed=1, k=1)
    regular, plain = MbgCnbd().fit(rows), MbgNbd().fit(rows[:, :3])
    assert regular.k_ == 1
    np.testing.assert_allclose(regular.parameters[:4], plain.parameters, rtol=1e-9)
    np.testing.assert_allclose(regular.log_likelihood(rows), plain.log_likelihood(rows[:, :3]), rtol=1e-9)
    np.testing.assert_allclose(regular.probability_alive(rows), plain.probability_alive(rows[:, :3]), rtol=1e-9)
    for told, expected in (
        (regular.expected_purchases, plain.expected_purchases),
        (regular.probability_of_none, plain.probability_of_none),
    ):
        np.testing.assert_allclose(told(rows, HORIZON), expected(rows[:, :3], HORIZON), rtol=1e-9)


@pytest.mark.parametrize("k", [2, 3])
def test_the_likelihood_is_that_of_the_times_over_all_customers(k: int) -> None:
    first, second, age = 12.0, 20.0, 75.0
    silence = age - first - second
    stays = [beta(A, B + n) / beta(A, B) for n in (2, 3)]

    def density(rate: float) -> float:
        step = gamma(k, scale=1 / rate)
        gaps = step.pdf(first) * step.pdf(second)
        left = stays[0] - stays[1]
        return float(gamma(R, scale=1 / ALPHA).pdf(rate) * gaps * (stays[1] * step.sf(silence) + left))

    expected = np.log(quad(density, 0, 1, points=[0.01, 0.05, 0.2], epsabs=0, epsrel=1e-10, limit=500)[0])
    row = [[2, first + second, age, np.sqrt(first * second)]]
    assert _of(k).log_likelihood(row)[0] == pytest.approx(expected, abs=1e-8)


def test_the_gradient_is_that_of_the_likelihood_and_the_gaps_weigh_k_alone() -> None:
    rows, k = customers(MbgCnbd)[:400] / np.array([1.0, 300, 300, 300]), 4
    likelihood = MbgCnbd()._likelihood(Histories(np.ascontiguousarray(rows[:, :3]), np.ones(len(rows))), k)
    for parameters in (np.array([0.5, 0.05, 0.7, 2.0]), np.array([2.0, 1.0, 1.3, 0.4])):
        assert check_grad(lambda p: likelihood(p)[0], lambda p: likelihood(p)[1], parameters) < 1e-5
        frequency, gap = rows[:, 0], np.where(rows[:, 0] > 0, rows[:, 3], 1)
        gaps = frequency * ((k - 1) * np.log(gap) - gammaln(k))
        told = _of(k, *parameters).log_likelihood(rows)
        assert told.mean() == pytest.approx(likelihood(parameters)[0] + gaps.mean(), abs=1e-10)


@pytest.mark.parametrize("k", [2, 3, 12])
@pytest.mark.parametrize("history", HISTORIES)
def test_the_answers_are_those_of_customers_drawn_by_chance(k: int, history: tuple[float, float, float]) -> None:
    there, count = _drawn(k, history, seed=k)
    model, row = _of(k), _row(history)
    for told, drawn in (
        (model.probability_alive(row), there),
        (model.expected_purchases(row, HORIZON), count),
        (model.probability_of_none(row, HORIZON), count == 0),
    ):
        assert told[0] == pytest.approx(drawn.mean(), abs=5 * drawn.std() / np.sqrt(drawn.size))


def test_a_new_customer_is_expected_to_purchase_as_all_did() -> None:
    rows = customers(MbgCnbd)
    truth = _of(simulated.K, simulated.R, simulated.ALPHA / simulated.K, simulated.A, simulated.B)
    told = truth.expected_purchases(np.zeros((len(rows), 4)), rows[:, 2])
    assert told.mean() == pytest.approx(rows[:, 0].mean(), abs=5 * rows[:, 0].std() / np.sqrt(len(rows)))


def test_the_median_is_the_time_by_which_half_have_purchased() -> None:
    out = np.empty(1)
    parameters, row = np.array([R, ALPHA, A, B, 3.0]), np.array([[9.0, 200.0, 210.0]])
    formulas.answers(formulas.MEDIAN, formulas.MBG_CNBD, parameters, row, np.array([90.0]), out)
    assert 0 < out[0] < 90
    none = _of(3).probability_of_none([[9, 200, 210, 20]], out[0])
    assert none[0] == pytest.approx(0.5, abs=1e-3)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_where_nobody_repeats_nothing_is_told_of_regularity() -> None:
    assert MbgCnbd().fit([[0, 0, 20, 0], [0, 0, 300, 0], [0, 0, 90, 0]]).k_ == 1


@pytest.mark.parametrize(
    ("x", "complaint"),
    [
        ([[1, 2, 9]], "X: got n_features=3; MbgCnbd takes 4: frequency, recency, age, mean gap"),
        ([[1, 9.5, 9, 3]], r"recency \(column 1\): got 9.5 in row 0; at most the customer's age"),
        ([[0, 0, 9, 3]], r"mean gap \(column 3\): got 3 in row 0; 0 is allowed where the frequency"),
        ([[2, 6, 9, 0]], r"mean gap \(column 3\): got 0 in row 0; more than 0 is allowed where there are repeats"),
        ([[2, 6, 9, 3.1]], r"mean gap \(column 3\): got 3.1 in row 0; at most the recency \(column 1\) over"),
    ],
)
def test_bad_rows_are_refused_in_words(x: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        MbgCnbd().fit(x)
