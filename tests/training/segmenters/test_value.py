"""Value: five segments by frozen centres, ordered by spend."""

from pathlib import Path

import numpy as np
import pytest

from training.segmenters.facts import Facts
from training.segmenters.value import FEATURES, SEGMENTS, Value

GENERATOR = np.random.default_rng(7)
X = np.column_stack(
    [GENERATOR.gamma(1, 40, 900), GENERATOR.poisson(8, 900), GENERATOR.lognormal(9, 1.2, 900), np.zeros(900)]
).astype(np.float32)
X[:50, 0] = np.nan
NAMES = (*FEATURES, "other")
VALUE = Value.fit(Facts(X, NAMES))


def test_every_customer_is_at_the_nearest_centre() -> None:
    logs = np.log1p(np.maximum(np.nan_to_num(X[:, :3].astype(np.float64)), 0))
    placed = (logs - np.array(VALUE.mean)) / np.array(VALUE.scale)
    distances = ((placed[:, None, :] - np.array(VALUE.centres)[None]) ** 2).sum(2)
    expected = np.where(np.isnan(X[:, 0]), len(SEGMENTS) - 1, distances.argmin(1))
    np.testing.assert_array_equal(VALUE.assign(Facts(X, NAMES)), expected)


def test_segments_are_ordered_by_the_spend_of_their_centres() -> None:
    spend = [centre[FEATURES[-1]] for centre in VALUE.shown().values()]
    assert spend == sorted(spend, reverse=True)
    assert len(spend) == 5


def test_one_row_alone_gets_what_it_gets_in_a_batch() -> None:
    alone = np.concatenate([VALUE.assign(Facts(X[r : r + 1], NAMES)) for r in range(0, 900, 5)])
    np.testing.assert_array_equal(VALUE.assign(Facts(X, NAMES))[::5], alone)


def test_the_same_customers_in_another_order_give_the_same_segments() -> None:
    order = GENERATOR.permutation(len(X))
    again = Value.fit(Facts(X[order], NAMES))
    same = (again.assign(Facts(X, NAMES)) == VALUE.assign(Facts(X, NAMES))).mean()
    assert same > 0.97


def test_too_few_different_customers_are_refused_with_the_numbers() -> None:
    with pytest.raises(ValueError, match="got 3 different customers with a purchase; at least 5 are needed"):
        Value.fit(Facts(np.repeat(X[60:63], 10, axis=0), NAMES))


def test_the_stored_centres_give_the_same_segments(tmp_path: Path) -> None:
    VALUE.save(tmp_path)
    assert Value.load(tmp_path) == VALUE
