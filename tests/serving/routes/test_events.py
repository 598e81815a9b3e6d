"""POST /events: what was answered as stored is in its customer's next answer, and all answers are those of a batch."""

from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from features import clock
from features.buckets import intake
from features.consent import journal
from features.consent.watch import Watch
from features.log.as_of import Base
from features.log.log import Log
from features.log.store.sqlite import Sqlite
from features.sources import posted
from serving.history import History
from serving.loaded import Loaded
from serving.service import make_app
from serving.state import State
from tests.conftest import NAME, Trained
from tests.features import shop
from tests.serving.conftest import Client, refusal
from training.bundle.bundle import Stored

PEOPLE = 25


@pytest.fixture(scope="module")
def events(trained: Trained) -> list[dict[str, Any]]:
    """Return the events of some customers, with ids, as a program posts them."""
    table = pa.table(shop.shown(shop.events(trained.dataset).events))
    rows = [row for row in table.to_pylist() if int(row["customer_id"]) <= PEOPLE]
    for number, row in enumerate(rows):
        row["event_id"] = str(number)
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def _log(events: list[dict[str, Any]], kinds: tuple[str, ...]) -> Log:
    names = {name for event in events for name in event} - {"event_id"}
    log = intake.of_rows({name: [event.get(name) for event in events] for name in names}, "UTC", kinds).log
    assert log is not None
    return log


def _client(stored: Stored, log: Log, path: Path) -> Client:
    live = Sqlite(path)
    log = replace(log, base=Base(clock.parse("2017-06-01", ZoneInfo("UTC"))))
    loaded = Loaded(stored, "1", "challenger", log, History(log, live))
    return Client(make_app(State(loaded, Watch(NAME), live)))


def _answers(client: Client) -> dict[str, Any]:
    ids = [str(number) for number in range(1, PEOPLE + 1)]
    asked = client.post("/explain", json={"customer_ids": ids})
    assert asked.status_code == HTTPStatus.OK, asked.text
    return {customer["customer_id"]: customer for customer in asked.json()["customers"]}


def _post(client: Client, *events: dict[str, Any]) -> list[dict[str, str]]:
    posted = client.post("/events", json={"events": list(events)})
    assert posted.status_code == HTTPStatus.OK, posted.text
    told: list[dict[str, str]] = posted.json()["events"]
    return told


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_events_that_come_in_any_order_and_split_give_the_answers_of_a_batch(
    seed: int, events: list[dict[str, Any]], stored: Stored, tmp_path: Path
) -> None:
    chance = np.random.default_rng(seed)
    left = [events[place] for place in chance.permutation(len(events))]
    first = int(chance.integers(len(left) // 2, len(left) - 50))
    client = _client(stored, _log(left[:first], stored.bundle.kinds), tmp_path / "live.sqlite")
    before = _answers(client)
    for place in range(first, len(left), 300):
        some = left[place : place + 300]
        assert {one["verdict"] for one in _post(client, *some)} == {"accepted"}
        assert _post(client, some[0]) == [{"verdict": "duplicate"}]
    whole = _client(stored, _log(events, stored.bundle.kinds), tmp_path / "other.sqlite")
    assert _answers(client) == _answers(whole) != before


def test_an_event_moves_its_own_customers_answer_and_nobody_elses(
    events: list[dict[str, Any]], stored: Stored, tmp_path: Path
) -> None:
    client = _client(stored, _log(events, stored.bundle.kinds), tmp_path / "live.sqlite")
    before = _answers(client)
    new = {"customer_id": "7", "event": "purchase", "occurred_at": "2018-01-05T10:00:00Z", "amount": 12.5}
    assert _post(client, new) == [{"verdict": "accepted"}]
    after = _answers(client)
    assert {one for one in after if after[one] != before[one]} == {"7"}
    assert (after["7"]["as_of"], after["7"]["why"]) == ("2018-01-05T10:00:00.000001Z", "own event")


def test_somebody_new_is_answered_for_and_their_events_are_told(
    events: list[dict[str, Any]], stored: Stored, tmp_path: Path
) -> None:
    client = _client(stored, _log(events, stored.bundle.kinds), tmp_path / "live.sqlite")
    assert client.get("/customers/ann").status_code == HTTPStatus.NOT_FOUND
    one = {"customer_id": "ann", "event": "purchase", "occurred_at": 1514000000, "amount": 3, "event_id": "x"}
    posted = client.post("/events", json=one)
    assert posted.json() == {"events": [{"verdict": "accepted"}]}
    found = client.get("/customers/ann").json()
    assert found["customer"]["segments"]["lifecycle"]["name"]
    assert found["events"][0]["event"] == {
        "customer_id": "ann",
        "event": "purchase",
        "occurred_at": "2017-12-23T03:33:20Z",
        "amount": 3.0,
        "event_id": "x",
    }


def test_each_event_has_its_verdict_and_a_bad_one_stops_no_other(
    events: list[dict[str, Any]], stored: Stored, tmp_path: Path
) -> None:
    client = _client(stored, _log(events, stored.bundle.kinds), tmp_path / "live.sqlite")
    good = {"customer_id": "ann", "event": "purchase", "occurred_at": "2017-12-20T10:30:00Z", "amount": 12.5}
    other = {**good, "event_id": "1"}
    given = [
        other,
        {**good, "event": "gift"},
        {**other, "amount": 13},
        {**good, "occurred_at": "2099-01-01"},
        {**good, "amount": None},
        {**good, "recorded_at": "2099-01-01"},
        {**other, "recorded_at": "2017-12-21"},
        good,
        good,
    ]
    told = _post(client, *given)
    assert [one["verdict"] for one in told] == [
        "accepted", "refused", "conflict", "refused", "refused", "refused", "duplicate", "accepted", "accepted",
    ]  # fmt: skip
    assert told[1]["reason"] == "event is not a known kind"
    assert told[3]["reason"] == told[5]["reason"] == posted.TOO_FAR
    assert client.get("/customers/ann").json()["customer"]["predictions"]


def test_an_id_that_tells_nothing_is_refused_and_no_event_counts_twice_by_it(
    events: list[dict[str, Any]], stored: Stored, tmp_path: Path
) -> None:
    client = _client(stored, _log(events, stored.bundle.kinds), tmp_path / "live.sqlite")
    one = {"customer_id": "ann", "event": "purchase", "occurred_at": 1514000000, "amount": 3}
    for blank in ("", " ", "nan"):
        assert _post(client, {**one, "event_id": blank}) == [{"verdict": "refused", "reason": posted.NO_ID}]
    assert client.get("/customers/ann").status_code == HTTPStatus.NOT_FOUND


def test_whatever_an_id_holds_its_customer_can_be_forgotten(
    events: list[dict[str, Any]], stored: Stored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))
    client = _client(stored, _log(events, stored.bundle.kinds), tmp_path / "live.sqlite")
    _post(client, {"customer_id": "line\nbreak", "event": "purchase", "occurred_at": 1514000000, "amount": 3})
    assert client.get("/customers/line%0Abreak").status_code == HTTPStatus.OK
    assert client.delete("/customers/line%0Abreak").status_code == HTTPStatus.ACCEPTED
    assert len(client.app.state.serving.live) == 0


def test_a_path_with_the_end_of_a_line_behind_is_no_path(
    events: list[dict[str, Any]], stored: Stored, tmp_path: Path
) -> None:
    client = _client(stored, _log(events, stored.bundle.kinds), tmp_path / "live.sqlite")
    for path in ("/bundle", "/segments", "/metrics", "/drift", "/openapi.json"):
        refusal(client.get(f"{path}%0A"), HTTPStatus.NOT_FOUND)
    for path in ("/predict", "/events", "/score", "/explain"):
        refusal(client.post(f"{path}%0A", json={}), HTTPStatus.NOT_FOUND)


def test_an_event_in_a_request_is_not_read_by_its_neighbours(
    events: list[dict[str, Any]], stored: Stored, tmp_path: Path
) -> None:
    client = _client(stored, _log(events, stored.bundle.kinds), tmp_path / "live.sqlite")
    own = [
        {"customer_id": "ann", "event": "purchase", "occurred_at": f"2017-12-{day}T10:00:00Z", "amount": 9.5}
        for day in (10, 12, 12, 20)
    ]
    other = {**own[0], "customer_id": "bob", "order_id": "q", "recorded_at": "2017-12-21", "discount": 1}
    alone = client.post("/score", json={"events": own}).json()["customers"][0]
    beside = client.post("/score", json={"events": [*own, other]}).json()["customers"][0]
    assert alone == beside
    _post(client, *own)
    assert client.post("/predict", json={"customer_ids": ["ann"]}).json()["customers"][0] == alone
    for neighbours in ([own[0]], own):
        without = {name: value for name, value in own[0].items() if name != "amount"} | {"customer_id": "zoe"}
        told = client.post("/score", json={"events": [*neighbours, without]}).json()
        assert [one["event"] for one in told["kept_aside"]] == [len(neighbours)]


def test_an_event_of_a_request_that_lies_ahead_is_kept_aside(
    events: list[dict[str, Any]], stored: Stored, tmp_path: Path
) -> None:
    client = _client(stored, _log(events, stored.bundle.kinds), tmp_path / "live.sqlite")
    one = {"customer_id": "ann", "event": "purchase", "occurred_at": "2017-12-20T10:30:00Z", "amount": 12.5}
    told = client.post("/score", json={"events": [one, {**one, "occurred_at": "2099-01-01"}]}).json()
    assert told["kept_aside"] == [{"event": 1, "reason": posted.TOO_FAR}]
    assert told["customers"][0]["as_of"] == "2017-12-20T10:30:00.000001Z"


def test_who_is_forgotten_is_so_at_once_and_journaled_for_the_rest(
    events: list[dict[str, Any]], stored: Stored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))
    client = _client(stored, _log(events, stored.bundle.kinds), tmp_path / "live.sqlite")
    one = {"customer_id": "7", "event": "purchase", "occurred_at": "2018-01-05T10:00:00Z", "amount": 12.5}
    _post(client, one)
    gone = client.delete("/customers/7")
    assert gone.status_code == HTTPStatus.ACCEPTED, gone.text
    assert "make erase" in gone.json()["outstanding"]
    assert "erased" in refusal(client.get("/customers/7"), HTTPStatus.NOT_FOUND)
    assert _post(client, one)[0]["verdict"] == "refused"
    assert not client.app.state.serving.live.of(["7"])
    assert len(journal.unfinished(NAME)) == 1
    assert _answers(client)["8"]["predictions"]


def test_events_that_cannot_be_stored_are_never_answered_as_stored(
    events: list[dict[str, Any]], stored: Stored, tmp_path: Path
) -> None:
    client = _client(stored, _log(events, stored.bundle.kinds), tmp_path / "live.sqlite")
    live = client.app.state.serving.live
    live._connection.execute("PRAGMA max_page_count = 8")
    many = [
        {"customer_id": "ann", "event": "page_view", "occurred_at": 1514000000, "category": "x" * 1000}
        for _ in range(100)
    ]
    answered = client.post("/events", json={"events": many})
    assert "full" in refusal(answered, HTTPStatus.SERVICE_UNAVAILABLE)
    assert answered.headers["retry-after"] == "1"
    live._connection.execute("PRAGMA max_page_count = 1000000")
    assert len(live) == 0
    assert {one["verdict"] for one in _post(client, *many)} == {"accepted"}


def test_rows_of_a_tools_form_are_kept_as_its_files_are_mapped_each_with_its_verdicts(
    events: list[dict[str, Any]], stored: Stored, tmp_path: Path
) -> None:
    client = _client(stored, _log(events, stored.bundle.kinds), tmp_path / "live.sqlite")
    track = {"type": "track", "messageId": "m1", "userId": "ann", "timestamp": "2017-12-20T10:30:00Z"}
    order = {**track, "event": "Order Completed", "properties": {"order_id": "o1", "revenue": 12.5}}
    given = [order, {**order, "type": "page"}, {**order, "messageId": "m2", "timestamp": "20/12/2017"}]
    told = client.post("/events?format=segment_orders", json=given).json()["events"]
    assert [(one["verdict"], one["row"]) for one in told] == [("accepted", 0), ("ignored", 1), ("refused", 2)]
    assert told[2]["reason"] == "occurred_at is missing or unreadable"
    again = client.post("/events?format=segment_orders", json=order).json()["events"]
    assert again == [{"verdict": "duplicate", "row": 0}]
    (kept,) = client.get("/customers/ann").json()["events"]
    assert {name: kept["event"][name] for name in ("event", "amount", "order_id")} == {
        "event": "purchase", "amount": 12.5, "order_id": "o1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("format=segment_order", "there is no such format. Did you mean 'segment_orders'?"),
        ("format=paypal_activity", "its dates are told by the whole column"),
        ("format=segment_page&format=segment_page", "once"),
        ("form=segment_page", "may be given, once, and nothing else"),
    ],
)
def test_a_form_that_cannot_be_read_row_by_row_is_refused(
    query: str, says: str, events: list[dict[str, Any]], stored: Stored, tmp_path: Path
) -> None:
    client = _client(stored, _log(events, stored.bundle.kinds), tmp_path / "live.sqlite")
    assert says in refusal(client.post(f"/events?{query}", json=[{}]), HTTPStatus.UNPROCESSABLE_ENTITY)
