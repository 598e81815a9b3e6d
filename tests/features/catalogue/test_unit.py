"""Units: what is computed in small integers is told as people say it."""

import math

import pytest

from features.catalogue import unit
from features.catalogue.catalogue import CATALOGUE

BY_NAME = {feature.name: feature for feature in CATALOGUE}


@pytest.mark.parametrize(
    ("name", "number", "written", "named"),
    [
        ("units_84d", 9_000, "9", "units, in thousandths"),
        ("units_84d", 9_400_000, "9,400", "units, in thousandths"),
        ("units_per_line_84d", 1_500, "1.5", "units, in thousandths"),
        ("spend_84d", 123_456, "1,234.56", "currency, in cents"),
        ("refunded_364d", -1_250, "-12.50", "currency, in cents"),
        ("price_84d", 0.05, "0.50", "currency per unit, in cents per thousandth"),
        ("gap_mean", 3.6, "4", "days"),
        ("overdue", 2.31, "2.3", "ratio"),
        ("overdue", 0.231, "0.23", "ratio"),
        ("discount_share_84d", 0.123, "12", "share"),
        ("days_trend_28d", -0.001, "0", "share"),
        ("visits_84d", math.nan, "", "visits"),
    ],
)
def test_a_number_and_its_unit_as_people_say_them(name: str, number: float, written: str, named: str) -> None:
    assert unit.written(BY_NAME[name], number) == written
    assert unit.named(BY_NAME[name]) == named


@pytest.mark.parametrize(
    ("currency", "number", "written"),
    [("EUR", 1_250.0, "12.50"), ("JPY", 125_000.0, "1,250"), ("KWD", 125.0, "1.250"), ("kwd", 125.5, "1.255")],
)
def test_money_has_the_digits_of_its_currency(currency: str, number: float, written: str) -> None:
    assert unit.written(BY_NAME["spend_84d"], number, currency) == written


@pytest.mark.parametrize(
    ("name", "one", "other", "same"),
    [
        ("units_84d", 9_000, 9_400, True),
        ("units_84d", 9_000, 10_000, False),
        ("spend_84d", 100, 101, False),
        ("discount_share_84d", 0.121, 0.124, True),
        ("visits_84d", math.nan, 3, False),
        ("visits_84d", math.nan, math.nan, True),
    ],
)
def test_two_numbers_are_alike_where_they_are_told_alike(name: str, one: float, other: float, same: bool) -> None:
    assert unit.alike(BY_NAME[name], one, other) == same


def test_money_is_what_is_in_cents() -> None:
    money = {feature.name for feature in CATALOGUE if unit.is_money(feature)}
    assert money == {feature.name for feature in CATALOGUE if "cents" in feature.unit}
    assert {"spend_84d", "price_84d", "spend_rate"} <= money
