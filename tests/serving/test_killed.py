"""Killed: what was acknowledged is there once, however a server ends, and two servers on one store agree."""

import threading
import time
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from features import clock
from features.log.store import mapped
from tests.conftest import NAME, Trained
from tests.serving.conftest import Server, kept_ids, own_batch, serving

PEOPLE, WRITERS = 30, 3
KILLS = 100
"""Of the whole proof; each takes some seconds to start again."""
SEND_AGAIN = (httpx.TransportError, httpx.RemoteProtocolError)


def _event(writer: int, number: int, customers: list[str], base: int) -> dict[str, Any]:
    chance = np.random.default_rng([writer, number])
    moment = base + int(chance.integers(-30 * clock.DAY, 30 * clock.DAY))
    return {
        "customer_id": str(chance.choice(customers)),
        "event": "purchase",
        "occurred_at": clock.iso(moment),
        "amount": float(chance.integers(1, 9000)) / 100,
        "order_id": f"{writer}-{number}",
        "event_id": f"{writer}-{number}",
    }


class _Writer:
    """Posts events one after the other, one or several at a time, and notes which were acknowledged."""

    def __init__(self, number: int, customers: list[str], base: int) -> None:
        self.acknowledged: set[str] = set()
        self._number, self._customers, self._base = number, customers, base
        self._next = 0

    def write(self, server: Server) -> None:
        """Post until the server is gone; what was not acknowledged is sent again the next time."""
        with server.client() as client:
            while True:
                count = 1 + self._next % 3
                some = [_event(self._number, self._next + place, self._customers, self._base) for place in range(count)]
                try:
                    answered = client.post("/events", json={"events": some})
                except SEND_AGAIN:
                    return
                assert answered.status_code == HTTPStatus.OK, answered.text
                assert {one["verdict"] for one in answered.json()["events"]} <= {"accepted", "duplicate"}
                self.acknowledged |= {one["event_id"] for one in some}
                self._next += count


@pytest.mark.parametrize("kills", [2, pytest.param(KILLS, marks=pytest.mark.proof)])
def test_what_was_acknowledged_is_there_once_however_often_a_server_is_killed(
    kills: int, own: Path, trained: Trained, tmp_path: Path
) -> None:
    log = mapped.load(NAME)
    assert log.base is not None
    customers = [*log.customers.to_pylist()[:PEOPLE], "new one"]
    writers = [_Writer(number, customers, log.base.end) for number in range(WRITERS)]
    chance = np.random.default_rng(kills)
    for number in range(kills):
        with serving(trained.toml, tmp_path / f"server {number}") as server:
            writing = [threading.Thread(target=one.write, args=(server,)) for one in writers]
            for one in writing:
                one.start()
            time.sleep(float(chance.uniform(0, 1.5)))
            server.process.kill()
            for one in writing:
                one.join()
    acknowledged = set().union(*(one.acknowledged for one in writers))
    stored = kept_ids()
    assert len(stored) == len(set(stored))
    assert acknowledged <= set(stored)
    assert len(acknowledged) > kills
    with serving(trained.toml, tmp_path / "after") as server, server.client() as client:
        told = client.post("/predict", json={"customer_ids": customers}).json()["customers"]
    rows = own_batch(trained.toml, tmp_path / "scores.parquet", len(stored))
    for customer in told:
        row = rows[customer["customer_id"]]
        assert clock.iso(clock.to_us(row["as_of"])) == customer["as_of"]
        assert {name: row[name] for name in customer["predictions"]} == {
            name: found["value"] for name, found in customer["predictions"].items()
        }
    assert own.is_dir()


def test_two_servers_on_one_store_agree(
    own: Path, trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert own.is_dir()
    monkeypatch.setenv("HABITUS_KEY", "k" * 40)
    event = {"customer_id": "7", "event": "purchase", "occurred_at": "2018-01-05T10:00:00Z", "amount": 12.5}
    with (
        serving(trained.toml, tmp_path / "one") as one,
        serving(trained.toml, tmp_path / "other") as other,
        one.client() as first,
        other.client() as second,
    ):
        asked = {"customer_ids": ["7", "8"]}
        before = second.post("/predict", json=asked).json()
        for number in range(5):
            told = first.post("/events", json={**event, "amount": 1.0 + number, "event_id": f"e{number}"}).json()
            assert told == {"events": [{"verdict": "accepted"}]}
            after = second.post("/predict", json=asked).json()
            assert after == first.post("/predict", json=asked).json()
            assert after["customers"][0] != before["customers"][0]
            assert after["customers"][1] == before["customers"][1]
        again = second.post("/events", json={**event, "amount": 1.0, "event_id": "e0"}).json()
        assert again == {"events": [{"verdict": "duplicate"}]}
        gone = first.delete("/customers/7")
        assert gone.status_code == HTTPStatus.ACCEPTED, gone.text
        assert "erased" in second.post("/predict", json=asked).json()["customers"][0]["error"]
