"""Profit: the formula on a handful of customers, and the settings of a dataset."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from features.dataset import DatasetError, Profit, load
from training.report.profit import curve, worth
from training.targets import Churn, Purchases, Spend

Y, P = np.array([1, 1, 0, 1, 0.0]), np.array([0.9, 0.8, 0.7, 0.2, 0.1])


def test_profit_is_what_successes_bring_less_what_contacts_cost() -> None:
    found = curve(Profit(cost=1, value=10, rate=0.2), "value", Y, P, np.arange(5))
    assert found.counts == (0, 1, 2, 3, 4, 5)
    assert found.profits == pytest.approx((0, 1, 2, 1, 2, 1))
    assert (found.best.count, found.everyone.count) == (2, 5)
    assert (found.best.profit, found.everyone.profit) == pytest.approx((2, 1))


def test_the_rule_contacts_whoever_is_expected_to_pay_for_it() -> None:
    found = curve(Profit(cost=1, value=10, rate=0.2), "value", Y, P, np.arange(5))
    assert found.threshold == pytest.approx(0.5)
    assert found.rule_count == 3
    assert found.rule.value == pytest.approx(1)
    assert found.rule.lo <= 1 <= found.rule.hi


def test_money_has_a_margin_and_anything_else_a_value() -> None:
    spend = np.array([100, 0, 10.0])
    found = curve(Profit(cost=2, rate=0.5, margin=0.1), "margin", spend, spend + 1, np.arange(3))
    assert found.profits == pytest.approx((0, 3, 1.5, -0.5))
    assert worth(Spend("spend", 28, 56)) == "margin"
    assert worth(Churn("churn", 28, 56)) == worth(Purchases("purchases", 28, 56)) == "value"


def test_where_no_contact_pays_the_best_is_none() -> None:
    found = curve(Profit(cost=100), "value", Y, P, np.arange(5))
    assert (found.best.count, found.best.profit, found.rule_count, found.rule.value) == (0, 0, 0, 0)


def test_free_contacts_go_to_all() -> None:
    found = curve(Profit(cost=0), "value", Y, P, np.arange(5))
    assert (found.rule_count, found.threshold) == (5, 0)


def test_many_rows_are_told_in_steps() -> None:
    p = np.linspace(1, 0.001, 10_000)
    found = curve(Profit(), "value", np.ones(10_000), p, np.arange(10_000))
    assert len(found.counts) == 201
    assert found.best.count == 10_000


def test_a_dataset_may_say_what_contacts_cost(tmp_path: Path) -> None:
    assert load("complete_journey").profit is None
    toml = tmp_path / "shop.toml"
    source = '[[sources]]\npath = "a.csv"\nevent = "purchase"\ncolumns = { customer_id = "c", occurred_at = "t" }\n'
    toml.write_text(f'name = "shop"\n[profit]\ncost = 2.5\nvalue = 40\n{source}')
    assert load(str(toml)).profit == Profit(cost=2.5, value=40, rate=0.2, margin=0.3)
    toml.write_text(f'name = "shop"\n[profit]\nvlaue = 40\n{source}')
    with pytest.raises(DatasetError, match=r"profit: unknown key 'vlaue'\. Did you mean 'value'"):
        load(str(toml))


@pytest.mark.parametrize(
    "wrong",
    [{"cost": -1}, {"cost": float("inf")}, {"value": 0}, {"value": float("nan")}, {"rate": 1.5}, {"margin": 0}],
)
def test_a_setting_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, Profit)
