"""Default targets: conversion is proposed where there are prospects."""

import datetime

import pyarrow as pa
import pytest

from features.clock import DAY, iso
from features.log.log import Log
from tests.features.shop import made
from training.targets import Churn, Comeback, Conversion, Spend
from training.targets.default import defaults, prospects, silent

BEGIN = 1_700_000_000_000_000


def _log(events: list[tuple[str, str, float]], amounts: bool = True) -> Log:
    """Return a log of (customer, kind, day)."""
    rows = [
        {"customer_id": who, "event": kind, "occurred_at": iso(BEGIN + round(day * DAY))}
        | ({"amount": 1.0} if amounts else {})
        for who, kind, day in events
    ]
    return made("UTC", **pa.Table.from_pylist(rows).to_pydict())


def test_a_prospect_did_something_before_a_purchase_or_without_one() -> None:
    log = _log(
        [
            ("looks, then buys", "page_view", 0),
            ("looks, then buys", "purchase", 1),
            ("only looks", "app_session", 0),
            ("buys, then looks", "purchase", 0),
            ("buys, then looks", "page_view", 1),
            ("only buys", "purchase", 0),
            ("was only contacted", "contact", 0),
            ("gives back what was bought before the data", "refund", 0),
        ]
    )
    assert prospects(log) == 2


BUYERS = [(f"buyer {n}", "purchase", day) for n in range(3) for day in (0, 28)]


@pytest.mark.parametrize(("count", "proposed"), [(499, False), (500, True)])
def test_conversion_is_proposed_where_there_are_as_many_prospects_as_a_target_needs(count: int, proposed: bool) -> None:
    targets, why = defaults(_log([*BUYERS, *((f"prospect {n}", "page_view", 3.0) for n in range(count))]))
    assert targets[:2] == (Churn("churn_28d", 28, 56), Spend("spend_28d", 28, 56))
    assert targets[2:] == ((Conversion("conversion_28d", 28, 56),) if proposed else ())
    assert ("500 customers did something before a purchase" in why) == proposed


def test_the_silent_have_purchased_before_and_not_between_two_moments() -> None:
    log = _log(
        [
            ("long ago", "purchase", 0),
            ("at the first moment", "purchase", 10),
            ("between", "purchase", 0),
            ("between", "purchase", 15),
            ("back at the second moment", "purchase", 0),
            ("back at the second moment", "purchase", 20),
            ("looks alone", "page_view", 0),
        ]
    )
    assert silent(log, BEGIN + 10 * DAY, BEGIN + 20 * DAY) == 2


@pytest.mark.parametrize(("count", "proposed"), [(499, False), (500, True)])
def test_comeback_is_proposed_where_as_many_are_silent_as_a_target_needs(count: int, proposed: bool) -> None:
    gone = [(f"gone {n}", "purchase", 1.0) for n in range(count)]
    stay = [(f"buyer {n}", "purchase", day) for n in range(3) for day in range(0, 90, 28)]
    targets, why = defaults(_log([*stay, *gone]), datetime.date(2024, 3, 1))
    assert (Comeback("comeback_28d", 28, 56) in targets) == proposed
    assert ("500 customers were silent for 56 days" in why) == proposed


@pytest.mark.parametrize(("last", "proposed"), [(90.0, False), (91.0, True)])
def test_the_value_of_a_year_is_proposed_where_a_quarter_of_it_is_known(last: float, proposed: bool) -> None:
    targets, why = defaults(_log([*BUYERS, ("the newest", "purchase", last)]))
    assert (Spend("value_365d", 365, 365) in targets) == proposed
    assert ("the value of a year" in why) == proposed


def test_without_amounts_or_prospects_there_is_churn_alone() -> None:
    targets, why = defaults(_log(list(BUYERS), amounts=False))
    assert targets == (Churn("churn_28d", 28, 56),)
    assert why.startswith("no target is declared, and there are no amounts: churn alone; 90 % of the gaps")
