"""Subscriptions: who pays up to a date, counted by hand, in one piece or in many."""

from features.clock import DAY, iso
from features.log.log import Log, pick
from features.log.subscriptions import NONE, Subscriptions, subscriptions
from tests.features.shop import made

MOMENT = 1_700_000_000_000_000
ROWS: list[tuple[str, float, str, float | None]] = [
    ("runs", -40, "subscription_started", -10),
    ("runs", -10, "subscription_renewed", 20),
    ("runs", -10, "purchase", None),
    ("is over", -40, "subscription_started", -9),
    ("ended", -10, "subscription_started", 20),
    ("ended", -2, "subscription_ended", None),
    ("ended", -2, "purchase", None),
    ("ends later", -10, "subscription_started", 20),
    ("ends later", 2, "subscription_ended", None),
    ("changed in an instant", -3, "subscription_ended", None),
    ("changed in an instant", -3, "subscription_started", 27),
    ("no date", -10, "subscription_started", None),
    ("no date", -10, "purchase", None),
    ("starts later", 1, "subscription_started", 31),
    ("only buys", -5, "purchase", None),
    ("is over at the moment", -30, "subscription_started", 0),
]


def _log(rows: list[tuple[str, float, str, float | None]]) -> Log:
    return made(
        "UTC",
        customer_id=[who for who, *_ in rows],
        occurred_at=[iso(MOMENT + round(day * DAY)) for _, day, _, _ in rows],
        event=[kind for _, _, kind, _ in rows],
        until=[None if until is None else iso(MOMENT + round(until * DAY)) for *_, until in rows],
    )


EXPECTED = Subscriptions(
    customers=7, running=3, buyers=4, subscribed=2, period_days=30.0, periods=8, spread=(30.0, 31.0), usual=1.0
)


def test_who_subscribes_is_counted() -> None:
    found = subscriptions(_log(ROWS), MOMENT)
    assert found == EXPECTED
    assert (found.carry, found.share) == (True, 0.5)


def test_the_counts_are_the_sums_of_those_of_each_customer() -> None:
    log = _log(ROWS)
    each = [subscriptions(pick(log, [place]), MOMENT) for place in range(len(log.customers))]
    for name in ("customers", "running", "buyers", "subscribed"):
        assert sum(getattr(found, name) for found in each) == getattr(EXPECTED, name)


def test_half_of_those_who_purchase_carry_and_fewer_do_not() -> None:
    assert not subscriptions(_log([*ROWS, ("buys, too", -5, "purchase", None)]), MOMENT).carry
    assert not subscriptions(_log([row for row in ROWS if row[2] == "purchase"]), MOMENT).carry


def test_without_purchases_subscriptions_carry_all_there_is() -> None:
    found = subscriptions(_log([row for row in ROWS if row[2] != "purchase"]), MOMENT)
    assert (found.carry, found.share, found.buyers) == (True, 1.0, 0)


def test_one_date_of_each_customer_that_is_no_plan_s_looks_like_a_snapshot() -> None:
    def told(*lengths: float) -> Subscriptions:
        started = "subscription_started"
        return subscriptions(_log([(f"c{n}", -500, started, days - 500) for n, days in enumerate(lengths)]), MOMENT)

    moved = told(*(30 * months + months % 3 for months in range(1, 21)))
    assert (moved.periods, moved.spread, moved.snapshot) == (20, (62.0, 540.0), True)
    assert not told(*(30 * months for months in range(1, 20))).snapshot  # too few
    assert not told(*[28, 29, 30, 31, 30] * 4, 365, 366, 365, 365).snapshot  # plans of a month and of a year
    assert not told(*range(30, 55)).snapshot  # hardly wide
    rows: list[tuple[str, float, str, float | None]] = [
        ("a", -40.0 + step, "subscription_renewed", float(step * step)) for step in range(30)
    ]
    assert not subscriptions(_log(rows), MOMENT).snapshot  # a history


def test_a_log_without_the_column_has_none() -> None:
    assert subscriptions(made(event=["subscription_started"]), MOMENT) == NONE
