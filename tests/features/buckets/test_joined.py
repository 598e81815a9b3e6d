"""Joined: whatever was stored and whatever came in since, the log is that of all events read together."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.buckets import intake
from features.buckets.joined import NotJoined, joined
from features.log import log as logs
from features.log.log import CODED, STORED, Log
from features.log.store import mapped
from features.sources import rows

ZONE = "Europe/Berlin"
OPTIONAL = ("amount", "discount", "order_id", "product_id", "category", "store_id", "channel", "campaign_id")
EVENT = st.fixed_dictionaries(
    {
        "event": st.sampled_from(["purchase", "refund", "mail_delivered", "mail_open", "page_view", "survey_answered"]),
        "occurred_at": st.integers(0, 200).map(lambda n: 1_500_000_000 + n * 1800),
        "amount": st.sampled_from([1.0, 2.5, 1000.25]),
    },
    optional={
        "discount": st.sampled_from([0.0, 0.5]),
        "quantity": st.sampled_from([1, 3]),
        "order_id": st.sampled_from(["1", "2", "three"]),
        "product_id": st.sampled_from(["p1", "p2", "p3"]),
        "category": st.sampled_from(["tea", "Ähren", "bread"]),
        "store_id": st.sampled_from(["north", "south"]),
        "channel": st.sampled_from(["web", "shop"]),
        "campaign_id": st.sampled_from(["c1", "c2"]),
        "recorded_at": st.integers(0, 300).map(lambda n: 1_500_000_000 + n * 1800),
        "score": st.sampled_from([0, 5]),
        "duration": st.sampled_from([0, 30]),
        "until": st.just(1_600_000_000),
    },
)
MACHINES = {"mail_open": 3600.0}


def _columns(events: list[dict[str, Any]], customer: str = "ann") -> dict[str, list[Any]]:
    names = {"order_id"}.union(*events)  # whether orders are told is the dataset's
    return {"customer_id": [customer] * len(events)} | {name: [event.get(name) for event in events] for name in names}


def _read(events: list[dict[str, Any]]) -> Log:
    log = intake.of_rows(_columns(events), ZONE, by_machine=MACHINES).log
    assert log is not None
    return log


def _same(one: Log, other: Log) -> None:
    assert one.digest == other.digest
    assert one.offsets.tolist() == other.offsets.tolist()
    for name in (name for name in STORED if name not in CODED.values()):
        assert one.columns[name].tolist() == other.columns[name].tolist(), name
    for key in CODED:
        assert _named(one, key) == _named(other, key)
    assert one.values is not None
    assert other.values is not None
    assert {key: own.hashes.tolist() for key, own in one.values.items()} == {
        key: own.hashes.tolist() for key, own in other.values.items()
    }


def _named(log: Log, key: str) -> list[str | None]:
    """Return what each event has, by name: a log may know names, of events that were left out, that none has."""
    names = log.names[key].to_pylist()
    return [None if place < 0 else names[place] for place in log.columns[CODED[key]].tolist()]


@settings(max_examples=150, deadline=None)
@given(st.lists(EVENT, min_size=2, max_size=14), st.data())
def test_events_in_any_split_make_the_log_of_all_of_them(events: list[dict[str, Any]], data: st.DataObject) -> None:
    events = [{**event, "event": "purchase"} if not n else event for n, event in enumerate(events)]
    whole = _read(events)
    first = data.draw(st.integers(1, len(events) - 1))
    order = data.draw(st.permutations(range(1, len(events))))
    split = [events[0], *(events[n] for n in order)]
    stored = _read(split[:first])
    since = rows.batch(_columns(split[first:]), ZONE)
    _same(joined(stored, 0, since, ZONE, MACHINES), whole)


def test_one_of_whom_nothing_is_stored_has_what_came_in() -> None:
    events = [{"event": "purchase", "occurred_at": 1_500_000_000, "amount": 3.0, "order_id": "7"}]
    since = rows.batch(_columns(events), ZONE)
    other = _read([{"event": "purchase", "occurred_at": 1_400_000_000, "amount": 1.0}])
    _same(joined(other, None, since, ZONE), _read(events))


def test_where_files_tell_no_orders_what_came_in_tells_none() -> None:
    named = {"event": "purchase", "occurred_at": 1_500_000_000, "amount": 3.0, "order_id": "7"}
    bare = [{"event": "purchase", "occurred_at": 1_500_000_000 + n, "amount": 3.0} for n in range(2)]
    stored = intake.of_rows(
        {name: [one[name] for one in bare] for name in bare[0]} | {"customer_id": ["ann"] * 2}, ZONE
    )
    assert stored.log is not None
    for place, orders in ((0, [0, 0, 1]), (None, [0])):
        found = joined(stored.log, place, rows.batch(_columns([named]), ZONE), ZONE)
        assert found.columns["order"].tolist() == orders


def test_an_order_that_goes_on_is_one_order_however_the_log_was_stored() -> None:
    events = [
        {"event": "purchase", "occurred_at": 1_500_000_000 + n, "amount": 3.0, "order_id": "7", "store_id": "s"}
        for n in range(3)
    ]
    several = {name: column * 2 for name, column in _columns(events[:2]).items()}
    several["customer_id"] = ["zoe", "zoe", "ann", "ann"]
    log = intake.of_rows(several, ZONE).log
    assert log is not None
    mapped.save(log, "shop")
    stored = mapped.load("shop")
    found = joined(stored, 0, rows.batch(_columns(events[2:]), ZONE), ZONE)
    assert found.columns["order"].tolist() == [0, 0, 0]
    _same(joined(logs.pick(stored, [1, 0]), 1, rows.batch(_columns(events[2:]), ZONE), ZONE), found)
    assert np.array_equal(found.columns["store"], [0, 0, 0])


def test_events_of_an_earlier_release_are_joined_with_nothing() -> None:
    stored = _read([{"event": "purchase", "occurred_at": 1_400_000_000, "amount": 1.0}])
    object.__setattr__(stored, "values", None)
    since = rows.batch(_columns([{"event": "purchase", "occurred_at": 1_500_000_000, "amount": 3.0}]), ZONE)
    with pytest.raises(NotJoined, match="make load"):
        joined(stored, 0, since, ZONE)
