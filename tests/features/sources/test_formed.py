"""Formed: rows that are posted in a tool's form are the events that a file of them has, each read by itself."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from features import preset
from features.log.event import KINDS
from features.log.store.accepted import Offered
from features.sources import formed, posted
from features.sources.formed import Form, NotFormed
from tests.features import shop, test_preset

NOW = 1 << 51
"""After all events of the files."""
TABLE = [
    {"customer_id": "ada", "occurred_at": "2026-05-13 10:00", "amount": 1234.5, "order_id": "o1", "category": "Tea"},
    {
        "customer_id": "ben",
        "occurred_at": "2026-05-14T10:00:00+02:00",
        "amount": 9,
        "order_id": 12,
        "event": "refund",
    },
    {"customer_id": 7, "occurred_at": "2026-05-14", "event": "page_view", "product_id": "p 1", "quantity": 2},
]
REASONS = {
    "hubspot_contacts": "no events",
    "segment_identify": "no events",
    "paypal_activity": "told by the whole column",
    "putler_transactions": "told by the whole column",
    "shopify_orders": "the first of its rows alone",
    "klaviyo_events": "a dataset file has to say its 'event'",
}
ROWWISE = sorted(preset.presets().keys() - REASONS.keys())


def _file(name: str, folder: Path) -> tuple[Path, Any]:
    """Return a file of a form, and what a program would post of it."""
    if name == "canonical_table":
        path = folder / "table.jsonl"
        path.write_text("\n".join(map(json.dumps, TABLE)), encoding="utf-8")
        return path, TABLE
    path = next(one for one in test_preset.FILES.iterdir() if one.stem in {name, name.partition("_")[0]})
    text = path.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip()]
    return path, json.loads(text) if path.suffix == ".json" else list(map(json.loads, lines))


def _events(asked: Form, given: list[Any]) -> list[dict[str, Any]]:
    found = formed.formed(asked, given, "Europe/Paris", KINDS, "EUR")
    assert not [one.reason for one in found if one.reason]
    return [one.event for one in found]


def _stored(events: list[dict[str, Any]]) -> list[str]:
    """Return what would be stored of events, those of one id once, in the order of their texts; 0 is as nothing."""
    read = posted.read(events, "Europe/Paris", NOW)
    once: dict[object, str] = {}
    for place, one in enumerate(read):
        assert isinstance(one, Offered), one
        event = {key: value for key, value in json.loads(one.event).items() if value and key != "event_id"}
        once.setdefault(one.event_id or place, json.dumps(event, sort_keys=True))
    return sorted(once.values())


@pytest.mark.parametrize("name", ROWWISE)
def test_posted_rows_are_the_events_of_a_file_of_them_whatever_stands_beside(name: str, tmp_path: Path) -> None:
    path, body = _file(name, tmp_path)
    asked = formed.form(name)
    rows = asked.rows(body)
    business = test_preset.declared(tmp_path, test_preset.lines(name, str(path)))
    of_file = pa.table(shop.shown(shop.events(business).events))
    told = [name for name in of_file.column_names if name not in {"event_id", "score", "duration"}]
    together = _events(asked, rows)
    assert _stored(together) == _stored(of_file.select(told).to_pylist()) != []
    assert [one for row in rows for one in _events(asked, [row])] == together
    assert _events(asked, rows[::-1]) != []


@pytest.mark.parametrize("name", REASONS)
def test_a_form_whose_rows_say_nothing_by_themselves_is_refused_with_the_reason(name: str) -> None:
    with pytest.raises(NotFormed, match=REASONS[name]):
        formed.form(name)


def test_an_unknown_form_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(NotFormed, match="stripe_charges"):
        formed.form("stripe_charge")


CHARGE = {
    "id": "ch_1", "amount": 2599, "amount_refunded": 0, "created": 1777629600, "currency": "eur", "customer": "c",
    "payment_intent": "pi_1", "status": "succeeded",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "own", "reason"),
    [
        ({"currency": "usd"}, "EUR", "another currency than the dataset's, which is EUR"),
        ({}, "", "the dataset file says none"),
        ({"amount_refunded": "much"}, "EUR", "cannot be told"),
        ({"customer": {"id": "c"}}, "EUR", "customer holds several values"),
        (7, "EUR", "it is no object"),
    ],
)
def test_a_row_of_which_something_cannot_be_told_is_refused_and_stops_no_other(
    change: Any, own: str, reason: str
) -> None:
    wrong = {**CHARGE, **change} if isinstance(change, dict) else change
    found = formed.formed(formed.form("stripe_charges"), [wrong, {**CHARGE, "currency": own}], "UTC", KINDS, own)
    assert reason in "; ".join(one.reason for one in found if one.row == 0)
    assert [one.event["amount"] for one in found if one.row == 1 and not one.reason] == [25.99]


@pytest.mark.parametrize("text", ["20260501", "01/05/2026", "260501120000", "May 1"])
def test_a_time_that_its_own_text_does_not_tell_is_no_time(text: str) -> None:
    row = {"customer_id": "a", "occurred_at": text, "amount": 1}
    (told,) = posted.read(_events(formed.form("canonical_table"), [row]), "UTC", NOW)
    assert told == "occurred_at is missing or unreadable"


def test_more_parts_than_may_be_are_refused_before_any_is_read() -> None:
    row = {"client_id": "c", "events": [{"name": "purchase"}] * 5}
    with pytest.raises(NotFormed, match="got 10 parts of rows; at most 9 are allowed"):
        formed.formed(formed.form("ga4_measurement"), [row, row], "UTC", KINDS, most=9)
