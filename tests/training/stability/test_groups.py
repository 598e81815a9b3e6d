"""Groups: noise is never more stable than its null, groups that are there are a peak above it."""

import numpy as np
import pytest

from training.stability import groups

GENERATOR = np.random.default_rng(5)
FOUR = np.repeat(np.eye(4) * 6, 150, axis=0) + GENERATOR.normal(size=(600, 4))


def test_four_groups_are_a_peak_above_customers_without_any() -> None:
    scanned = groups.scan(FOUR, 4, range(3, 6), 3)
    assert groups.peaks(scanned, 0.8) == [4]
    assert scanned[4] > groups.null(FOUR, 4, nulls=3, pairs=2).max() + 0.1


def test_a_null_has_the_covariance_and_no_groups() -> None:
    noise = GENERATOR.normal(size=(600, 3)) @ np.array([[1, 0.5, 0], [0, 1, 0], [0, 0, 1]])
    nulls = groups.null(noise, 4, nulls=6, pairs=2)
    own = groups.alike(noise, 4, 6)
    assert nulls.shape == (2, 6)
    assert own < nulls.max() + 0.1


def test_a_skew_alone_is_no_group_beside_a_null_with_the_same_values() -> None:
    skewed = GENERATOR.exponential(size=(600, 3)) ** 3
    own, (_, values) = groups.alike(skewed, 3, 4), groups.null(skewed, 3, nulls=4, pairs=2)
    assert own < values.max() + 0.1


@pytest.mark.parametrize(
    ("scanned", "expected"),
    [
        ({2: 0.99, 3: 0.7, 4: 0.9, 5: 0.8}, [4]),  # 2 has none below to be compared with, nor 5 one above
        ({2: 0.6, 3: 0.9, 4: 0.91, 5: 0.7}, [4, 3]),  # as stable: the larger first
        ({2: 0.6, 3: 0.95, 4: 0.7, 5: 0.85, 6: 0.1}, [3, 5]),
        ({2: 0.6, 3: 0.79, 4: 0.7}, []),
    ],
)
def test_a_peak_is_no_less_stable_than_one_fewer_and_one_more(scanned: dict[int, float], expected: list[int]) -> None:
    assert groups.peaks(scanned, 0.8) == expected


def test_of_many_customers_some_are_looked_at_and_none_of_whom_nothing_is_known() -> None:
    z = GENERATOR.normal(size=(500, 2))
    z[:100] = np.nan
    assert len(groups.looked_at(z)) == 400
    assert len(groups.looked_at(z, 50)) == 50
    assert np.isfinite(groups.looked_at(z)).all()
