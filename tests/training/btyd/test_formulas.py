"""The row loop's formulas against SciPy's quadrature and hypergeometric function."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import beta as beta_function
from scipy.special import hyp2f1

from training.btyd import formulas

CASES = [
    (np.array([0.55, 10.6, 0.61, 11.7]), 0.0, 0.0, 38.9),
    (np.array([0.55, 10.6, 0.61, 11.7]), 2.0, 30.4, 38.9),
    (np.array([2.3, 0.4, 0.2, 55.0]), 3.0, 0.7, 300.0),
    (np.array([0.1, 90.0, 4.0, 0.3]), 7.0, 20.0, 21.0),
    (np.array([0.5, 10.0, 0.6, 10.0]), 400.0, 3.0, 700.0),
]


def _answer(answer: int, model: int, parameters: np.ndarray, row: tuple[float, ...], horizon: float) -> float:
    out = np.empty(1)
    formulas.answers(answer, model, parameters, np.array([row]), np.array([horizon]), out)
    return float(out[0])


@pytest.mark.parametrize(("parameters", "x", "t", "age"), CASES)
def test_the_chance_to_have_left_at_some_time_is_the_integral_over_the_times(
    parameters: np.ndarray, x: float, t: float, age: float
) -> None:
    r, alpha, s, beta = parameters

    def integrand(u: float) -> float:
        logs = (r + x) * math.log((alpha + t) / (alpha + u)) + s * math.log((beta + t) / (beta + u))
        return float(s * math.exp(logs) / (beta + u))

    near = [t + (age - t) * share for share in (1e-4, 1e-3, 0.01, 0.1)]
    expected = quad(integrand, t, age, points=near, epsabs=0, epsrel=1e-12, limit=500)[0]
    assert formulas._death(parameters, x, t, age)[0] == pytest.approx(expected, rel=1e-10)


def test_pareto_likelihood_is_fader_and_hardies_with_the_hypergeometric_function() -> None:
    r, alpha, s, beta = parameters = np.array([0.5533, 10.578, 0.6061, 11.6687])
    x, t, age = 2.0, 30.43, 38.86

    def part(u: float) -> float:
        power = r + s + x
        series = hyp2f1(power, r + x, power + 1, (beta - alpha) / (beta + u))
        return float(series / (beta + u) ** power)

    both = (alpha + age) ** -(r + x) * (beta + age) ** -s + s / (r + s + x) * (part(t) - part(age))
    expected = math.lgamma(r + x) - math.lgamma(r) + r * math.log(alpha) + s * math.log(beta) + math.log(both)
    out = np.empty(1)
    formulas.log_likelihood(formulas.PARETO_NBD, parameters, np.array([[x, t, age]]), out)
    assert out[0] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("a", [0.3, 0.79, 0.9995, 1.0, 1.0001, 2.5])
@pytest.mark.parametrize("b", [0.4, 2.4, 30.0])
@pytest.mark.parametrize("horizon", [1.0, 39.0, 2000.0])
def test_the_purchases_until_leaving_are_the_integral_over_the_probability_to_leave(
    a: float, b: float, horizon: float
) -> None:
    alpha, age, shape = 4.4, 38.0, 2.24

    def integrand(p: float) -> float:
        growth = horizon / (alpha + age)
        return float(-math.expm1(-shape * math.log1p(p * growth)) / p) if p > 0 else shape * growth

    # quad's algebraic weight takes the beta density's ends, which may be infinite.
    total = quad(integrand, 0, 1, weight="alg", wvar=(a - 1, b + 1), epsabs=0, epsrel=1e-12)[0]
    expected = total / beta_function(a, b + 2)
    assert formulas._until_leaving(shape, a, b + 2, horizon / (alpha + age)) == pytest.approx(expected, rel=1e-9)


def test_expected_purchases_of_the_bg_nbd_are_the_papers() -> None:
    r, alpha, a, b = parameters = np.array([0.243, 4.414, 0.793, 2.426])
    x, t, age, horizon = 2.0, 30.43, 38.86, 39.0
    series = hyp2f1(r + x, b + x, a + b + x - 1, horizon / (alpha + age + horizon))
    above = (a + b + x - 1) / (a - 1) * (1 - ((alpha + age) / (alpha + age + horizon)) ** (r + x) * series)
    below = 1 + a / (b + x - 1) * ((alpha + age) / (alpha + t)) ** (r + x)
    got = _answer(formulas.PURCHASES, formulas.BG_NBD, parameters, (x, t, age), horizon)
    assert got == pytest.approx(above / below, rel=1e-12)
    assert got == pytest.approx(1.226, abs=5e-4), "the paper's own example"


@pytest.mark.parametrize("growth", [0.5, 20.0, 98.0])
def test_the_purchases_until_leaving_are_the_same_by_series_and_by_quadrature(growth: float) -> None:
    for shape in (0.05, 2.2, 40.0, 400.0 / growth, 10_000.0 / growth):
        for a in (0.02, 0.8, 3.0, 40.0):
            for b in (0.1, 2.4, 300.0):
                series = formulas._until_leaving(shape, a, b, growth)
                assert formulas._until_leaving_integral(shape, a, b, growth) == pytest.approx(series, rel=1e-9)


def test_of_very_many_purchases_as_many_are_made_as_the_leaving_allows() -> None:
    for b in (0.1, 2.4, 300.0):  # E[1 / p] of a beta distribution with a above 1
        assert formulas._until_leaving(8000.0, 3.0, b, 20.0) == pytest.approx((2.0 + b) / 2.0, rel=1e-5)
        assert formulas._regular_purchases(2.0, 8000.0, 3.0, b, 4.0, 10.0, 200.0) == pytest.approx(
            (2.0 + b) / 2.0, rel=1e-4
        )


@pytest.mark.parametrize("growth", [1e-3, 0.5, 20.0, 98.0, 1e4])
def test_a_sum_over_single_steps_is_the_purchases_until_leaving(growth: float) -> None:
    reach, silence = 10.0, 4.0
    for x in (0.05, 2.2, 40.0):
        for a in (0.02, 0.8, 1.0, 40.0):
            for b in (0.1, 2.4, 300.0):
                expected = formulas._until_leaving(x, a, b, growth)
                got = formulas._regular_purchases(1.0, x, a, b, silence, reach, growth * reach)
                assert got == pytest.approx(expected, rel=1e-9 if growth < 1 else 1e-7)


@pytest.mark.parametrize("model", [formulas.BG_NBD, formulas.MBG_NBD, formulas.PARETO_NBD, formulas.MBG_CNBD])
def test_answers_stay_in_their_ranges_at_the_ends_of_the_parameters(model: int) -> None:
    ends = [math.exp(-10), 1e-2, 1.0, 1e2, math.exp(10)]
    rows = [(0.0, 0.0, 0.0), (0.0, 0.0, 500.0), (1.0, 1e-3, 500.0), (300.0, 499.0, 500.0), (300.0, 1.0, 500.0)]
    for four in np.array(np.meshgrid(ends, ends, ends, ends)).reshape(4, -1).T.copy()[::3]:
        parameters = np.append(four, 12.0)
        for row in rows:
            assert 0 <= _answer(formulas.NONE, model, parameters, row, 90.0) <= 1
            if four.max() <= 1e2:
                assert 0 <= _answer(formulas.PURCHASES, model, parameters, row, 90.0) < math.inf


def test_more_time_never_means_less_purchases() -> None:
    for model in range(4):
        steps = [
            _answer(formulas.PURCHASES, model, np.array([0.5, 6.0, 0.9, 1.6, 3.0]), (2.0, 10.0, 30.0), h)
            for h in np.linspace(0, 400, 50)
        ]
        assert steps[0] == 0
        assert (np.diff(steps) > 0).all()
