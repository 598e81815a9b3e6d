"""An experiment on an audience: each member is told what their arm is, by the real engine, and the hold-out nothing."""

import datetime
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from activation import ledger
from activation.assignment import kept
from activation.assignment.assign import Split, assign
from activation.audiences import codes, told, trial
from activation.audiences.candidates import Chosen
from activation.audiences.declared import declared
from activation.audiences.frozen import About, Step, freeze
from activation.audiences.prepared import Prepared, Ways, prepare
from activation.audiences.told import Words
from activation.experiments import record, started
from activation.experiments.assigned import of_ledger
from activation.experiments.declared import experiment
from activation.experiments.reading import read
from activation.outbox import acknowledged
from features import clock
from features import dataset as datasets
from features.clock import DAY
from features.consent import suppression
from features.consent.suppression import CUSTOMER
from features.dataset import Dataset, DatasetError
from features.log.products import Products
from tests.activation.audiences.conftest import candidates
from tests.activation.experiments import shop as trials
from tests.activation.experiments.shop import START
from tests.activation.test_sync import Hook, hook, shop, sync
from tests.conftest import homed
from training.actions import message as messages
from training.actions.play import declared as plays
from training.bundle.bundle import Bundle
from training.rules.rules import NO_RULES

__all__ = ["hook"]
UNIT = "experiment:trial"
PEOPLE = [f"c{number:02}@x.org" for number in range(60)]
"""Of whom the first forty are there when the experiment starts."""
MORE = """
[audiences.win]
where = "true"
message = "own"
[messages]
own = { body = { en = "own" } }
spring = { body = { en = "spring for {customer_id}" } }
autumn = { body = { en = "autumn {offer_code}" } }
many = { body = { en = "one" }, variants = { b = { body = { en = "two" } } } }
[offers.ten]
code = "TEN"
[experiments.trial]
audience = "win"
arms = { new = "spring", same = { message = "autumn", offer = "ten", action = "write" }, each = { action = "suggested" }, rest = "" }
primary = "spend_28d"
stop = "auto"
"""  # noqa: E501
SAID = {"new": "spring for {}", "same": "autumn TEN", "each": None}


@pytest.fixture
def win(tmp_path: Path, hook: tuple[Hook, str], database: Path) -> Dataset:
    homed(tmp_path / "home", database)
    return shop(tmp_path, hook[1], MORE)


@pytest.fixture
def connection(win: Dataset) -> Iterator[sqlite3.Connection]:
    with ledger.opened(win.name, (*kept.TABLES, *codes.TABLES, *started.TABLES)) as opened:
        yield opened


def start(connection: sqlite3.Connection, win: Dataset) -> None:
    one = experiment(win, "trial")
    split = Split(UNIT, dict(zip(one.arms, one.shares, strict=True)))
    assign(connection, split, PEOPLE[:40], START)
    started.start(connection, one, 40, START)


def prepared(
    connection: sqlite3.Connection, win: Dataset, people: list[str], days: float, *, keep: bool = True
) -> tuple[Prepared, str]:
    """Prepare the audience so many days after the start; return it, and what the experiment on it is."""
    now, said = START + round(days * DAY), declared(win)
    words = Words(win, messages.declared(win, "own"), None, Products(), now)
    begun = started.of_audience(connection, "win", now)
    today = datetime.date.fromisoformat(clock.iso(now)[:10])
    on = trial.trial(words, begun, today) if begun else None
    chosen = Chosen(win, cast("Bundle", None), said, "win", NO_RULES, plays(win), "email", now)
    table = candidates(*((who, who, who[:3], None, float(-place), None) for place, who in enumerate(people)))
    made = prepare(chosen, words, Ways(None, None, None, connection, keep), table, (), on)
    return made, begun.state if begun else ""


def put(win: Dataset, made: tuple[Prepared, str], days: float) -> None:
    """Freeze it as the command does."""
    tell = ["action", "body", "offer_code"]
    about = About(name="win", created="", purpose="none", destination="crm", tell=tell, experiment=made[1])
    freeze(win, told.kept(made[0].members, tell), about, START + round(days * DAY))


def at(days: float) -> tuple[str, str]:
    return "--now", clock.iso(START + round(days * DAY))


def bodies(vendor: Hook) -> dict[str, dict[str, Any]]:
    rows = [row for _, body in vendor.bodies for row in json.loads(body)["data"]]
    return {row["identifier"][CUSTOMER]: row["fields"] for row in rows}


def inside(connection: sqlite3.Connection) -> set[str]:
    return {one.customer for one in acknowledged.of(connection, "crm", "win") if one.inside}


def arms_of(connection: sqlite3.Connection) -> dict[str, str]:
    found = of_ledger(connection, UNIT, ("new", "same", "each", "rest"))
    assert set(found.probability.tolist()) == {0.25}
    return {who: found.arms[arm] for who, arm in zip(found.customers, found.arm.tolist(), strict=True)}


def test_what_is_sent_is_of_each_ones_arm_and_the_hold_out_is_sent_nothing(
    tmp_path: Path, win: Dataset, hook: tuple[Hook, str], connection: sqlite3.Connection
) -> None:
    put(win, prepared(connection, win, PEOPLE[:40], 0), 0)
    start(connection, win)
    status, said = sync(tmp_path, *at(1))
    assert (status, "frozen without any experiment" in said, hook[0].rows) == (2, True, 0), said
    looked, _ = prepared(connection, win, PEOPLE, 1, keep=False)
    assert set(arms_of(connection)) == set(PEOPLE[:40])  # who only looks assigns nobody
    made = prepared(connection, win, PEOPLE, 1)
    arms = arms_of(connection)
    assert set(arms) == set(PEOPLE)  # who joined, too, before anything is planned
    assert made[0].members.equals(looked.members)
    rest = sum(arm == "rest" for arm in arms.values())
    assert 0 < rest < 30
    held = "held back by experiment trial"
    assert made[0].waterfall.steps[-1] == Step(f"not {held}", 60 - rest, held)
    put(win, made, 1)
    status, said = sync(tmp_path, *at(1))
    assert status == 0, said
    sent = bodies(hook[0])
    assert set(sent) == {who for who, arm in arms.items() if arm != "rest"}
    actions = {"new": None, "same": "write", "each": "call them"}
    for who, fields in sent.items():
        text = SAID[arms[who]]
        assert fields.get("body") == (text and text.format(who)), who
        assert fields.get("action") == actions[arms[who]]
        assert fields.get("offer_code") == ("TEN" if arms[who] == "same" else None)
    suppression.suppress(win.name, [(CUSTOMER, PEOPLE[0])], 0, 0)  # it is read by intention to treat
    prepared(connection, win, PEOPLE[1:], 2)
    assert arms_of(connection) == arms


def test_a_reading_that_excludes_a_gain_holds_what_is_still_to_be_sent(
    tmp_path: Path, win: Dataset, hook: tuple[Hook, str], connection: sqlite3.Connection
) -> None:
    start(connection, win)
    put(win, prepared(connection, win, PEOPLE[:40], 1), 1)
    assert sync(tmp_path, *at(1))[0] == 0
    before = hook[0].rows
    log, arms = trials.many(-20.0)
    for stop, holds in (("propose", False), ("auto", True)):
        reading = read(log, trials.experiment(stop=stop), trials.assigned(arms), START + 5 * DAY)
        assert (reading.proposal, reading.hold) == ("stop", holds)
        record.record(reading, win.name, "d", "<p>", "said")
        put(win, prepared(connection, win, PEOPLE[: 50 + 10 * holds], 5), 5 + holds)
        status, said = sync(tmp_path, *at(6), "--out", str(tmp_path / "report.json"))
        assert status == (3 if holds else 0), said
        assert ("win: held: the newest reading of experiment trial excludes a gain" in said) == holds
        assert (hook[0].rows > before) == (not holds)
        before = hook[0].rows
    told_of = json.loads((tmp_path / "report.json").read_text())
    assert (told_of["status"], told_of["held"]) == (3, {"win": "trial"})
    assert told_of["plan"]["audiences"]["win"]["enter"] == told_of["plan"]["audiences"]["win"]["update"] == 0
    there = inside(connection)
    suppression.suppress(win.name, [(CUSTOMER, gone := min(there))], 0, 0)
    assert sync(tmp_path, *at(7))[0] == 3
    assert inside(connection) == there - {gone}
    assert sync(tmp_path, *at(6), "--dry-run")[0] == 0


def test_once_it_is_stopped_the_assigned_are_sent_nothing_more_and_who_joins_what_the_audience_says(
    tmp_path: Path, win: Dataset, hook: tuple[Hook, str], connection: sqlite3.Connection
) -> None:
    start(connection, win)
    put(win, prepared(connection, win, PEOPLE[:40], 1), 1)
    started.stop(connection, "trial", START + DAY)
    status, said = sync(tmp_path, *at(2))
    assert (status, "for the experiment trial, and the experiment on it is trial, stopped" in said) == (2, True), said
    put(win, prepared(connection, win, PEOPLE, 2), 2)
    assert sync(tmp_path, *at(2))[0] == 0
    sent = bodies(hook[0])
    assert {who: fields["body"] for who, fields in sent.items()} == dict.fromkeys(PEOPLE[40:], "own")
    assert set(arms_of(connection)) == set(PEOPLE[:40])
    made, state = prepared(connection, win, PEOPLE, 29)  # behind its end
    assert (state, made.members["body"].to_pylist()) == ("", ["own"] * 60)


def test_one_experiment_alone_decides_what_an_audience_is_told(win: Dataset, connection: sqlite3.Connection) -> None:
    start(connection, win)
    other = trials.experiment(name="other", audience="win")
    with pytest.raises(started.Several, match=r"experiments.other: the experiment trial runs on the audience 'win'"):
        started.require_alone(connection, other, START + DAY)
    started.start(connection, other, 1, START + DAY)
    with pytest.raises(started.Several, match="trial and other run on it"):
        started.of_audience(connection, "win", START + DAY)
    started.stop(connection, "trial", START + 2 * DAY)
    found = started.of_audience(connection, "win", START + 3 * DAY)
    assert found is not None
    assert found.state == "other"


@pytest.mark.usefixtures("win")
def test_a_message_with_variants_is_no_arms(tmp_path: Path) -> None:
    toml = tmp_path / "shop.toml"
    toml.write_text(toml.read_text().replace('new = "spring"', 'new = "many"'))
    with pytest.raises(DatasetError, match=r"arms.new.message: got 'many', which has variants"):
        experiment(datasets.load(str(toml)), "trial")
