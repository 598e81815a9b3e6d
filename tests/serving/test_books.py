"""The books: what the page tells is what a fresh count of the store tells, whoever wrote to it and took from it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from features import clock, settings
from features.consent.watch import Watch
from features.log.log import Log
from features.log.store.accepted import Offered
from features.log.store.sqlite import Sqlite
from serving import books
from serving.books import Books
from serving.history import History
from serving.loaded import Loaded
from serving.state import State
from tests.conftest import NAME
from training import snapshot
from training.bundle.bundle import Stored
from training.snapshot import FORMAT, Group, Prediction, Snapshot


@pytest.fixture
def state(stored: Stored, log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> State:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))
    live = Sqlite(tmp_path / "live.sqlite")
    loaded = Loaded(stored, "1", "challenger", log, History(log, live), smallest_group=0)
    return State(loaded, Watch(NAME), live)


def _told(made: Books) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(made.told)
    return found


def _offered(customer: str, kind: str = "purchase", amount: float = 1.5) -> Offered:
    return Offered(customer, None, msgspec.json.encode({"event": kind, "amount": amount}), b"")


def _accept(state: State, *offered: Offered) -> None:
    assert state.live is not None
    state.live.accept(offered, clock.now())


def _written(at: int) -> Snapshot:
    groups = (Group("Champions", 30), Group("Lost", 4))
    predictions = (Prediction("spend_28d", "USD", 34, 5.0),)
    return Snapshot(FORMAT, NAME, "4", "make score", at, at - clock.DAY, 34, predictions, {"rfm": groups})


def test_what_came_in_is_counted_once_however_many_looks(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "PIECE", 7)
    made = Books(state)
    assert (_told(made)["counting"], _told(made)["today"]) == (True, None)
    for times in range(3):
        _accept(state, *[_offered(str(number)) for number in range(20)], _offered("ann", "page_view", 0))
        made.look()
        made.look()
        told = _told(made)
        assert told["today"] == {
            "events": 21 * (times + 1),
            "purchases": 20 * (times + 1),
            "revenue": 30.0 * (times + 1),
            "kinds": {"purchase": 20 * (times + 1), "page_view": times + 1},
        }
    again = Books(state)
    again.look()
    assert again.told == made.told


def test_another_process_and_what_is_taken_away_are_seen(state: State, tmp_path: Path) -> None:
    made = Books(state)
    _accept(state, _offered("ann"), _offered("bob"), _offered("cy"))
    made.look()
    with Sqlite(tmp_path / "live.sqlite") as other:
        other.accept([_offered("dee", amount=10)], clock.now())
        made.look()
        assert _told(made)["today"]["revenue"] == 14.5
        other.forget(lambda _, names: np.asarray([name == "dee" for name in names.to_pylist()]))
        other.settle([1])
    made.look()
    assert _told(made)["today"] == {"events": 2, "purchases": 2, "revenue": 3.0, "kinds": {"purchase": 2}}


def test_without_a_snapshot_the_command_is_told_and_one_that_is_damaged_is_refused(state: State) -> None:
    made = Books(state)
    made.look()
    told = _told(made)
    assert (told["snapshot"], told["since"]) == (None, None)
    assert told["missing"] == f"no snapshot of all customers is written yet: `make score DATASET={NAME}` writes one"
    snapshot.write(_written(clock.now()))
    made.look()
    assert _told(made)["snapshot"]["customers"] == 34
    path = settings.snapshot(NAME)
    path.write_bytes(path.read_bytes().replace(b"Lost", b"Best"))
    made.look()
    told = _told(made)
    assert told["snapshot"] is None
    assert "is refused, this is no snapshot as it was written: it has another checksum" in told["missing"]


def test_what_came_after_a_newer_snapshot_is_counted_anew(state: State) -> None:
    made = Books(state)
    snapshot.write(_written(clock.now()))
    _accept(state, _offered("ann"), _offered("bob"))
    made.look()
    assert _told(made)["since"]["events"] == 2
    snapshot.write(_written(clock.now()))
    _accept(state, _offered("cy", amount=9))
    made.look()
    told = _told(made)
    assert (told["since"]["events"], told["since"]["revenue"], told["today"]["events"]) == (1, 9.0, 3)


def test_nothing_is_told_of_fewer_than_may_be_or_where_that_is_not_known(state: State) -> None:
    snapshot.write(_written(clock.now()))
    state.loaded = replace(state.loaded, smallest_group=5)
    made = Books(state)
    _accept(state, *[_offered(str(number)) for number in range(9)])
    made.look()
    told = _told(made)
    assert told["today"]["events"] == 5
    assert told["snapshot"]["segments"]["rfm"] == [
        {"title": "Champions, Lost (merged: few customers)", "customers": 34}
    ]
    state.loaded = replace(state.loaded, smallest_group=None)
    made.look()
    told = _told(made)
    assert (told["today"], told["since"], told["withheld"]) == (None, None, books.NOT_TOLD)


def test_a_store_that_cannot_be_read_is_told_in_the_log_and_looked_at_again(
    state: State, caplog: pytest.LogCaptureFixture
) -> None:
    made = Books(state)
    assert state.live is not None
    state.live.close()
    made._over.wait = lambda *_: made._over.set()  # type: ignore[method-assign,assignment]
    made._follow()
    assert "the live page stands still" in caplog.text
