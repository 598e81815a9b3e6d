"""Access: all that is known of one customer as JSON, also of who was erased and of whom nothing is known."""

import json
from pathlib import Path
from typing import Any

import pytest

from activation import access
from activation.stores import stores
from features import settings
from features.consent import journal, secret, suppression
from features.consent.forgetting import Erasure
from features.consent.sought import Sought
from features.consent.suppression import CUSTOMER, Suppression
from features.log.store import opened
from features.log.store.accepted import Offered
from features.log.store.sqlite import Sqlite
from features.log.store.verdict import Verdict
from features.outputs import kept
from tests.activation import erasable
from tests.conftest import Trained, homed, run_here
from tests.features.log.store import server

CONSENT = """
[consent]
purposes = { profiling = "legitimate_interest", mail = "consent" }
retention_days = 1095
"""


@pytest.fixture
def folder(tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HABITUS_HOME", str(homed(tmp_path / "home", database)))
    monkeypatch.setenv(secret.KEY, erasable.KEY)
    read = erasable.business(tmp_path / "shop", "ann", "bob", more=CONSENT)
    erasable.fill(read, tmp_path, database, "ann", "bob")
    return tmp_path


def _asked(folder: Path, *more: str) -> dict[str, Any]:
    done = run_here("activation.access", "--dataset", str(folder / "shop" / "shop.toml"), *more)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_it_tells_data_and_where_they_are_from_and_what_for(folder: Path) -> None:
    told = _asked(folder, "--customer", "ann")
    assert (told["known"], told["erased"]) == (True, False)
    assert len(told["events"]) == 8
    assert told["events"][0] == {
        "from": "events.csv",
        "row": 1,
        "event": "purchase",
        "customer_id": "ann",
        "occurred_at": "2024-01-01T10:00:00Z",
        "amount": 4.0,
        "category": "for ann",
    }
    assert "amount" not in told["events"][7]  # what cannot be read is left out
    assert told["attributes"] == [{"city": "Ulm"}]
    assert told["identifiers"] == [{"kind": "customer_id", "value": "ann"}]
    assert told["purposes"] == [
        {"purpose": "profiling", "basis": "legitimate_interest"},
        {"purpose": "mail", "basis": "consent"},
    ]
    assert told["retention_days"] == 1095
    assert [one["source"] for one in told["from"]] == ["events.csv", "people.csv"]
    assert {Path(one["in"]).name for one in told["kept"]} == {
        "test_predictions.parquet",
        "assignments.parquet",
        "2024-01.parquet",
        "history.parquet",
        "scores.parquet",
        "scores.csv",
    }
    assert "bob" not in json.dumps(told)


def test_it_tells_what_stands_in_a_csv_that_was_written(folder: Path) -> None:
    own = folder / "list.csv"
    own.write_text("customer_id,code\nann,X1\nbob,X2\n", encoding="utf-8")
    kept.remember(own)
    told = _asked(folder, "--customer", "ann")["kept"]
    assert [one["rows"] for one in told if one["in"] == str(own)] == [[{"customer_id": "ann", "code": "X1"}]]


def test_it_tells_what_a_service_accepted(folder: Path) -> None:
    before = len(_asked(folder, "--customer", "ann")["events"])
    event = {"customer_id": "ann", "event": "purchase", "occurred_at": "2024-03-01T10:00:00Z", "amount": 2.5}
    with Sqlite(settings.home() / "mlruns" / "live" / "shop.sqlite") as store:
        for number, who in enumerate(("ann", "bob", "cy")):
            content = json.dumps(event | {"customer_id": who}).encode()
            store.accept([Offered(who, None, content, b"")], number)
    told = _asked(folder, "--customer", "ann")["events"]
    assert told[before:] == [{"from": "a service", "accepted_at": "1970-01-01T00:00:00Z", **event}]
    assert _asked(folder, "--customer", "cy")["known"]


def test_what_a_server_holds_is_told_and_forgotten_though_files_hold_it(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = {"customer_id": "ann", "event": "purchase", "occurred_at": "2024-03-01T10:00:00Z", "amount": 2.5}
    with server.running(tmp_path / "redis") as own:
        monkeypatch.setenv("HABITUS_LIVE", own.url)
        store = opened.live("shop")
        offered = [Offered("ann", name, json.dumps(event).encode(), b"") for name in ("1", "2")]
        store.accept(offered, 0)
        told = _asked(folder, "--customer", "ann")["events"]
        assert [one for one in told if one["from"] == "a service"] == [
            {"from": "a service", "accepted_at": "1970-01-01T00:00:00Z", **event}
        ] * 2
        store.settle([1, 2])
        (row,) = (one for one in stores("shop") if one.name == "events that came in")
        assert row.forget is not None
        gone = Suppression(listed=frozenset([(CUSTOMER, "ann")]))
        assert row.forget(Erasure("shop", (CUSTOMER,), gone.holds, Sought(((CUSTOMER, "ann"),))), []) == 2
        assert store.accept(offered[:1], 0) == [Verdict.ACCEPTED]  # its id is not known any more
        store.close()


def test_who_was_erased_and_who_is_unknown_are_told_so(folder: Path) -> None:
    suppression.suppress("shop", [(CUSTOMER, "bob")], 0, 0)
    told = _asked(folder, "--customer", "bob")
    assert (told["known"], told["erased"], told["note"]) == (False, True, access.ERASED)
    assert "events" not in told
    told = _asked(folder, "--customer", "nobody")
    assert (told["known"], told["erased"], told["note"]) == (False, False, access.UNKNOWN)
    assert told["events"] == told["attributes"] == told["kept"] == []


def test_a_file_is_its_owner_s_alone_and_each_access_is_journalled_by_hash(folder: Path) -> None:
    out = folder / "ann.json"
    toml = str(folder / "shop" / "shop.toml")
    done = run_here("activation.access", "--dataset", toml, "--customer", "ann", "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert out.stat().st_mode & 0o777 == 0o600
    assert json.loads(out.read_text())["known"]
    assert [(one["what"], one["who"]) for one in journal.lines("shop")] == [
        (journal.ACCESS, [suppression.hashed(erasable.KEY.encode(), CUSTOMER, "ann")])
    ]
    refused = run_here("activation.access", "--dataset", toml)
    assert (refused.returncode, refused.stderr) == (2, "error: nobody is asked for: give CUSTOMER=<id>.\n")


def test_answers_of_the_bundle_are_those_of_the_service(trained: Trained) -> None:
    told = access.found(trained.dataset, ("customer_id", "1"), 0, 10**9)
    names = [one["target"]["name"] for one in told["answers"]["predictions"]]
    assert "churn_28d" in names
    assert all(one["reasons"] for one in told["answers"]["predictions"] if one["value"] is not None)
    assert set(told["answers"]["segments"]) == {"rfm", "lifecycle", "value"}
