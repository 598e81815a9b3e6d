"""Replicas: two services on one Redis server are one, nothing acknowledged is lost, and its end ends no answers."""

import contextlib
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import pytest

from features import clock
from features.log.store import mapped, reached
from tests.conftest import NAME, Trained
from tests.features.log.store import server
from tests.features.log.store.server import Server as Redis
from tests.serving.conftest import Server, kept_ids, own_batch, refusal, serving

EVENT = {"event": "purchase", "occurred_at": "2018-01-05T10:00:00Z"}
WRITERS, EACH = 4, 15
EVICTS = ("--maxmemory", "1gb", "--maxmemory-policy", "allkeys-lru")


@pytest.fixture
def redis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Redis]:
    """Return a server that is told to all that is started here."""
    # It may drop events when a gigabyte is full, which no test fills: that is said when a service starts.
    with server.running(tmp_path / "redis", (*server.DURABLE, *EVICTS)) as found:
        monkeypatch.setenv("HABITUS_LIVE", found.url)
        yield found


def _asked(client: httpx.Client, *customers: str) -> dict[str, Any]:
    answer = client.post("/predict", json={"customer_ids": customers})
    assert answer.status_code == HTTPStatus.OK, answer.text
    found: dict[str, Any] = answer.json()
    return found


class _Writer(threading.Thread):
    """Posts to one replica until each event is acknowledged, and asks the other for its customer's next answer."""

    def __init__(self, number: int, customer: str, replicas: dict[str, Server], here: str, there: str) -> None:
        super().__init__()
        self.acknowledged: list[str] = []
        self.wrong: list[str] = []
        self._own = number, customer, here, there
        self._replicas = replicas

    def run(self) -> None:
        number, customer, here, there = self._own
        for place in range(EACH):
            event = {**EVENT, "customer_id": customer, "amount": 1.0 + place, "event_id": f"{number}-{place}"}
            before = self._tried(there, "/predict", {"customer_ids": [customer]})
            told = self._tried(here, "/events", event)
            after = self._tried(there, "/predict", {"customer_ids": [customer]})
            self.acknowledged.append(f"{number}-{place}")
            verdict = told["events"][0]["verdict"]
            if verdict not in {"accepted", "duplicate"}:
                self.wrong.append(str(told))
            if verdict == "accepted" and before["customers"] == after["customers"]:
                self.wrong.append(f"{number}-{place} is not in the other's next answer")

    def _tried(self, name: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send until it is answered by one who knows what came in: replicas and their server are killed meanwhile."""
        until = time.monotonic() + 120
        while time.monotonic() < until:
            with contextlib.suppress(httpx.TransportError), self._replicas[name].client() as client:
                answer = client.post(path, json=body)
                if answer.is_success and "stale" not in answer.json():
                    found: dict[str, Any] = answer.json()
                    return found
            time.sleep(0.1)
        raise AssertionError(f"{path} was not answered")


@pytest.mark.long
def test_two_replicas_and_their_server_are_killed_under_load_and_nothing_is_lost(
    own: Path, trained: Trained, tmp_path: Path, redis: Redis
) -> None:
    assert own.is_dir()
    customers = mapped.load(NAME).customers.to_pylist()[:WRITERS]
    with ExitStack() as stack:
        replicas = {name: stack.enter_context(serving(trained.toml, tmp_path / name)) for name in ("one", "other")}
        pairs = [("one", "other"), ("other", "one")] * (WRITERS // 2)
        writers = [
            _Writer(number, who, replicas, *pair)
            for number, (who, pair) in enumerate(zip(customers, pairs, strict=True))
        ]
        for writer in writers:
            writer.start()
        time.sleep(0.5)
        redis.kill()
        redis.start()
        time.sleep(reached.REST + 0.5)
        assert any(writer.is_alive() for writer in writers)
        replicas["one"].process.kill()
        replicas["one"] = stack.enter_context(serving(trained.toml, tmp_path / "again"))
        for writer in writers:
            writer.join()
        assert [wrong for writer in writers for wrong in writer.wrong] == []
        with replicas["one"].client() as first, replicas["other"].client() as second:
            told = _asked(second, *customers)
            assert told == _asked(first, *customers)
    acknowledged = [one for writer in writers for one in writer.acknowledged]
    stored = kept_ids()
    assert sorted(stored) == sorted(acknowledged)
    assert len(stored) == WRITERS * EACH
    rows = own_batch(trained.toml, tmp_path / "scores.parquet", len(stored))
    for customer in told["customers"]:
        row = rows[customer["customer_id"]]
        assert clock.iso(clock.to_us(row["as_of"])) == customer["as_of"]
        assert {name: row[name] for name in customer["predictions"]} == {
            name: found["value"] for name, found in customer["predictions"].items()
        }


def test_while_the_server_is_away_answers_are_of_what_is_stored_and_nothing_is_taken(
    own: Path, trained: Trained, tmp_path: Path, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert own.is_dir()
    monkeypatch.setenv("HABITUS_KEY", "k" * 40)
    with (
        serving(trained.toml, tmp_path / "one") as one,
        serving(trained.toml, tmp_path / "other") as other,
        one.client() as first,
        other.client() as second,
    ):
        assert "maxmemory-policy allkeys-lru: it drops accepted events" in one.said
        stored = _asked(second, "7", "8")
        event = {**EVENT, "customer_id": "7", "amount": 12.5, "event_id": "e"}
        assert first.post("/events", json=event).json() == {"events": [{"verdict": "accepted"}]}
        assert first.post("/events", json={**event, "customer_id": "new", "event_id": "n"}).is_success
        joined = _asked(second, "7", "8", "new")
        assert joined["customers"][0] != stored["customers"][0]
        redis.kill()
        away = _asked(second, "7", "8")
        assert away.pop("stale").startswith("answered from the stored events alone, without what came in since")
        assert away == stored
        assert "does not answer" in refusal(first.post("/events", json=event), HTTPStatus.SERVICE_UNAVAILABLE)
        assert "does not answer" in refusal(second.get("/customers/new"), HTTPStatus.SERVICE_UNAVAILABLE)
        assert second.get("/customers/7").json()["stale"]
        assert "does not answer" in second.get("/readyz").text
        assert "habitus_live_away 1.0" in second.get("/metrics").text
        redis.start()
        time.sleep(reached.REST)
        assert _asked(second, "7", "8", "new") == joined
        assert first.post("/events", json=event).json() == {"events": [{"verdict": "duplicate"}]}
        gone = first.delete("/customers/7")
        assert gone.status_code == HTTPStatus.ACCEPTED, gone.text
        assert "erased" in _asked(second, "7")["customers"][0]["error"]
        assert first.post("/events", json={**event, "event_id": "f"}).json()["events"][0]["verdict"] == "refused"
    files = b"".join(file.read_bytes() for file in redis.folder.rglob("*.aof") if file.is_file())
    assert b'"customer_id":"7"' not in files.replace(b" ", b"")
