"""Linked live: whoever comes in with several identifiers is the person, and has the log, that a batch tells."""

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import clock
from features.buckets import intake
from features.consent.profiled import Profiled
from features.consent.suppression import NOBODY
from features.consent.watch import Watch
from features.dataset import Dataset, load
from features.log.log import Log
from features.log.store import opened
from features.log.store.accepted import Live, Offered
from features.log.store.verdict import Verdict
from features.sources import named, posted
from serving import erase, whose
from serving.history import History
from serving.loaded import Loaded
from serving.routes import events
from serving.state import State
from training.bundle.bundle import Stored

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
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
    given = [event(row, number) for number, row in enumerate(rows)]
    read = posted.read(given, log.zone, NOW, log.kinds, identity=log.ties.identity)
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


@settings(max_examples=15, deadline=None)
@given(rows=ROWS, came_in=CAME_IN, corrected=CORRECTED)
def test_whoever_came_in_is_who_a_batch_over_the_same_says(rows: list[Row], came_in: list[Row], corrected: str) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:  # each example has a home of its own
        patched.setenv("HABITUS_HOME", f"{folder}/home")
        rows = [{"who": {"user_id": "u9"}, "hour": 1}, *rows]
        dataset = shop(Path(folder), rows, corrected)
        stored = intake.take(dataset, live=False).log
        live = opened.live(dataset.name)
        history = History(stored, live)
        before = {name: live_of(history, name) for name in everybody()}
        for number, row in enumerate(came_in):
            post(live, stored, [row])
            if number % 2:
                history.look()
        history.look()
        again = History(stored, live)
        again.look()
        batch = intake.take(dataset).log
        for name in everybody():
            assert live_of(history, name) == live_of(again, name) == batch_of(batch, name), name
        untouched = [name for name in everybody() if history.person([name]) is None]
        assert [live_of(history, name) for name in untouched] == [before[name] for name in untouched]


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


def test_a_forgotten_identifier_links_nobody_and_the_others_keep_their_numbers(tmp_path: Path) -> None:
    rows = [
        {"who": {"user_id": "ann", "device": "c1"}, "hour": 1},
        {"who": {"device": "c1", "email": "a@x.org"}, "hour": 2},
    ]
    ties = intake.take(shop(tmp_path, rows), live=False).log.ties
    assert ties is not None
    number = ties.number("device:c1")
    left = ties.without(np.array([name == "ann" for name in ties.names.to_pylist()]))
    assert (left.number("ann"), left.number("device:c1")) == (None, number)
    assert (len(ties.pairs), len(left.pairs)) == (2, 1)
    assert "ann" not in left.values.to_pylist()


def test_what_comes_in_with_several_identifiers_is_stored_and_its_person_is_answered_and_forgotten_as_one(
    stored: Stored, tmp_path: Path
) -> None:
    dataset = shop(tmp_path, [{"who": {"user_id": "ann"}, "hour": 1}, {"who": {"device": "c1"}, "hour": 2}])
    log, live = intake.take(dataset, live=False).log, opened.live(dataset.name)
    loaded = Loaded(stored, "1", "challenger", log, History(log, live), smallest_group=0)
    state = State(loaded, Watch(dataset.name), live)
    both = {"user_id": "ann", "device": "c1"}

    def posted_now(**given: Any) -> tuple[str, str]:
        (told,) = events.kept(state, loaded, [{"event": "link", "occurred_at": clock.iso(NOW), **given}], NOW)
        return told.verdict, told.reason

    assert posted_now(identifiers=both) == (Verdict.ACCEPTED, "")
    assert posted_now(identifiers={"user_id": "ann"}) == (Verdict.REFUSED, named.ALONE)
    assert posted_now(identifiers={"user_id": "null"}) == (Verdict.REFUSED, named.NOBODY)
    assert posted_now(identifiers={"phone": "1"}) == (Verdict.REFUSED, named.UNKNOWN)
    assert posted_now(identifiers=both, customer_id="ann") == (Verdict.REFUSED, named.BOTH)
    assert posted_now(identifiers=both, amount=1.0) == (Verdict.REFUSED, posted.NO_LINK)
    found = loaded.people(["c1", "user_id:ann", "u7"], NOW, NOBODY)
    assert found.meant == {"c1": "ann", "user_id:ann": "ann", "u7": "u7"}
    assert loaded.history.versions(found.stored)["ann"]
    barred = replace(loaded, log=replace(log, profiled=Profiled(NOW, frozenset({"ann"}))))
    assert barred.people(["c1"], NOW, NOBODY).errors == {"c1": whose.NOT_PROFILED}
    assert ("device", "c1") in erase.people(log, loaded.history, "ann")
    live.close()
