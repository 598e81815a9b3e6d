"""The preview: sizes and overlaps of rule segments, and no number of few where the dataset says so."""

import numpy as np
import pytest

from features.buckets.intake import Intake
from features.dataset import Dataset
from tests.training.rules.conftest import read
from training.rules import preview as previews
from training.rules.preview import preview
from training.rules.rules import Rules

END = 1_617_235_200_000_000  # 2021-04-01


def test_each_rule_has_size_share_and_day_and_small_ones_are_flagged(shop: Dataset, taken: Intake) -> None:
    rules = read(
        shop, taken.attributes, a="spend() > 6", b="purchase_recency > 30", c="rule.a or rule.b", d="predicted.x > 1"
    )
    unknown = "; of 1 it cannot be told, and they are not in it"
    assert list(preview(rules, taken.log, END, 0, 2)) == [
        "rule d is not told: predictions need a trained bundle, and there is none",
        "rule a: 2 customers (50.0%) on 2021-04-01; figures of fewer than 1,000 are unsure",
        f"rule b: 1 customer (25.0%) on 2021-04-01; fewer than 2 are too few to judge{unknown}",
        f"rule c: 2 customers (50.0%) on 2021-04-01; figures of fewer than 1,000 are unsure{unknown}",
        "rules a and c overlap: 2 customers, 100% of a and 100% of c",
        "rules a and b overlap: 1 customer, 50% of a and 100% of b",
        "rules b and c overlap: 1 customer, 100% of b and 50% of c",
    ]


def test_no_number_of_few_is_told_nor_one_that_follows_from_others(
    shop: Dataset, taken: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = read(shop, a="spend() > 6", b="spend() > 7", c="spend() > 8", d="spend() > 9")
    sizes = {"a": 60, "b": 57, "c": 95, "d": 30}
    inside = {name: np.where(np.arange(100) < size, 2, 0).astype(np.int8) for name, size in sizes.items()}
    monkeypatch.setattr(previews, "judged", lambda *_: inside)
    lines = list(preview(rules, taken.log, END, 10, 1))
    hidden = "not told: of fewer than 10 customers it could be found out where they are"
    assert lines[0].startswith("rule a: 60 customers (60.0%)")
    assert lines[1:3] == [f"rule b: {hidden}", f"rule c: {hidden}"]
    assert lines[3].startswith("rule d: 30 customers")
    assert lines[4:] == ["rules a and d overlap: 30 customers, 50% of a and 100% of d"]


def test_without_rules_nothing_is_said(taken: Intake) -> None:
    assert list(preview(Rules(), taken.log, END, 0, 100)) == []
