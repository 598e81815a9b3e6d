"""Since: what a service accepted is one more source, and the log is the one that the service joins; no day moves."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features import clock
from features.buckets import intake, memory
from features.buckets.joined import joined
from features.dataset import Dataset, DatasetError
from features.log import content
from features.log.event import KINDS
from features.log.held import NONE
from features.log.log import STORED, Log, NoEvents
from features.log.store import mapped
from features.log.store.accepted import Offered
from features.log.store.sqlite import Sqlite
from features.sources import posted
from features.sources.batch import Key
from tests.features.shop import business

ROOM = 1 << 30
COLUMNS = {"customer_id": "who", "occurred_at": "at", "amount": "amount", "order_id": "order", "category": "what"}
NEW: list[dict[str, Any]] = [
    {"customer_id": "2", "event": "purchase", "occurred_at": "2017-03-05T10:00:00Z", "amount": 7.25, "order_id": "a1"},
    {"customer_id": "2", "event": "page_view", "occurred_at": "2017-02-01T10:00:00Z", "channel": "web"},
    {"customer_id": "ann", "event": "purchase", "occurred_at": "2017-06-05T10:00:00Z", "amount": 3, "category": "Öl"},
    {"customer_id": "007", "event": "refund", "occurred_at": "2017-01-05T10:00:00Z", "amount": 1, "event_id": "r"},
    {"customer_id": "1", "event": "purchase", "occurred_at": "2017-03-01T09:00:00Z", "order_id": "a1"},
]


def _shop(folder: Path, customer: str = "{}", **columns: str) -> Dataset:
    lines = ["who,at,amount,order,what,id"]
    for day in range(1, 29):
        for who in (1, 2, 7):
            number = 3 * day + who
            lines.append(f"{customer.format(who)},2017-02-{day:02},{number}.5,{number // 2},tea,{number}")
    (folder / "s.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return business(folder, {"path": "s.csv", "columns": COLUMNS | columns})


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a home of its own, and return where what it accepts lies."""
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path))
    monkeypatch.delenv("HABITUS_LIVE", raising=False)
    return tmp_path / "mlruns" / "live" / "shop.sqlite"


@pytest.fixture
def accept(place: Path) -> Callable[..., None]:
    """Return what accepts events as a service does."""

    def accepted(*events: dict[str, Any], priced: bool = True) -> None:
        offered = posted.read(events, "UTC", clock.now(), KINDS, priced=priced)
        assert all(isinstance(one, Offered) for one in offered), offered
        with Sqlite(place) as store:
            store.accept([one for one in offered if isinstance(one, Offered)], clock.now())

    return accepted


def _same(one: Log, other: Log) -> None:
    assert one.digest == other.digest
    assert one.customers.to_pylist() == other.customers.to_pylist()
    assert one.offsets.tolist() == other.offsets.tolist()
    for name in STORED:
        assert one.columns[name].tolist() == other.columns[name].tolist(), name


def _as_joined(stored: Log, whole: Log, events: list[dict[str, Any]]) -> None:
    """Check that a log of all is, customer by customer, what a service joins."""
    for customer in dict.fromkeys(event["customer_id"] for event in events):
        rows = posted.batch_of([one for one in events if one["customer_id"] == customer], "UTC")
        name = pa.array([customer] * rows.place.size)
        since = Key(content.of_text(name).view(np.int64), name)
        one = joined(stored, stored.place(customer), replace(rows, customer=since), "UTC")
        at = whole.place(customer)
        assert at is not None
        assert one.own.tolist() == whole.own[at : at + 1].tolist()
        span = slice(int(whole.offsets[at]), int(whole.offsets[at + 1]))
        for name in ("time", "code", "amount", "day", "hour", "order"):
            assert one.columns[name].tolist() == whole.columns[name][span].tolist(), name


@pytest.mark.parametrize("customer", ["{}", "c{}"])
@pytest.mark.parametrize("parts", [1, 5])
def test_what_was_accepted_is_in_the_log_as_a_service_joins_it_and_moves_no_day(
    customer: str, parts: int, tmp_path: Path, accept: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "buckets", lambda *_: parts)
    shop = _shop(tmp_path, customer)
    before = intake.take(shop, ROOM)
    accept(*NEW, priced=False)
    after = intake.take(shop, ROOM)
    assert (after.log.base, after.log.days.plain()) == (before.log.base, before.log.days.plain())
    assert len(after.log) == len(before.log) + len(NEW)
    assert after.log.accepted.until == len(NEW)
    assert after.tally.rows.tolist() == before.tally.rows.tolist()
    assert [line for line in after.said() if "came in since" in line] == [
        f"came in since: {len(NEW)} events, which LIVE=0 (--no-live) leaves out"
    ]
    _as_joined(before.log, after.log, NEW)
    _same(intake.take(shop, ROOM, live=False).log, before.log)


@pytest.mark.parametrize("ids", ["{}", "e{}"])
def test_an_event_that_the_files_have_is_that_event(ids: str, tmp_path: Path, accept: Callable[..., None]) -> None:
    shop = _shop(tmp_path, event_id="id")
    text = (tmp_path / "s.csv").read_text(encoding="utf-8").splitlines()
    rows = [line.rpartition(",") for line in text[1:]]
    named = [f"{row},{ids.format(number)}" for row, _, number in rows]
    (tmp_path / "s.csv").write_text("\n".join([text[0], *dict.fromkeys(named)]) + "\n", encoding="utf-8")
    before = intake.take(shop, ROOM)
    one = {"customer_id": "2", "event": "purchase", "occurred_at": "2017-02-02", "amount": 99}
    accept({**one, "event_id": ids.format(8)}, {**one, "event_id": "011"}, one)
    after = intake.take(shop, ROOM)
    assert len(after.log) == len(before.log) + 2
    assert "came in since, and not used: 1 events: the files have the event_id" in after.said()
    assert after.rejects == before.rejects


def test_files_without_an_event_tell_no_end(tmp_path: Path, accept: Callable[..., None]) -> None:
    shop = _shop(tmp_path)
    (tmp_path / "s.csv").write_text("who,at,amount,order,what,id\n", encoding="utf-8")
    accept(*NEW, priced=False)
    with pytest.raises(NoEvents, match="no event that can be used"):
        intake.take(shop, ROOM)


def test_a_log_that_holds_what_was_accepted_says_so_when_it_is_stored(
    tmp_path: Path, accept: Callable[..., None]
) -> None:
    accept(*NEW, priced=False)
    log = intake.take(_shop(tmp_path), ROOM).log
    mapped.save(log, "shop")
    assert mapped.load("shop").accepted == log.accepted == mapped.accepted("shop")
    assert [log.accepted.has(number) for number in (1, len(NEW), len(NEW) + 1)] == [True, True, False]


def test_what_a_new_store_accepts_is_held_by_no_log_of_before(
    tmp_path: Path, place: Path, accept: Callable[..., None]
) -> None:
    accept(*NEW, priced=False)
    log = intake.take(_shop(tmp_path), ROOM).log
    with Sqlite(place) as store, Sqlite(tmp_path / "other.sqlite") as other:
        assert (log.accepted.of(store.name), log.accepted.of(other.name)) == (log.accepted, NONE)


def test_a_store_that_cannot_be_opened_is_told_in_one_line(tmp_path: Path, place: Path) -> None:
    shop = _shop(tmp_path)
    place.parent.mkdir(parents=True)
    place.write_bytes(b"no database, but long enough to be read as the head of one" * 9)
    with pytest.raises(DatasetError, match="LIVE=0"):
        intake.take(shop, ROOM)
    assert len(intake.take(shop, ROOM, live=False).log)
