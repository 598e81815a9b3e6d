"""`make load`: newer files beside what came in; each event counts once, before, meanwhile and after."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from features import clock
from features.buckets import intake
from features.dataset import Dataset
from features.log.event import KINDS
from features.log.log import Log
from features.log.store import mapped
from features.log.store.accepted import Offered
from features.log.store.sqlite import Sqlite
from features.sources import posted
from serving import load
from serving.history import History
from tests.conftest import run_here
from tests.features.shop import business

COLUMNS = {"customer_id": "who", "occurred_at": "at", "amount": "amount"}
HEAD = "who,at,amount,id"
ROWS = [f"{who},2017-02-{day:02},{day},{day}{who}" for day in range(1, 21) for who in ("ann", "bob")]
LATER = [f"{who},2017-03-{day:02},{day},{day + 30}{who}" for day in range(1, 11) for who in ("ann", "bob")]


@pytest.fixture(autouse=True)
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sqlite:
    """Give each test a home of its own, and return its store of accepted events."""
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path))
    monkeypatch.delenv("HABITUS_LIVE", raising=False)
    return Sqlite(tmp_path / "mlruns" / "live" / "shop.sqlite")


@pytest.fixture
def accept(live: Sqlite) -> Callable[..., None]:
    """Return what accepts purchases of a customer on a day, as a service does."""

    def accepted(who: str, day: str, amount: float, event: str = "purchase", **more: Any) -> None:
        one = {"customer_id": who, "event": event, "occurred_at": f"{day}T00:00:00Z", "amount": amount, **more}
        (offered,) = posted.read([one], "UTC", clock.now(), KINDS)
        assert isinstance(offered, Offered)
        live.accept([offered], clock.now())

    return accepted


def _shop(folder: Path, rows: list[str], **columns: str) -> Dataset:
    (folder / "s.csv").write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    return business(folder, {"path": "s.csv", "columns": COLUMNS | columns})


def _loaded(folder: Path) -> list[str]:
    done = run_here("serving.load", "--dataset", str(folder / "shop.toml"))
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def _as_served(log: Log, live: Sqlite, *customers: str) -> list[int]:
    """Return how many events a service knows of each customer."""
    found = History(log, live).since({one: log.place(one) for one in customers})
    stored = {one: log.place(one) for one in customers}
    return [
        len(found[one]) if one in found else 0 if at is None else int(log.offsets[at + 1] - log.offsets[at])
        for one, at in stored.items()
    ]


def test_without_ids_what_files_bring_before_their_end_is_theirs_and_the_rest_stays(
    tmp_path: Path, live: Sqlite, accept: Callable[..., None]
) -> None:
    _shop(tmp_path, ROWS)
    _loaded(tmp_path)
    accept("ann", "2017-03-02", 2)
    accept("ann", "2017-03-30", 5)
    accept("ann", "2017-03-02", 0, "page_view")
    before = mapped.load("shop")
    assert _as_served(before, live, "ann", "bob") == [23, 20]
    shop = _shop(tmp_path, ROWS + LATER)
    said = _loaded(tmp_path)
    assert "came in before, and in the files now: 1 events of kinds that they bring" in said[0]
    assert "1 of them count once" in said[1]  # this process has the log of before
    after = mapped.load("shop")
    assert _as_served(after, live, "ann", "bob") == [32, 30]
    assert _as_served(before, live, "ann", "bob") == [23, 20]
    assert len(intake.take(shop).log) == 62
    assert len(intake.take(shop, live=False).log) == 60


def test_what_nobody_needs_any_more_is_let_go_of_at_once(
    tmp_path: Path, live: Sqlite, accept: Callable[..., None]
) -> None:
    accept("ann", "2017-02-03", 3)
    accept("cy", "2017-04-03", 3)
    shop = _shop(tmp_path, ROWS)
    assert len(_loaded(tmp_path)) == 2
    assert [one.customer for one in live.everything()] == ["cy"]
    assert _as_served(mapped.load("shop"), live, "ann", "cy") == [20, 1]
    assert len(intake.take(shop).log) == 41


@pytest.mark.parametrize("kept_open", [True, False])
def test_an_event_whose_id_the_files_have_is_theirs_and_no_other_by_its_time(
    kept_open: bool, tmp_path: Path, live: Sqlite, accept: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "SECONDS", 0.0)
    _shop(tmp_path, ROWS[:10], event_id="id")
    _loaded(tmp_path)
    held = mapped.load("shop") if kept_open else None
    accept("ann", "2017-02-09", 9, event_id="9ann")
    accept("ann", "2017-02-09", 9, event_id="posted")
    _shop(tmp_path, ROWS, event_id="id")
    said = _loaded(tmp_path)
    assert said[0] == "came in before, and in the files now: 1 events, by their event_id"
    assert _as_served(mapped.load("shop"), live, "ann") == [21]
    assert len(live) == (2 if kept_open else 1)
    del held
    _loaded(tmp_path)
    assert len(live) == 1
    assert _as_served(mapped.load("shop"), live, "ann") == [21]
    accept("ann", "2017-02-09", 9, event_id="9ann")  # its id stays known
    assert len(live) == 1


def test_what_a_training_stored_with_what_came_in_counts_once(
    tmp_path: Path, live: Sqlite, accept: Callable[..., None]
) -> None:
    shop = _shop(tmp_path, ROWS)
    accept("ann", "2017-03-30", 5)
    mapped.save(intake.take(shop).log, "shop")  # as `make train` does
    accept("ann", "2017-03-31", 5)
    assert _as_served(mapped.load("shop"), live, "ann") == [22]
    _loaded(tmp_path)
    assert _as_served(mapped.load("shop"), live, "ann") == [22]
    assert len(live) == 2
