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


@pytest.mark.parametrize("seed", range(5))
def test_no_part_that_the_told_rules_span_is_of_few_customers(seed: int) -> None:
    random = np.random.default_rng(seed)
    inside = {f"r{n}": random.random(400) < random.uniform(0.2, 0.8) for n in range(8)}
    told, _ = previews._told(inside, 20)
    assert 1 < len(told) < len(inside)
    _, counts = np.unique(np.array(list(told.values())), axis=1, return_counts=True)
    assert counts.min() >= 20
    for name in inside.keys() - told.keys():  # none is hidden without need
        _, counts = np.unique(np.array([*told.values(), inside[name]]), axis=1, return_counts=True)
        assert counts.min() < 20


def test_what_three_overlaps_give_away_is_not_told(
    shop: Dataset, taken: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = read(shop, a="spend() > 6", b="spend() > 7", c="rule.a or rule.b")
    a, b = np.arange(100) < 60, (np.arange(100) >= 40) & (np.arange(100) < 97)  # 3 are in neither
    inside = {name: np.where(one, 2, 0).astype(np.int8) for name, one in (("a", a), ("b", b), ("c", a | b))}
    monkeypatch.setattr(previews, "judged", lambda *_: inside)
    lines = list(preview(rules, taken.log, END, 10, 1))
    assert [line.split(":")[1].split()[0] for line in lines] == ["60", "not", "not"]


def test_of_how_many_it_is_unknown_is_told_only_where_no_part_is_of_few(
    shop: Dataset, taken: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = read(shop, a="spend() > 6", b="spend() > 7")
    places = np.arange(100)
    a = np.select([places < 40, places < 60], [2, 1], 0)
    b = np.select([places < 20, (places >= 55) & (places < 85)], [2, 1], 0)  # of 5 both are unknown
    inside = {"a": a.astype(np.int8), "b": b.astype(np.int8)}
    monkeypatch.setattr(previews, "judged", lambda *_: inside)
    first, second, _ = preview(rules, taken.log, END, 10, 1)
    assert "; of 20 it cannot be told" in first
    assert "; of some it cannot be told" in second


def test_without_rules_nothing_is_said(taken: Intake) -> None:
    assert list(preview(Rules(), taken.log, END, 0, 100)) == []
