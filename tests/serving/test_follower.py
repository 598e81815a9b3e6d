"""The follower: what is newer takes the place of what is served; what cannot be served is refused in one line."""

import json
import shutil
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from features import clock, settings
from features.consent.watch import Watch
from features.log.log import pick
from features.log.store import mapped
from serving import loaded, served
from serving.follower import Follower
from serving.served import Served
from serving.service import make_app
from serving.state import State
from tests.conftest import NAME
from tests.serving.conftest import Client
from training.bundle import bundle as bundles
from training.tracking import pointer


@pytest.fixture
def state(own: Path) -> State:
    """Return what a service has that was started with it."""
    found = served.find(NAME)
    assert found == Served(own / "1", "1", "champion")
    watch = Watch(NAME)
    return State(loaded.load(found, watch.suppressed, None, clock.now()), watch)


def _copied(own: Path, number: int, **changes: Any) -> Path:
    folder = own / str(number)
    shutil.copytree(own / "1", folder)
    path = folder / bundles.MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")
    return folder


def test_a_newer_champion_takes_the_place_and_those_in_flight_end_with_the_one_before(own: Path, state: State) -> None:
    follower, first = Follower(state), state.loaded
    follower.look()
    assert state.loaded is first
    pointer.write(NAME, _copied(own, 2, flags={"rfm": {}}), "2", "champion")
    follower.look()
    assert (state.loaded.version, state.refused) == ("2", "")
    assert state.loaded.log is first.log
    assert state.loaded.answered is not first.answered
    assert first.version == "1"
    Follower(state, bundles=False).look()
    pointer.write(NAME, own / "1", "1", "champion")
    Follower(state, bundles=False).look()
    assert state.loaded.version == "2"
    follower.look()
    assert state.loaded.version == "1"


@pytest.mark.parametrize(
    "changes",
    [{"dataset": "other"}, {"format": 99}, {"zone": "Atlantis"}, {"as_of": 10**30}, {"files": {}}, {"features": []}],
    ids=lambda changes: next(iter(changes)),
)
def test_what_cannot_be_served_is_refused_once_and_the_old_one_is_served_on(
    changes: dict[str, Any], own: Path, state: State, caplog: pytest.LogCaptureFixture
) -> None:
    follower, first = Follower(state), state.loaded
    pointer.write(NAME, _copied(own, 2, **changes), "2", "champion")
    for _ in range(3):
        follower.look()
    assert state.loaded is first
    (record,) = [one for one in caplog.records if one.levelname == "WARNING"]
    assert "\n" not in record.getMessage()
    assert record.getMessage().startswith("refused, and version 1 is served on: ")
    answered = Client(make_app(state)).get("/bundle")
    assert answered.status_code == HTTPStatus.OK
    assert answered.json()["refused"] == state.refused != ""
    pointer.write(NAME, own / "1", "1", "champion")
    follower.look()
    assert state.loaded is first
    assert "refused" not in Client(make_app(state)).get("/bundle").json()


@pytest.mark.parametrize("damage", ["leaf", "text", "missing"])
def test_a_damaged_bundle_is_refused(damage: str, own: Path, state: State) -> None:
    folder = _copied(own, 2)
    if damage == "leaf":
        model = min(folder.rglob("model.txt"))
        model.write_text(model.read_text(encoding="utf-8").replace("leaf_value=0", "leaf_value=1"), encoding="utf-8")
    elif damage == "text":
        (folder / bundles.MANIFEST).write_bytes(b"\xff\x00")
    else:
        shutil.rmtree(folder)
    pointer.write(NAME, folder, "2", "champion")
    Follower(state).look()
    assert (state.loaded.version, bool(state.refused)) == ("1", True)


def test_a_damaged_pointer_is_refused(state: State) -> None:
    settings.served(NAME).write_bytes(b"{")
    follower = Follower(state)
    follower.look()
    follower.look()
    assert state.loaded.version == "1"
    assert "no pointer" in state.refused


def test_a_pointer_of_another_registry_is_none(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///elsewhere.db")
    assert served.pointed(NAME) is None
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    pointer.write(NAME, own / "1", "1", "champion")
    assert served.pointed(NAME) is None


def test_where_no_pointer_stands_the_registry_is_asked_seldom(
    own: Path, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def found(name: str) -> Served:
        asked.append(name)
        return Served(own / "1", "3", "challenger")

    monkeypatch.setattr(served, "asked", found)
    settings.served(NAME).unlink()
    follower = Follower(state)
    follower.look()
    assert (asked, state.loaded.version) == ([], "1")
    monkeypatch.setattr("serving.follower.ASKED_SECONDS", 0)
    follower.look()
    assert (asked, state.loaded.version, state.loaded.alias) == ([NAME], "3", "challenger")


def test_newer_stored_events_take_the_place_in_one_step(state: State) -> None:
    follower, first = Follower(state), state.loaded
    one, other = (first.log.customers[place].as_py() for place in (0, 1))
    client = Client(make_app(state))
    mapped.save(replace(pick(first.log, range(1, len(first.log.customers))), base=first.log.base), NAME)
    assert "error" not in client.post("/predict", json={"customer_ids": [one]}).json()["customers"][0]
    follower.look()
    assert (state.loaded.stored, state.loaded.answered) == (first.stored, first.answered)
    told = client.post("/predict", json={"customer_ids": [one, other]}).json()["customers"]
    assert ["error" in customer for customer in told] == [True, False]
