"""Default targets: each is proposed where there are those whom it speaks of."""

import datetime
from typing import Any

import pytest

from features.clock import DAY, iso
from features.log.log import Log
from tests.features.shop import made
from training.targets import Churn, Comeback, Conversion, Renewal, Spend
from training.targets.default import defaults, prospects, silent

BEGIN = 1_700_000_000_000_000


def _log(events: list[tuple[str, str, float]], amounts: bool = True, paid_days: float = 0) -> Log:
    """Return a log of (customer, kind, day); subscriptions are paid for some days, or up to no known date."""
    columns: dict[str, list[Any]] = {
        "customer_id": [who for who, _, _ in events],
        "event": [kind for _, kind, _ in events],
        "occurred_at": [iso(BEGIN + round(day * DAY)) for *_, day in events],
    }
    if amounts:
        columns["amount"] = [1.0] * len(events)
    if paid_days:
        columns["until"] = [_until(kind, day + paid_days) for _, kind, day in events]
    return made("UTC", **columns)


def _until(kind: str, day: float) -> str | None:
    return iso(BEGIN + round(day * DAY)) if kind.startswith("subscription_") else None


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


def _subscribers(count: int, buying: bool) -> list[tuple[str, str, float]]:
    """Return those who start on the first day and renew every 30 days up to day 120; whether each payment is a sale."""
    kinds = ["subscription_started", *["subscription_renewed"] * 4]
    return [
        (f"subscriber {n}", kind, 30.0 * place)
        for n in range(count)
        for place, one in enumerate(kinds)
        for kind in ([one, "purchase"] if buying else [one])
    ]


@pytest.mark.parametrize(("count", "proposed"), [(499, False), (500, True)])
def test_renewal_takes_the_place_of_churn_where_those_who_purchase_subscribe(count: int, proposed: bool) -> None:
    targets, why = defaults(_log(_subscribers(count, buying=True), paid_days=30))
    churn, renewal, spend = Churn("churn_28d", 28, 56), Renewal("renewal_56d", 56, 7), Spend("spend_28d", 28, 56)
    assert targets[:2] == ((renewal, spend) if proposed else (churn, spend))
    said = "renewal (500 customers had a subscription that was paid up to a date) in place of churn (100% of those who"
    assert (said in why) == proposed
    ending = "for at most 30 days, so renewals are told 56 days ahead, 7 of them grace"
    assert why.endswith(ending) == proposed


@pytest.mark.parametrize(("others", "stays"), [(500, False), (501, True)])
def test_churn_stays_where_more_than_half_of_those_who_purchase_do_not_subscribe(others: int, stays: bool) -> None:
    sales = [(f"buyer {n}", "purchase", day) for n in range(others) for day in (0, 28, 56, 84, 112)]
    targets, why = defaults(_log([*_subscribers(500, buying=True), *sales], paid_days=30))
    assert Renewal("renewal_56d", 56, 7) in targets
    assert (Churn("churn_28d", 28, 56) in targets) == stays
    assert ("in place of churn" in why) != stays


@pytest.mark.parametrize("count", [3, 500])
def test_where_nobody_purchases_renewal_is_alone_however_few_subscribe(count: int) -> None:
    targets, why = defaults(_log(_subscribers(count, buying=False), amounts=False, paid_days=30))
    assert targets == (Renewal("renewal_56d", 56, 7),)
    assert why.startswith(f"no target is declared, and there are no amounts: renewal alone ({count} customers had")
    assert "purchase days" not in why


@pytest.mark.parametrize(("paid", "days"), [(7, 28), (21, 28), (22, 56), (91, 180), (365, 180)])
def test_the_horizon_holds_a_paid_period_and_the_grace_as_far_as_there_is_one(paid: int, days: int) -> None:
    periods = max(2, 400 // paid)
    rows = [
        (f"subscriber {n}", "subscription_renewed", float(paid * place)) for n in range(500) for place in range(periods)
    ]
    targets, _ = defaults(_log(rows, amounts=False, paid_days=paid))
    assert targets == (Renewal(f"renewal_{days}d", days, 7),)
