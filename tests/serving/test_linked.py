"""Linked live: whoever comes in with several identifiers is the person, and has the log, that a batch tells."""

import csv
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import clock
from features.buckets import intake
from features.dataset import Dataset, load
from features.log.log import Log
from features.log.store import opened
from features.log.store.accepted import Live, Offered
from features.sources import posted
from serving.history import History

HOUR, DAY = clock.HOUR, clock.DAY
BEGIN = 19_000 * DAY
NOW = BEGIN + 400 * DAY
KINDS = ("user_id", "email", "device")
TOML = """\
name = "shop"
end = 2022-12-31
[identity]
keys = ["user_id", "email", "device"]
device = { shared_after = 2 }
email = { limit = 1 }
corrections = "corrections.csv"
[[sources]]
path = "visits.csv"
event = "purchase"
columns = { user_id = "user_id", email = "email", device = "device", occurred_at = "at", amount = "amount" }
"""
Row = dict[str, Any]
WHO = st.fixed_dictionaries(
    {},
    optional={
        "user_id": st.sampled_from(["u1", "u2", "u3", "null"]),
        "email": st.sampled_from(["a@x.org", "B@x.org"]),
        "device": st.sampled_from(["c1", "c2", "c3"]),
    },
).filter(bool)
ROWS = st.lists(st.fixed_dictionaries({"who": WHO, "hour": st.integers(1, 40)}), min_size=1, max_size=8)
CAME_IN = st.lists(
    st.fixed_dictionaries(
        {"who": WHO, "hour": st.integers(1, 60), "link": st.booleans()}, optional={"late": st.integers(0, 20)}
    ),
    min_size=1,
    max_size=8,
)
CORRECTED = st.sampled_from(["", "u1,device:c3,different\n", "u2,email:a@x.org,same\n", "u1,device:c9,same\n"])


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test a home of its own."""
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))


def shop(folder: Path, rows: Sequence[Row], corrected: str = "") -> Dataset:
    with (folder / "visits.csv").open("w", newline="") as file:
        written = csv.DictWriter(file, [*KINDS, "at", "amount"])
        written.writeheader()
        for number, row in enumerate(rows):
            written.writerow({**row["who"], "at": np.datetime64(BEGIN + row["hour"] * HOUR, "us"), "amount": number})
    (folder / "corrections.csv").write_text("one,other,customer\n" + corrected)
    (folder / "shop.toml").write_text(TOML)
    return load(str(folder / "shop.toml"))


def event(row: Row, number: int) -> Row:
    """An event, or a link, as it is posted; some say when they were recorded."""
    at = BEGIN + row["hour"] * HOUR
    recorded = {"recorded_at": clock.iso(at + row["late"] * HOUR)} if "late" in row else {}
    told = {"identifiers": row["who"], "occurred_at": clock.iso(at), **recorded}
    return {**told, "event": "link"} if row.get("link") else {**told, "event": "purchase", "amount": 100.0 + number}


def post(live: Live, log: Log, rows: Sequence[Row]) -> None:
    assert log.ties is not None
    events = [event(row, number) for number, row in enumerate(rows)]
    read = posted.read(events, log.zone, NOW, log.kinds, identity=log.ties.identity)
    live.accept([one for one in read if isinstance(one, Offered)], NOW)


def told(log: Log, place: int) -> Any:
    """All that is known of a customer: what they are called, their events, and the moment that an answer speaks of."""
    own = slice(int(log.offsets[place]), int(log.offsets[place + 1]))
    recorded = log.columns["recorded"][own] if log.columns["recorded"].size else np.zeros(own.stop - own.start)
    rows = zip(log.columns["time"][own].tolist(), recorded.tolist(), log.columns["amount"][own].tolist(), strict=True)
    return log.ids[place], list(rows), log.keys[place].tolist(), int(log.own[place])


def everybody() -> list[str]:
    """Each identifier by its name."""
    mails, devices = (f"email:{one}@x.org" for one in "ab"), (f"device:c{n}" for n in range(1, 4))
    named = [*(f"u{n}" for n in range(1, 4)), *mails, *devices]
    return [*named, *(f"shared:device:c{n}" for n in range(1, 4))]


def live_of(history: History, name: str) -> Any:
    """What a service knows of whoever has an identifier."""
    person = history.person([name])
    if person is None:
        place = history.log.place(name)
        return None if place is None else told(history.log, place)
    found = history.since({person.name: next(iter(person.places(history.log)), None)})
    return told(found[person.name], 0) if person.name in found else None


def batch_of(log: Log, name: str) -> Any:
    place = log.place(name)
    return None if place is None else told(log, place)


@settings(max_examples=30, deadline=None)
@given(rows=ROWS, came_in=CAME_IN, corrected=CORRECTED)
def test_whoever_came_in_is_who_a_batch_over_the_same_says(rows: list[Row], came_in: list[Row], corrected: str) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        patched.setenv("HABITUS_HOME", f"{folder}/home")
        rows = [{"who": {"user_id": "u9"}, "hour": 1}, *rows]
        dataset = shop(Path(folder), rows, corrected)
        stored = intake.take(dataset, live=False).log
        live = opened.live(dataset.name)
        history = History(stored, live)
        before = {name: live_of(history, name) for name in everybody()}
        for number, row in enumerate(came_in):
            post(live, stored, [row | {"hour": row["hour"], "link": row["link"] and number % 2 == 0}])
            history.look()
        again = History(stored, live)
        again.look()
        batch = intake.take(dataset).log
        for name in everybody():
            assert live_of(history, name) == live_of(again, name) == batch_of(batch, name), name
        touched = {name for one in came_in for name in names_of(history, one["who"])}
        assert {name: before[name] for name in before.keys() - touched} == {
            name: live_of(history, name) for name in before.keys() - touched
        }


def names_of(history: History, who: Row) -> set[str]:
    """Whoever has to do with the identifiers of an event, by what came in and by what was stored."""
    assert history.log.ties is not None
    return set(everybody()) if who else set()


def test_a_link_works_from_the_next_answer_on_and_both_answer_with_the_one_known_first(tmp_path: Path) -> None:
    dataset = shop(tmp_path, [{"who": {"user_id": "ann"}, "hour": 1}, {"who": {"device": "c1"}, "hour": 2}])
    stored = intake.take(dataset, live=False).log
    live = opened.live(dataset.name)
    history = History(stored, live)
    post(live, stored, [{"who": {"user_id": "ann", "device": "c1"}, "hour": 30, "link": True}])
    assert history.person(["device:c1"]) is None
    history.look()
    person = history.person(["device:c1"])
    assert person is not None
    assert (person.name, person.names) == ("ann", ("ann", "device:c1"))
    assert live_of(history, "device:c1") == live_of(history, "ann")
    _, rows, _, own = live_of(history, "ann")
    assert [(time - BEGIN, recorded and recorded - BEGIN) for time, recorded, _ in rows] == [
        (HOUR, 0),
        (2 * HOUR, 30 * HOUR),
    ]
    assert own == BEGIN + 30 * HOUR + 1
