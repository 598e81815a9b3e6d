"""A policy on an audience: each is told their action, some one by chance, and how likely that was is logged before."""

import datetime
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import msgspec
import pyarrow as pa
import pytest

from activation import ledger
from activation.assignment import kept
from activation.audiences import codes, frozen, told
from activation.audiences.candidates import WANTED, Chosen
from activation.audiences.declared import declared
from activation.audiences.frozen import About, freeze
from activation.audiences.policed import Policed, policed
from activation.audiences.prepared import Prepared, Ways, prepare
from activation.audiences.told import Words
from activation.policies.logged import of_ledger
from features import clock
from features import dataset as datasets
from features.dataset import Dataset, DatasetError
from features.log.products import Products
from tests.activation.audiences.conftest import candidates
from tests.activation.test_sync import Hook, hook, shop, sync
from tests.conftest import homed
from training.actions.play import declared as plays
from training.bundle.bundle import Bundle
from training.rules.rules import NO_RULES
from training.uplift.policy import Policy, Rule

__all__ = ["hook"]
NOW = 1_700_006_400_000_000
OWN = Policy("care", ("none", "mail", "call"), "none", (Rule(where="spend() > 10", action="mail"),))
MORE = f"""
[policies.care]
path = "care.json"
version = "{OWN.version}"
actions = {{ none = "", mail = "spring", call = {{ action = "call them" }} }}
[audiences.win]
where = "policy.care != 'call'"
policy = "care"
[messages.spring]
body = {{ en = "spring for {{customer_id}}" }}
"""
PEOPLE = [f"c{number:03}@x.org" for number in range(600)]
WANTS = {who: "mail" if place % 3 else "none" for place, who in enumerate(PEOPLE)}


@pytest.fixture
def win(tmp_path: Path, hook: tuple[Hook, str], database: Path) -> Dataset:
    homed(tmp_path / "home", database)
    (tmp_path / "care.json").write_bytes(msgspec.json.encode(OWN))
    return shop(tmp_path, hook[1], MORE)


@pytest.fixture
def connection(win: Dataset) -> Iterator[sqlite3.Connection]:
    with ledger.opened(win.name, (*kept.TABLES, *codes.TABLES)) as opened:
        yield opened


def prepared(
    connection: sqlite3.Connection, win: Dataset, wants: dict[str, str], *, keep: bool = True, now: int = NOW
) -> tuple[Prepared, Policed]:
    said, words = declared(win), Words(win, None, None, Products(), now)
    own = policed(words, "win", said.by_name["win"], clock.date(NOW, datetime.UTC))
    chosen = Chosen(win, cast("Bundle", None), said, "win", NO_RULES, plays(win), "email", now)
    table = candidates(*((who, who, who[:4], None, float(-place), None) for place, who in enumerate(wants)))
    table = table.append_column(WANTED, pa.array(wants.values(), pa.string()))
    return prepare(chosen, words, Ways(None, None, None, connection, keep), table, (), own), own


def rows(connection: sqlite3.Connection) -> dict[str, tuple[str, float, str]]:
    found = connection.execute("SELECT customer, arm, probability, unit FROM assigned")
    return {who: (arm, share, unit.rpartition(":")[2]) for who, arm, share, unit in found}


def test_each_is_given_the_policys_action_or_one_by_chance_and_the_exact_probability_is_logged(
    win: Dataset, connection: sqlite3.Connection
) -> None:
    looked, _ = prepared(connection, win, WANTS, keep=False)
    assert not rows(connection)
    made, own = prepared(connection, win, WANTS)
    assert made.members.equals(looked.members)
    logged = rows(connection)
    assert {who: wanted for who, (_, _, wanted) in logged.items()} == WANTS
    for arm, share, wanted in logged.values():
        assert share == pytest.approx(0.9 + 0.1 / 3 if arm == wanted else 0.1 / 3, abs=1e-12)
    others = sum(arm != wanted for arm, _, wanted in logged.values())
    assert 20 < others < 65  # of 600 a tenth, of which a third is drawn what the policy wants
    assert {arm for arm, _, wanted in logged.values() if wanted == "mail"} == {"none", "mail", "call"}
    members = {row["customer_id"]: row for row in made.members.to_pylist()}
    assert set(members) == {who for who, (arm, _, _) in logged.items() if arm != "none"}
    for who, row in members.items():
        mailed = logged[who][0] == "mail"
        assert (row["body"], row["action"]) == ((f"spring for {who}", None) if mailed else (None, "call them"))
    assert made.waterfall.steps[-1].name == "not left alone by policy care"
    assert f"care version {OWN.version}" in own.said
    assert "by a chance of 0.9333, each other by 0.03333" in own.said


def test_who_is_to_have_the_same_stays_where_chance_put_them_and_who_is_not_is_drawn_anew(
    win: Dataset, connection: sqlite3.Connection
) -> None:
    prepared(connection, win, WANTS)
    before = rows(connection)
    prepared(connection, win, WANTS)
    assert rows(connection) == before
    turned = {who: "call" if wanted == "none" else wanted for who, wanted in WANTS.items()}
    prepared(connection, win, turned, now=NOW + clock.DAY)
    found = of_ledger(connection, "win", "care", OWN.actions)
    first = {who: OWN.actions[arm] for who, arm in zip(found.assigned.customers, found.assigned.arm, strict=True)}
    assert first == {who: arm for who, (arm, _, _) in before.items()}
    assert found.again == sum(wanted == "none" for wanted in WANTS.values())
    assert set(found.version) == {OWN.version}


@pytest.mark.usefixtures("win")
def test_nothing_explored_is_said_and_nothing_is_left_to_chance(tmp_path: Path, connection: sqlite3.Connection) -> None:
    toml = tmp_path / "shop.toml"
    toml.write_text(toml.read_text().replace('policy = "care"', 'policy = "care"\nexploration = 0'))
    made, own = prepared(connection, datasets.load(str(toml)), WANTS)
    assert set(made.members["arm"].to_pylist()) == {"mail"}
    assert len(made.members) == sum(wanted == "mail" for wanted in WANTS.values())
    assert not rows(connection)
    assert "nothing is explored: no chance is logged" in own.said


def test_the_version_is_in_the_account_and_in_the_plan(
    win: Dataset, tmp_path: Path, hook: tuple[Hook, str], connection: sqlite3.Connection
) -> None:
    made, own = prepared(connection, win, dict(list(WANTS.items())[:30]))
    tell = ["action", "body"]
    about = About(
        name="win", created="", purpose="none", destination="crm", tell=tell, policy=own.state,
        policies={"care": OWN.version},
    )  # fmt: skip
    freeze(win, told.kept(made.members, tell), about, NOW)
    assert frozen.load(win, "win").about.policy == f"care version {OWN.version}, exploration 0.1"
    status, said = sync(tmp_path, "--now", clock.iso(NOW + clock.HOUR), "--out", str(tmp_path / "report.json"))
    assert status == 0, said
    assert f"; by policy care version {OWN.version}" in said
    report: dict[str, Any] = json.loads((tmp_path / "report.json").read_text())
    assert report["plan"]["audiences"]["win"]["policies"] == {"care": OWN.version}
    (counts,) = connection.execute("SELECT counts FROM plans").fetchone()
    assert counts.endswith(f"by policy care version {OWN.version}")
    sent = [row for _, body in hook[0].bodies for row in json.loads(body)["data"]]
    assert {row["identifier"]["customer_id"] for row in sent} == set(made.members["customer_id"].to_pylist())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('policy = "care"\n', 'policy = "car"\n', r"audiences\.win\.policy: got 'car'. Did you mean 'care'\?"),
        ('policy = "care"\n', 'policy = "care"\nmessage = "spring"\n', "got 'care' beside 'spring'"),
        ('policy = "care"\n', "exploration = 0.2\n", "got 0.2; without a policy there is nothing to explore"),
        ('policy = "care"\n', 'policy = "care"\nexploration = 1\n', r"audiences\.win: Expected `float` < 1"),
        ('mail = "spring"', 'mail = "sprin"', r"actions\.mail\.message: got 'sprin'. Did you mean 'spring'\?"),
        ('mail = "spring", call', "call", "the policy gives 'mail', which is not declared"),
        ('"spring", call = { action = "call them" }', '"", call = ""', "each is nothing"),
        (
            MORE[MORE.index("actions = ") : MORE.index("[audiences")],
            "",
            r"actions: got none; what is done for none, mail",
        ),
    ],
)
@pytest.mark.usefixtures("win")
def test_what_cannot_be_told_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    toml = tmp_path / "shop.toml"
    text = toml.read_text()
    assert old in text
    toml.write_text(text.replace(old, new))
    win = datasets.load(str(toml))
    with pytest.raises(DatasetError, match=said):
        policed(
            Words(win, None, None, Products(), NOW), "win", declared(win).by_name["win"], clock.date(NOW, datetime.UTC)
        )
