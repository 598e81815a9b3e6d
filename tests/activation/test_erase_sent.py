"""Erasing whom destinations were told of: they are asked to erase, it waits until they have, and the ledger forgets."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from activation import ledger
from activation.destinations.row import Row
from activation.outbox.item import ENTER, Item
from activation.outbox.outbox import Outbox
from activation.plan import erasing
from activation.workflows import flow
from features import settings
from features.consent import secret
from tests.activation.workflows.shop import NOW, SECRET, Crm, business, cart, crm, post
from tests.conftest import homed, run_here

LINES = ("--customer", "ann")


@pytest.fixture
def told(tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Crm]:
    """Return a vendor that was told of two customers."""
    monkeypatch.setenv("HABITUS_HOME", str(homed(tmp_path / "home", database)))
    monkeypatch.setenv("HABITUS_CRM_SECRET", SECRET)
    monkeypatch.setenv(secret.KEY, "the key of the tests of erasures at destinations")
    with crm() as found:
        shop = business(tmp_path, found.url)
        post(shop, cart("ann", "2026-03-02T05:00:00Z"), cart("bob", "2026-03-02T05:00:00Z"))
        done = run_here("activation.tick", "--dataset", _toml(tmp_path), "--now", "2026-03-02T09:30:00Z")
        assert done.returncode == 0, done.stderr
        assert len(found.told) == 2
        found.bodies.clear()
        yield found


def _toml(folder: Path) -> str:
    return str(folder / "flowshop.toml")


def _erase(folder: Path) -> tuple[int, str]:
    done = run_here("activation.erase", "--dataset", _toml(folder), *LINES)
    assert not done.stderr
    assert "ann@" not in done.stdout
    return done.returncode, done.stdout


def _held() -> set[str]:
    with ledger.opened("flowshop", flow.TABLES) as connection:
        return set(ledger.customers(connection))


def test_whoever_was_sent_is_erased_there_and_forgotten_here(told: Crm, tmp_path: Path) -> None:
    assert _held() == {"ann", "bob"}
    status, said = _erase(tmp_path)
    assert status == 0, said
    (body,) = told.bodies
    assert body["type"] == "erase"
    assert [one["identifier"]["email"] for one in body["data"]] == ["ann@example.org"]
    assert "crm: 1 row erased or taken out" in said
    assert _held() == {"bob"}
    for path in settings.outbox("flowshop").parent.glob("flowshop*"):
        assert b"ann@" not in path.read_bytes()
    told.bodies.clear()
    assert _erase(tmp_path)[0] == 0
    assert not told.bodies


def test_what_a_destination_does_not_confirm_waits_and_is_finished_by_the_same_command(
    told: Crm, tmp_path: Path
) -> None:
    told.status = 400
    status, said = _erase(tmp_path)
    assert status == 1
    assert "waiting: crm has not erased 1 row" in said
    assert _held() == {"bob"}
    told.status = 200
    status, said = _erase(tmp_path)
    assert status == 0, said
    assert [one["type"] for one in told.bodies] == ["erase"]


@pytest.mark.usefixtures("told")
def test_a_missing_secret_is_no_end_of_an_erasure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HABITUS_CRM_SECRET")
    status, said = _erase(tmp_path)
    assert status == 1
    assert "stopped: " in said
    assert _held() == {"bob"}


@pytest.mark.usefixtures("told")
def test_a_destination_that_is_gone_is_a_thing_to_do(tmp_path: Path) -> None:
    toml = Path(_toml(tmp_path))
    text = toml.read_text(encoding="utf-8")
    toml.write_text(text.split("[destinations.crm]")[0], encoding="utf-8")
    status, said = _erase(tmp_path)
    assert status == 0, said
    assert "to do: erase 1 of the people named in crm" in said
    assert _held() == {"bob"}


def test_what_is_planned_for_others_is_not_sent_because_somebody_is_erased(told: Crm, tmp_path: Path) -> None:
    with ledger.opened("flowshop", flow.TABLES) as connection:
        row = Row(id="x", customer="bob", identifiers={"email": "bob@example.org"}, audience="a", key="K")
        Outbox(connection).put(
            [Item(id="x", destination="crm", change=ENTER, row=row, purpose="mail", source="audience:a", due=0)], NOW
        )
    assert _erase(tmp_path)[0] == 0
    assert [body["type"] for body in told.bodies] == ["erase"]


@pytest.mark.usefixtures("told")
def test_access_tells_what_was_sent_where(tmp_path: Path) -> None:
    out = tmp_path / "access.json"
    done = run_here("activation.access", "--dataset", _toml(tmp_path), *LINES, "--out", str(out))
    assert done.returncode == 0, done.stderr
    sent = json.loads(out.read_text(encoding="utf-8"))["sent"]
    assert {one["in"] for one in sent} == {"acknowledged", "decided", "outbox"}
    (row,) = (one for one in sent if one["in"] == "outbox")
    assert (row["destination"], row["source"], row["state"]) == ("crm", "workflow:cart", "done")
    (known,) = (one for one in sent if one["in"] == "acknowledged")
    assert known["identifier"] == "ann@example.org"


def test_an_erasure_that_was_killed_after_the_plan_is_made_good(told: Crm, tmp_path: Path) -> None:
    held = lambda _, names: names.to_numpy(zero_copy_only=False) == "ann"  # noqa: E731
    from activation.destinations import destination
    from features import dataset as datasets

    shop = datasets.load(_toml(tmp_path))
    for _ in range(2):
        assert list(erasing.plan("flowshop", held, lambda name: destination.read(shop, name), NOW)) == []
    with sqlite3.connect(erasing.path("flowshop")) as connection:
        assert connection.execute("SELECT count(*) FROM outbox").fetchone() == (1,)
    assert _erase(tmp_path)[0] == 0
    assert len(told.bodies) == 1
