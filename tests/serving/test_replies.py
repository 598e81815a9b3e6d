"""Replies: a customer alone, who is answered for without a thread, is told what the same one is told among many."""

import asyncio
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import pytest

from features.consent.watch import Watch
from features.log.log import Log
from features.log.store.sqlite import Sqlite
from serving import erase, replies
from serving.history import History
from serving.loaded import Loaded
from serving.service import make_app
from serving.state import State
from serving.whose import ERASED
from tests.conftest import NAME
from tests.serving.conftest import JSON, Client
from training.bundle.bundle import Stored

MANY = 60
EVENT = {"customer_id": "7", "event": "purchase", "occurred_at": "2018-01-05T10:00:00Z", "amount": 12.5}


class Meanwhile(History):
    """A history during whose reading something else happens, once."""

    happens: Callable[[], object] = staticmethod(lambda: None)

    def since(self, customers: Mapping[str, int | None]) -> dict[str, Log]:
        """Return what there is."""
        found = super().since(customers)
        happens, self.happens = self.happens, lambda: None
        happens()
        return found


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


@pytest.mark.parametrize("came", [False, True])
@pytest.mark.parametrize("ids", [["7"], ["7", "8"], [str(number) for number in range(1, MANY)]])
def test_who_is_erased_while_an_answer_is_made_is_told_and_kept_nowhere(
    stored: Stored, log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ids: list[str], came: bool
) -> None:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))
    live = Sqlite(tmp_path / "live.sqlite")
    history = Meanwhile(log, live)
    loaded = Loaded(stored, "1", "challenger", log, history)
    state = State(loaded, Watch(NAME), live)
    client = Client(make_app(state))
    if came:
        assert client.post("/events", json=EVENT).json() == {"events": [{"verdict": "accepted"}]}
    history.happens = lambda: erase.begun(state, "7", state.wall.read())
    answers = {one["customer_id"]: one for one in _asked(client, ids, {})}
    assert answers["7"] == {"customer_id": "7", "error": ERASED}
    assert all(one["predictions"] for name, one in answers.items() if name != "7")
    assert "7" not in loaded.answered._kept
    assert not len(loaded.kept)
    assert not history._kept
    assert _asked(client, ids, {}) == list(answers.values())


def test_of_whom_is_erased_while_a_request_is_scored_nothing_is_told_or_kept(
    stored: Stored, log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))
    loaded = Loaded(stored, "1", "challenger", log, History(log))
    state = State(loaded, Watch(NAME))
    add = loaded.answered.add

    def meanwhile(*given: Any) -> None:
        erase.begun(state, "7", state.wall.read())
        add(*given)

    monkeypatch.setattr(loaded.answered, "add", meanwhile)
    events = [EVENT, {**EVENT, "customer_id": "8"}]
    told = Client(make_app(state)).post("/score", json={"events": events}).json()["customers"]
    assert told[0] == {"customer_id": "7", "error": ERASED}
    assert told[1]["predictions"]
    assert loaded.answered._kept.keys() == {"8"}


def test_more_at_once_than_may_wait_are_sent_away_and_all_are_answered_after(stored: Stored, log: Log) -> None:
    client, ids = _client(stored, log), log.customers.to_pylist()[:250]

    async def run() -> list[httpx.Response]:
        transport = httpx.ASGITransport(client.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=JSON) as talking:
            return await asyncio.gather(*(talking.post("/predict", json={"customer_ids": [own]}) for own in ids))

    answers = asyncio.run(run())
    limits = client.app.state.entry.limits
    refused = [one for one in answers if one.status_code == HTTPStatus.SERVICE_UNAVAILABLE]
    assert len(refused) == len(ids) - limits.in_flight - limits.queue
    assert all(one.headers["retry-after"] == "1" for one in refused)
    assert sum(one.is_success for one in answers) + len(refused) == len(ids)
    assert all(_asked(client, [own], {})[0]["predictions"] for own in ids)
