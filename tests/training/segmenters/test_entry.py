"""Entries: a table by which a dataset file names how customers are put together by value."""

import numpy as np
import pytest

from features.dataset import Dataset
from training.segmenters import Facts, Nested
from training.segmenters.declared import settings
from training.segmenters.entry import spending, values
from training.segmenters.nested import ACTIVITY, SILENCE, SPEND
from training.targets import Churn, Spend

GENERATOR = np.random.default_rng(1)
ACTIVE = GENERATOR.gamma(1, 3, 300)
X = np.column_stack([GENERATOR.gamma(1, 30, 300), ACTIVE, 999 * ACTIVE, 1 + ACTIVE]).astype(np.float32)
FACTS = Facts(X, (SILENCE, ACTIVITY, SPEND, "purchase_days_364d"))


def test_nested_cuts_are_the_default_four_levels_before_three() -> None:
    assert [one.title for one in values("", "EUR", "", {})] == ["nested 4 x 2", "nested 3 x 2"]
    assert all(one.by_rule for one in values("nested", "EUR", "", {}))


@pytest.mark.parametrize("named", ["nested", "kmeans", "bisecting", "rfm_kmeans"])
def test_each_entry_of_the_table_fits_and_what_a_file_may_name_is_in_it(named: str) -> None:
    assert settings(Dataset(name="shop", sources=(), segments={"value": named})).value == named
    for entry in values(named, "EUR", "", {}):
        found = entry.fit(FACTS.only(entry.needs))
        assert found.name == "value"
        assert found.segments[-1].name == "no_purchase"
        assert len(np.unique(found.assign(FACTS))) == len(found.segments) - 1
        again = entry.refit(FACTS, found)
        assert [one.name for one in again.segments] == [one.name for one in found.segments]


def test_segments_are_ordered_by_the_first_prediction_of_spend() -> None:
    by = spending((Churn("churn_28d", 28, 56), Spend("money", 28, 56), Spend("more", 84, 91)))
    assert by == "predicted.money"
    assert spending(()) == ""
    turned = Facts(X, FACTS.names, {"money": -ACTIVE})
    found = values("", "EUR", by, {})[0].fit(turned)
    assert isinstance(found, Nested)
    assert found.segments[0].name == "activity_1_spend_1"
