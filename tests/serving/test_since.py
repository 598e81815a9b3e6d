"""What a service accepted is in the next batch: its scores are the service's answers, to the bit, for everybody."""

from http import HTTPStatus
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from features import clock
from features.buckets import memory
from features.consent.watch import Watch
from features.log.store import mapped
from features.log.store.sqlite import Sqlite
from serving.history import History
from serving.loaded import Loaded
from serving.service import make_app
from serving.state import State
from tests.conftest import NAME, Trained, run_here
from tests.serving.conftest import Client
from training.bundle.bundle import Stored

PEOPLE, STRANGERS, EVENTS = 60, 5, 400
KINDS = ("purchase", "purchase", "refund", "coupon", "page_view")


def _events(stored: Stored, customers: list[str]) -> list[dict[str, Any]]:
    """Return events at any moment of the day, before and after what the bundle knew, some with an id."""
    chance = np.random.default_rng(7)
    events = []
    for number in range(EVENTS):
        moment = stored.bundle.as_of + int(chance.integers(-60 * clock.DAY, 20 * clock.DAY))
        kind = str(chance.choice(KINDS))
        optional: dict[str, Any] = {
            "order_id": str(chance.integers(10**6)),
            "product_id": str(chance.integers(820_000, 821_000)),
            "category": str(chance.choice(["GROCERY", "PRODUCE", "new things"])),
            "store_id": str(chance.integers(300, 310)),
            "quantity": int(chance.integers(1, 5)),
            "discount": float(chance.integers(0, 3)),
            "channel": "web",
            "event_id": f"e{number}",
        }
        event = {"customer_id": str(chance.choice(customers)), "event": kind, "occurred_at": clock.iso(moment)}
        event |= {name: value for name, value in optional.items() if chance.random() < 0.6}
        events.append(event | {"amount": float(chance.integers(1, 9000)) / 100})
    return events


@pytest.mark.parametrize("parts", [1, 7])
def test_a_batch_over_files_and_what_came_in_equals_the_service(
    parts: int, trained: Trained, stored: Stored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, live = mapped.load(NAME), Sqlite(tmp_path / "live.sqlite")
    state = State(Loaded(stored, "1", "challenger", log, History(log, live)), Watch(NAME), live)
    client = Client(make_app(state))
    known = log.customers.to_pylist()
    asked = [*known[: 2 * PEOPLE], *(f"new {number}" for number in range(STRANGERS))]
    events = _events(stored, [*known[:PEOPLE], *asked[-STRANGERS:]])
    for begin in range(0, len(events), 100):
        told = client.post("/events", json={"events": events[begin : begin + 100]}).json()["events"]
        assert {one["verdict"] for one in told} == {"accepted"}
    answered = client.post("/predict", json={"customer_ids": asked})
    assert answered.status_code == HTTPStatus.OK, answered.text
    monkeypatch.setattr(memory, "buckets", lambda *_: parts)
    out = tmp_path / "scores.parquet"
    batch = ("serving.score", "--dataset", str(trained.toml), "--as-of", "own", "--no-reasons", "--out", str(out))
    done = run_here(*batch, HABITUS_LIVE=f"sqlite:///{live.path}")
    assert done.returncode == 0, done.stderr
    assert f"came in since: {EVENTS} events" in done.stdout
    rows = {row["customer_id"]: row for row in pq.read_table(out).to_pylist()}
    moved = 0
    for one in answered.json()["customers"]:
        row = rows[one["customer_id"]]
        assert clock.iso(clock.to_us(row["as_of"])) == one["as_of"]
        moved += one["why"] == "own event"
        for name, found in one["predictions"].items():
            assert row[name] == found["value"], (one["customer_id"], name)
        assert {name: row[f"{name}_segment"] for name in one["segments"]} == {
            name: found["name"] for name, found in one["segments"].items()
        }
    assert moved > PEOPLE // 2
    alone = tmp_path / "alone.parquet"
    without = run_here(*batch[:-1], str(alone), "--no-live", HABITUS_LIVE=f"sqlite:///{live.path}")
    assert "came in since" not in without.stdout
    before = {row["customer_id"]: row for row in pq.read_table(alone).to_pylist()}
    untouched = set(before) - {event["customer_id"] for event in events}
    assert len(untouched) > PEOPLE
    assert all(before[one] == rows[one] for one in untouched)
    live.close()
