"""The watched: /metrics tells what is served, how old it is, what was answered and taken in, and how it drifts."""

import re
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from features.clock import DAY, SECOND
from features.consent.watch import Watch
from features.log.log import Log
from features.log.store.sqlite import Sqlite
from serving.history import History
from serving.loaded import Loaded
from serving.service import make_app
from serving.state import State
from serving.wall import Wall
from tests.conftest import NAME
from tests.serving.conftest import Client
from training.bundle.bundle import Stored

PRIVATE = "ann-4711"
NEW = {"customer_id": PRIVATE, "event": "purchase", "occurred_at": "2017-12-20T10:30:00Z", "amount": 4711.25}


class _Stopped(Wall):
    """A clock that stands still."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self._at = at

    def read(self) -> int:
        return self._at


@pytest.fixture
def asking(stored: Stored, log: Log, tmp_path: Path) -> Client:
    live = Sqlite(tmp_path / "live.sqlite")
    history = History(stored.bundle.looks_at(log), live)
    loaded = Loaded(stored, "7", "champion", history.log, history)
    wall = _Stopped(stored.bundle.as_of + 3 * DAY)
    return Client(make_app(State(loaded, Watch(NAME), live, wall)))


def _series(asking: Client) -> dict[str, float]:
    """Return the numbers by what their lines begin with."""
    response = asking.get("/metrics")
    assert response.status_code == HTTPStatus.OK
    assert response.headers["content-type"].startswith("text/plain")
    lines = (line.rpartition(" ") for line in response.text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def _of(series: dict[str, float], metric: str) -> dict[str, float]:
    return {name: value for name, value in series.items() if name.partition("{")[0] == metric}


def _predict(asking: Client, ids: list[str], **options: Any) -> list[dict[str, Any]]:
    response = asking.post("/predict", json={"customer_ids": ids, **options})
    assert response.status_code == HTTPStatus.OK, response.text
    found: list[dict[str, Any]] = response.json()["customers"]
    return found


def test_it_tells_what_is_served_and_how_old_that_is(asking: Client, stored: Stored) -> None:
    series = _series(asking)
    told = f'habitus_bundle_info{{alias="champion",dataset="{NAME}",id="{stored.id}",version="7"}}'
    assert _of(series, "habitus_bundle_info") == {told: 1}
    assert series["habitus_bundle_as_of_age_seconds"] == 3 * DAY / SECOND
    assert series["habitus_data_end_age_seconds"] == 3 * DAY / SECOND


def test_answers_that_are_made_count_by_segment_and_kept_ones_as_such(asking: Client, log: Log) -> None:
    ids = log.customers.to_pylist()[:20]
    before = _series(asking)
    customers = _predict(asking, ids)
    after = _series(asking)
    expected: dict[str, float] = {}
    for customer in customers:
        for segmenter, segment in customer["segments"].items():
            name = f'habitus_answers_total{{segment="{segment["name"]}",segmenter="{segmenter}"}}'
            expected[name] = expected.get(name, 0) + 1
    made = {name: value - before.get(name, 0) for name, value in _of(after, "habitus_answers_total").items()}
    assert {name: value for name, value in made.items() if value} == expected
    assert after["habitus_kept_answers"] == 20
    _predict(asking, [*ids[:5], *ids[:5], PRIVATE])
    last = _series(asking)
    assert _of(last, "habitus_answers_total") == _of(after, "habitus_answers_total")
    asked = {name: last[name] - after[name] for name in _of(last, "habitus_asked_total")}
    assert asked == {'habitus_asked_total{answer="kept"}': 5, 'habitus_asked_total{answer="made"}': 1}


def test_events_count_by_what_became_of_them_and_as_kept(asking: Client) -> None:
    before = _series(asking)
    one = {**NEW, "event_id": "1"}
    posted = asking.post("/events", json={"events": [one, one, {**one, "amount": 1}, {**NEW, "event": PRIVATE}, NEW]})
    assert posted.status_code == HTTPStatus.OK
    after = _series(asking)
    counted = {name: after[name] - before[name] for name in _of(after, "habitus_events_total")}
    assert counted == {
        'habitus_events_total{verdict="accepted"}': 2,
        'habitus_events_total{verdict="duplicate"}': 1,
        'habitus_events_total{verdict="conflict"}': 1,
        'habitus_events_total{verdict="refused"}': 1,
        'habitus_events_total{verdict="ignored"}': 0,
    }
    assert (before["habitus_live_events"], after["habitus_live_events"]) == (0, 2)


def test_drift_is_told_of_a_hundred_customers_and_not_of_fewer(asking: Client, stored: Stored, log: Log) -> None:
    ids = log.customers.to_pylist()
    _predict(asking, ids[:99])
    assert not _of(_series(asking), "habitus_psi")
    _predict(asking, ids[99:600])
    series = _series(asking)
    figures = asking.get("/drift").json()["last_1000"]
    names = {f'{{about="{one["about"]}",name="{one["name"]}"}}': one for one in figures["columns"]}
    assert stored.bundle.reference is not None
    assert len(names) == len(stored.bundle.reference.names)
    assert _of(series, "habitus_psi") == {f"habitus_psi{name}": one["psi"] for name, one in names.items()}
    assert _of(series, "habitus_psi_limit") == {f"habitus_psi_limit{name}": one["limit"] for name, one in names.items()}


def test_whatever_is_asked_no_value_of_a_customer_is_a_label(asking: Client) -> None:
    asking.post("/events", json=NEW)
    _predict(asking, [PRIVATE, "other"])
    _predict(asking, [PRIVATE], as_of="2017-12-25", language="de")
    before = _series(asking).keys()
    for number in range(30):
        stranger = f"{PRIVATE}-{number}"
        asking.post("/events", json={**NEW, "customer_id": stranger, "event_id": stranger, "category": stranger})
        _predict(asking, [stranger])
        asking.get(f"/customers/{stranger}")
        asking.post("/score", json={"events": [{**NEW, "customer_id": stranger}]})
    after = _series(asking).keys()
    assert {name for name in after - before if not re.match(r"habitus_(answers|http)", name)} == set()
    assert not [name for name in after if "4711" in name]


def test_before_anything_is_served_requests_are_told() -> None:
    series = _series(Client(make_app()))
    assert not _of(series, "habitus_bundle_info")
    assert _of(series, "habitus_events_total").keys() >= {'habitus_events_total{verdict="accepted"}'}
