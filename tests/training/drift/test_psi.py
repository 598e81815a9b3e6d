"""The population stability index, by hand, and what it is by chance."""

import numpy as np
import pytest

from training.drift.psi import by_chance, moved, psi


def test_it_is_jeffreys_divergence_of_the_shares() -> None:
    a, b = np.array([500_000, 300_000, 200_000]), np.array([400_000, 400_000, 200_000])
    by_hand = 0.1 * np.log(0.5 / 0.4) - 0.1 * np.log(0.3 / 0.4)
    assert float(psi(a, b)) == pytest.approx(by_hand, rel=1e-4)
    assert float(psi(b, a)) == pytest.approx(float(psi(a, b)))
    assert float(moved(a, b)) == pytest.approx(0.1)


def test_a_bin_that_one_lacks_is_finite_and_one_that_both_lack_is_no_bin() -> None:
    assert 0 < float(psi(np.array([100, 0, 0]), np.array([50, 50, 0]))) < 10
    assert float(by_chance(np.array([100, 0, 0]), np.array([50, 50, 0]))) == pytest.approx(1 / 100 + 1 / 100)
    assert float(by_chance(np.array([100, 0, 0]), np.array([50, 0, 0]), 0.01)) == 0.0


def test_two_samples_of_one_distribution_lie_apart_as_chance_says() -> None:
    rng = np.random.default_rng(1)
    shares = [0.1] * 10
    a, b = rng.multinomial(2000, shares, 4000), rng.multinomial(500, shares, 4000)
    found = psi(a, b)
    assert found.mean() == pytest.approx(by_chance(a, b).mean(), rel=0.05)
    assert (found > by_chance(a, b, 0.05)).mean() == pytest.approx(0.05, abs=0.015)
