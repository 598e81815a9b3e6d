"""The shifted beta-geometric: the paper's parameters from its survivors, and the formulas against each other."""

import numpy as np
import pytest

from training.btyd.shifted_beta_geometric import fit, retention, survival

SURVIVORS = {
    "high end": ([1000, 869, 743, 653, 593, 551, 517, 491], (0.668, 3.806)),
    "regular": ([1000, 631, 468, 382, 326, 289, 262, 241], (0.704, 1.182)),
}
"""Of 1,000 customers, who was left after each of seven years (Fader & Hardie 2007, table 1), and what they fitted."""


def _chances(survivors: list[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return each year's chances to renew, taken and not, with how many there were of each."""
    at_risk, stayed = np.array(survivors[:-1], np.float64), np.array(survivors[1:], np.float64)
    years = np.arange(1.0, len(survivors))
    return np.r_[years, years], np.r_[np.ones(years.size), np.zeros(years.size)], np.r_[stayed, at_risk - stayed]


@pytest.mark.parametrize("segment", SURVIVORS)
def test_the_fit_is_that_of_the_paper(segment: str) -> None:
    survivors, expected = SURVIVORS[segment]
    assert fit(*_chances(survivors)) == pytest.approx(expected, abs=5e-4)


def test_parameters_that_were_put_in_come_out() -> None:
    generator = np.random.default_rng(3)
    leaving = generator.beta(0.7, 2.5, 40_000)
    periods, renewed = [], []
    here = np.ones(leaving.size, np.bool_)
    for period in range(1, 9):
        stays = generator.uniform(size=leaving.size) > leaving
        periods.append(np.full(here.sum(), float(period)))
        renewed.append(stays[here].astype(np.float64))
        here &= stays
    t, y = np.concatenate(periods), np.concatenate(renewed)
    assert fit(t, y, np.ones(t.size)) == pytest.approx((0.7, 2.5), rel=0.05)


def test_survival_is_the_product_of_the_shares_that_renew() -> None:
    alpha, beta = 0.668, 3.806
    shares = np.cumprod(retention(alpha, beta, np.arange(1.0, 13)))
    np.testing.assert_allclose(survival(alpha, beta, np.arange(1.0, 13)), shares, rtol=1e-12)
    assert retention(1.0, 1.0, np.array([1.0, 2.0, 3.0])) == pytest.approx([1 / 2, 2 / 3, 3 / 4])


def test_equal_rows_count_as_one_with_their_weight() -> None:
    t, y, n = _chances(SURVIVORS["regular"][0])
    times = n.astype(np.int64)
    each = np.ones(times.sum())
    np.testing.assert_allclose(fit(np.repeat(t, times), np.repeat(y, times), each), fit(t, y, n), rtol=1e-6)


@pytest.mark.parametrize("periods", [[], [1.0, 0.0]])
def test_no_chance_or_one_before_the_first_period_is_refused(periods: list[float]) -> None:
    t = np.array(periods)
    with pytest.raises(ValueError, match=r"periods: got (none|0.0); 1 or more are allowed"):
        fit(t, np.ones(t.size), np.ones(t.size))
