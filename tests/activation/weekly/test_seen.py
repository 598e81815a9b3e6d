"""What is counted of a shop so small that it was counted by hand."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from activation.weekly.seen import Seen
from activation.weekly.week import days
from features import clock
from features.buckets import intake
from features.dataset import load
from training.kpis.margin import Margin
from training.kpis.window import windows

UTC = ZoneInfo("UTC")
HEAD = "who,what,at,paid,order,product,campaign\n"
ROWS = """ann,purchase,2025-12-05,10,A1,tea,
bob,purchase,2025-12-20,10,B1,tea,
cat,purchase,2026-01-10,5,C1,tea,
ann,purchase,2026-01-11,10,A2,tea,
bob,purchase,2026-02-10,10,B2,tea,
ann,purchase,2026-02-24,10,A3,tea,
ann,purchase,2026-03-02,10,A4,tea,
ann,purchase,2026-03-03,20,A5,tea,
bob,purchase,2026-03-08,5,B3,pot,
ann,refund,2026-03-08T20:00,10,A4,tea,
bob,contact,2026-03-03,,,,c1
bob,contact,2026-03-04,,,,c1
cat,contact,2026-03-09,,,,c1
dan,purchase,2026-03-09,5,D1,tea,
"""
TOML = """
name = "shop"
currency = "EUR"
[[sources]]
path = "events.csv"
event = { column = "what", values = { purchase = "purchase", refund = "refund", contact = "contact" } }
[sources.columns]
customer_id = "who"
occurred_at = "at"
amount = "paid"
order_id = "order"
product_id = "product"
campaign_id = "campaign"
"""


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Seen:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))
    (tmp_path / "events.csv").write_text(HEAD + ROWS, encoding="utf-8")
    (tmp_path / "shop.toml").write_text(TOML, encoding="utf-8")
    dataset = load(str(tmp_path / "shop.toml"))
    start, end = (clock.parse(day, UTC) for day in ("2025-12-05", "2026-03-11"))
    spans = windows(*days(None, end, UTC), start, end, UTC)
    assert spans[0] is not None
    assert spans[0].said(UTC) == "2026-03-02 to 2026-03-08 (7 days)"
    with intake.opened(dataset, 1 << 30) as read:
        found = Seen(spans[0], spans[1], UTC, dataset.kinds, Margin.of(dataset, read.products))
        for log in read.logs():
            found.add(log)
    return found


def test_cohorts_are_counted_by_hand_and_end_where_a_month_is_not_over(seen: Seen) -> None:
    told = [(one.month, one.customers, one.shares) for one in seen.cohorts(0)]
    assert told == [("2025-12", 2, [0.5, 1.0]), ("2026-01", 1, [0.0])]
    assert [one.customers for one in seen.cohorts(2)] == [2, None]
    assert seen.cohorts(2)[1].shares == []


def test_products_are_net_and_of_few_none_is_told(seen: Seen) -> None:
    assert [(one.name, one.revenue, one.before, one.buyers) for one in seen.things(0)] == [
        ("tea", 20.0, 10.0, 1),
        ("pot", 5.0, 0.0, 1),
    ]
    assert seen.things(2) == []


def test_contacts_of_the_week_alone_count(seen: Seen) -> None:
    assert [(one.name, one.contacts, one.customers) for one in seen.campaigns(0)] == [("c1", 2, 1)]
    assert seen.events == 12


def test_a_week_is_named_by_any_of_its_days() -> None:
    assert days("2026-03-08", 0, UTC) == days("2026-03-02", 0, UTC) == ("2026-03-02", "2026-03-09")
    monday = clock.parse("2026-03-09", UTC)
    assert days(None, monday, UTC) == ("2026-03-02", "2026-03-09")
    assert days(None, monday - 1, UTC)[0] == "2026-02-23"
    with pytest.raises(ValueError, match="WEEK: got 'then'"):
        days("then", 0, UTC)
