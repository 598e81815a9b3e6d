"""Lineage: bundles of before an erasure are due, those trained since are not, and the same bundle is the same."""

from pathlib import Path

import pytest

from features.consent import lineage, secret, suppression
from features.consent.suppression import CUSTOMER, NOBODY


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path))
    monkeypatch.setenv(secret.KEY, "a key of the tests that is long")


def test_each_bundle_is_due_by_the_first_erasure_after_it() -> None:
    assert lineage.retrain_by("shop", "old", NOBODY) is None
    suppression.suppress("shop", [(CUSTOMER, "7")], 10, 40)
    lineage.trained("shop", "between", 1)
    suppression.suppress("shop", [(CUSTOMER, "8")], 20, 50)
    lineage.trained("shop", "after", 2)
    lineage.trained("shop", "before", 0)
    suppressed = suppression.load("shop")
    due = {name: lineage.retrain_by("shop", name, suppressed) for name in ("old", "before", "between", "after")}
    assert due == {"old": 40, "before": 40, "between": 50, "after": None}


def test_a_bundle_that_comes_out_the_same_counts_as_the_newer() -> None:
    suppression.suppress("shop", [(CUSTOMER, "7")], 10, 40)
    lineage.trained("shop", "same", 1)
    suppression.suppress("shop", [(CUSTOMER, "8")], 20, 50)
    assert lineage.retrain_by("shop", "same", suppression.load("shop")) == 50
    lineage.trained("shop", "same", 2)
    assert lineage.retrain_by("shop", "same", suppression.load("shop")) is None
