"""Default targets: conversion is proposed where there are prospects."""

import pyarrow as pa
import pytest

from features.clock import DAY, iso
from features.log.log import Log
from tests.features.shop import made
from training.targets import Churn, Conversion, Spend
from training.targets.default import defaults, prospects

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


def test_without_amounts_or_prospects_there_is_churn_alone() -> None:
    targets, why = defaults(_log(list(BUYERS), amounts=False))
    assert targets == (Churn("churn_28d", 28, 56),)
    assert why.startswith("no target is declared, and there are no amounts: churn alone; 90 % of the gaps")
