"""Replies: a customer alone, who is answered for without a thread, is told what the same one is told among many."""

from http import HTTPStatus
from typing import Any

import pytest

from features.consent.watch import Watch
from features.log.log import Log
from serving import replies
from serving.history import History
from serving.loaded import Loaded
from serving.service import make_app
from serving.state import State
from tests.conftest import NAME
from tests.serving.conftest import Client
from training.bundle.bundle import Stored

MANY = 60


def _client(stored: Stored, log: Log) -> Client:
    return Client(make_app(State(Loaded(stored, "1", "challenger", log, History(log)), Watch(NAME))))


def _asked(client: Client, ids: list[str], more: dict[str, Any]) -> list[dict[str, Any]]:
    answered = client.post("/predict", json={"customer_ids": ids, **more})
    assert answered.status_code == HTTPStatus.OK, answered.text
    customers: list[dict[str, Any]] = answered.json()["customers"]
    return customers


@pytest.mark.parametrize("more", [{}, {"as_of": "2017-06-01T10:30:00.000007Z", "language": "de"}])
def test_a_customer_alone_is_told_what_is_told_among_many(stored: Stored, log: Log, more: dict[str, Any]) -> None:
    ids = [*log.customers.to_pylist()[:MANY], "nobody"]
    alone, together = _client(stored, log), _client(stored, log)
    assert [one for own in ids for one in _asked(alone, [own], more)] == _asked(together, ids, more)


def test_who_has_many_events_or_comes_with_many_is_left_to_a_thread(log: Log) -> None:
    places = {str(place): place for place in range(len(log.customers))}
    sizes = log.offsets[1:] - log.offsets[:-1]
    few = [name for name, place in places.items() if sizes[place] <= replies._EVENTS // replies._FEW]
    assert replies._small(log, {})
    assert replies._small(log, {"nobody": None})
    assert replies._small(log, {name: places[name] for name in few[: replies._FEW]})
    assert not replies._small(log, {name: places[name] for name in few[: replies._FEW + 1]})
    every = Log(log.customers.slice(0, 1), log.offsets[[0, -1]], log.columns, log.names, log.zone)
    assert len(every) > replies._EVENTS
    assert not replies._small(every, {"one": 0})
