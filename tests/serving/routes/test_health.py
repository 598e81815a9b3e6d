"""Health: a service is ready only while it can answer, and says why it is not."""

from dataclasses import replace
from http import HTTPStatus
from pathlib import Path

import pytest

from features.consent.watch import Watch
from features.log.as_of import Base
from features.log.log import Log
from features.log.store.sqlite import Sqlite
from serving.history import History
from serving.loaded import Loaded
from serving.service import make_app
from serving.state import State
from tests.conftest import NAME
from tests.serving.conftest import Client, refusal
from training.bundle.bundle import Stored


def test_it_is_not_ready_before_a_bundle_is_loaded_and_lives() -> None:
    client = Client(make_app())
    assert refusal(client.get("/readyz"), HTTPStatus.SERVICE_UNAVAILABLE) == "the bundle is not loaded yet"
    assert client.get("/livez").is_success


def test_it_is_not_ready_where_events_cannot_be_kept_or_now_is_too_far(
    stored: Stored, log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))
    live = Sqlite(tmp_path / "live.sqlite")
    state = State(Loaded(stored, "1", "challenger", log, History(log, live)), Watch(NAME), live)
    client = Client(make_app(state))
    assert client.get("/readyz").is_success
    live.close()
    said = refusal(client.get("/readyz"), HTTPStatus.SERVICE_UNAVAILABLE)
    assert said.startswith("accepted events cannot be read: ")
    refused = client.post("/predict", json={"customer_ids": ["1"]})
    assert refusal(refused, HTTPStatus.SERVICE_UNAVAILABLE) == said
    assert refused.headers["retry-after"] == "1"
    state.loaded = replace(state.loaded, log=replace(log, base=Base(stored.bundle.as_of, now=True)))
    said = refusal(client.get("/readyz"), HTTPStatus.SERVICE_UNAVAILABLE)
    assert "more than 28 days before" in said
