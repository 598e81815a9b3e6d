"""Erasing: nobody is left in any store, nothing that is said tells who it was, and a kill anywhere is finished."""

import json
import multiprocessing
import re
import shutil
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from activation.stores import stores
from features import dataset as datasets
from features import settings
from features.buckets import intake
from features.consent import forgetting, journal, reading, secret, sought, suppression
from features.consent.suppression import CUSTOMER
from features.log.store import mapped, opened
from features.log.store.accepted import Offered
from tests.activation import erasable
from tests.activation.erasable import CANARY
from tests.conftest import run_here

PEOPLE = ("ann", CANARY, "bob", "7")
OTHERS = ("ann", "bob", "7")
_STRIDE = 4
"""Every so many file operations one dies: all of them take five minutes, and the steps between them each die alone."""


@pytest.fixture
def folder(tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a home that holds people everywhere, and their own files beside it."""
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(secret.KEY, erasable.KEY)
    (tmp_path / "home" / "mlruns").mkdir(parents=True)
    read = erasable.business(tmp_path / "shop", *PEOPLE)
    erasable.fill(read, tmp_path, database, *PEOPLE)
    return tmp_path


def _toml(folder: Path) -> str:
    return str(folder / "shop" / "shop.toml")


def _left(person: str = CANARY) -> list[str]:
    seek = sought.of([(CUSTOMER, person)])
    return [str(one.path) for one in forgetting.left(stores("shop"), seek)]


def test_nobody_is_left_in_any_store_and_the_others_stay(folder: Path) -> None:
    assert len(_left()) >= 8
    done = run_here("activation.erase", "--dataset", _toml(folder), "--customer", CANARY.upper())
    assert done.returncode == 0, done.stdout + done.stderr
    assert CANARY not in (done.stdout + done.stderr).lower()
    assert _left() == []
    assert not [one for one in (folder / "home").rglob("*") if one.is_file() and CANARY.encode() in one.read_bytes()]
    for name in ("test_predictions", "assignments"):
        rows = pq.read_table(folder / "home" / erasable.RUN / f"{name}.parquet")
        assert rows["customer_id"].to_pylist() == list(OTHERS)
        assert rows.schema.metadata == {b"dataset": b"shop"}
    config = json.loads((folder / "home" / erasable.RUN / "config.json").read_text())
    assert config == {"exclude": {"ids": ["ann", "[erased]", "bob", "7"]}}
    assert pq.read_table(folder / "scores.parquet")["customer_id"].to_pylist() == list(OTHERS)
    lines = (folder / "scores.csv").read_text().splitlines()
    assert lines[1:] == [f'"{one}",0.5,"""so"", he said"' for one in OTHERS]
    assert "your own files still hold them: people.csv: 1 row\n" in done.stdout
    assert "your own files still hold them: events.csv: 8 rows\n" in done.stdout


def test_it_equals_data_that_never_held_them_and_old_files_bring_nobody_back(folder: Path) -> None:
    base = mapped.load("shop").base
    assert run_here("activation.erase", "--dataset", _toml(folder), "--customer", CANARY).returncode == 0
    kept = mapped.load("shop")
    again = intake.take(datasets.load(_toml(folder)))
    never = intake.take(erasable.business(folder / "never", *OTHERS))
    assert kept.base == base == never.log.base
    for one in (kept, again.log):
        assert one.digest == never.log.digest
        assert one.names["category"].equals(never.log.names["category"])
        assert one.days.plain()["purchases"] == never.log.days.plain()["purchases"]
        for name, column in one.columns.items():
            np.testing.assert_array_equal(column, never.log.columns[name], name)
    assert again.rejects == never.rejects
    assert "refused: 9 rows of erased people" in again.said()


def test_the_journal_holds_hashes_alone_and_says_what_is_unfinished(folder: Path) -> None:
    assert run_here("activation.erase", "--dataset", _toml(folder), "--customer", CANARY).returncode == 0
    text = journal.path("shop").read_text()
    assert "canary" not in text
    who = suppression.hashed(erasable.KEY.encode(), CUSTOMER, CANARY)
    assert [(one["what"], one["who"]) for one in journal.lines("shop") if one["who"]] == [
        (journal.BEGUN, [who]),
        (journal.FINISHED, [who]),
    ]
    assert journal.unfinished("shop") == []
    journal.add("shop", 0, journal.BEGUN, [who, "ff"])
    assert journal.unfinished("shop") == ["1970-01-01T00:00:00Z"]
    said = intake.take(datasets.load(_toml(folder))).said()
    assert "the erasure that was begun at 1970-01-01T00:00:00Z is not finished: run it again" in said


def test_what_a_service_began_is_finished_without_a_name(folder: Path) -> None:
    used = suppression.suppress("shop", [(CUSTOMER, CANARY)], 0, 0)
    journal.add("shop", 0, journal.BEGUN, [suppression.hashed(key, CUSTOMER, CANARY) for key in used.keys])
    done = run_here("activation.erase", "--dataset", _toml(folder))
    assert done.returncode == 0, done.stderr
    assert "finishing what was begun by the service: 1 keyed hash" in done.stdout
    assert CANARY not in mapped.load("shop").customers.to_pylist()
    assert journal.unfinished("shop") == []
    again = run_here("activation.erase", "--dataset", _toml(folder))
    assert "nobody is named" in again.stderr


def test_events_that_came_in_are_forgotten_in_every_byte(folder: Path) -> None:
    live = opened.live("shop")
    event = b'{"customer_id": "%s"}' % CANARY.encode()
    live.accept([Offered(CANARY, "1", event, b"a"), Offered("other", "2", b"{}", b"a")], 0)
    assert run_here("activation.erase", "--dataset", _toml(folder), "--customer", CANARY).returncode == 0
    assert [one.customer for one in live.everything()] == ["other"]
    files = list((folder / "home" / "mlruns" / "live").iterdir())
    assert files
    assert not any(CANARY.encode() in file.read_bytes() for file in files)


def test_what_is_left_is_named_and_ends_with_1(folder: Path) -> None:
    strange = folder / "home" / "mlruns" / "strange.bin"
    strange.write_bytes(b"\x00" + CANARY.encode())
    done = run_here("activation.erase", "--dataset", _toml(folder), "--customer", CANARY)
    assert done.returncode == 1
    assert f"{strange}: as bytes (no store that is known: it was not covered)" in done.stdout
    assert "not finished" in done.stdout
    assert len(journal.unfinished("shop")) == 1
    strange.unlink()
    assert run_here("activation.erase", "--dataset", _toml(folder), "--customer", CANARY).returncode == 0
    assert journal.unfinished("shop") == []


def test_a_short_id_goes_where_customers_are_named_and_from_nowhere_else(folder: Path) -> None:
    page = folder / "home" / erasable.RUN / "report" / "index.html"
    before = page.read_text()
    done = run_here("activation.erase", "--dataset", _toml(folder), "--customer", "7")
    assert page.read_text() == before
    assert [path for path in _left("7") if not path.endswith("config.json")] == []
    assert mapped.load("shop").customers.to_pylist() == ["ann", "bob", CANARY]
    assert done.returncode == 0, done.stdout


def test_a_file_names_several_and_whoever_nobody_knows_is_suppressed_too(folder: Path) -> None:
    (folder / "gone.csv").write_text(f"customer_id,asked\n{CANARY},2024-02-01\nstranger-4711,2024-02-01\n")
    done = run_here("activation.erase", "--dataset", _toml(folder), "--file", str(folder / "gone.csv"))
    assert done.returncode == 0, done.stdout
    assert "no stored event is of 1 identifier: suppressed from now on, too" in done.stdout
    assert "stranger" not in done.stdout
    found = suppression.load("shop")
    assert [found.has(CUSTOMER, one) for one in (CANARY, "stranger-4711", "ann")] == [True, True, False]


@pytest.mark.parametrize(
    ("given", "message"),
    [([], "nobody is named"), (["--customer", " "], "nobody is named"), (["--file", "no.csv"], "no.csv")],
)
def test_who_is_not_named_is_asked_for_in_one_line(folder: Path, given: list[str], message: str) -> None:
    done = run_here("activation.erase", "--dataset", _toml(folder), *given)
    assert done.returncode == 2
    assert re.fullmatch(rf"error: .*{re.escape(message)}.*\n", done.stderr)


def test_it_waits_for_whoever_has_read_the_dataset(folder: Path) -> None:
    holding = reading.held("shop")
    waited: list[bool] = []

    def free() -> None:
        waited.append(True)
        holding.close()

    with reading.erasing("shop", free):
        assert waited == [True]
    taken = intake.take(datasets.load(_toml(folder)))  # holds what it has read, as long as its log lives
    with pytest.raises(ZeroDivisionError), reading.erasing("shop", lambda: 1 // 0):  # type: ignore[arg-type]
        pass
    del taken
    with reading.erasing("shop", lambda: 1 // 0):  # type: ignore[arg-type]
        pass


def _killed(folder: Path, place: int, *, fine: bool) -> int:
    """Return how an erasure in a process of its own ended that was to be killed at a place."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.activation.erasable", "activation.erase"])
    process = context.Process(
        target=erasable.erased, args=(_toml(folder), str(folder / "home"), place), kwargs={"fine": fine}
    )
    process.start()
    process.join(120)
    assert process.exitcode is not None
    return process.exitcode


@pytest.mark.parametrize("fine", [False, pytest.param(True, marks=pytest.mark.long)])
def test_a_kill_at_any_place_is_finished_by_the_same_command(folder: Path, tmp_path: Path, fine: bool) -> None:
    whole = tmp_path / "whole"
    shutil.copytree(folder / "home", whole)
    scores = (folder / "scores.csv").read_bytes()
    place, never = 0, intake.take(erasable.business(folder / "never", *OTHERS)).log.digest
    while True:
        shutil.rmtree(settings.home())
        shutil.copytree(whole, settings.home())
        (folder / "scores.csv").write_bytes(scores)
        status = _killed(folder, place, fine=fine)
        if status == 0:
            break
        assert status == -signal.SIGKILL
        assert run_here("activation.erase", "--dataset", _toml(folder), "--customer", CANARY).returncode == 0
        assert _left() == [], place
        assert mapped.load("shop").digest == never, place
        assert journal.unfinished("shop") == [], place
        assert suppression.load("shop").has(CUSTOMER, CANARY), place
        assert CANARY.encode() not in (folder / "scores.csv").read_bytes(), place
        place += _STRIDE if fine else 1
    assert place > (60 if fine else 11)


def test_a_file_without_a_head_is_not_told_by_its_first_line(folder: Path) -> None:
    (folder / "gone.csv").write_text(f"{CANARY},2024-02-01\nann,2024-02-01\n")
    done = run_here("activation.erase", "--dataset", _toml(folder), "--file", str(folder / "gone.csv"))
    assert done.returncode == 2
    assert "FILE: there is no column customer_id" in done.stderr
    assert "canary" not in done.stderr


def test_a_database_that_another_program_writes_to_ends_it_in_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.tracking.database._WAIT", 0.1)
    with closing(sqlite3.connect(folder / "home" / "mlruns" / "mlflow.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        done = run_here("activation.erase", "--dataset", _toml(folder), "--customer", CANARY)
        other.rollback()
    assert (done.returncode, done.stderr) == (2, "error: database is locked\n")
    assert len(journal.unfinished("shop")) == 1


def test_short_ids_are_found_in_the_consents_too_whatever_their_column_is_called(folder: Path) -> None:
    (folder / "shop" / "consents.csv").write_text("who,what,said\n7,mail,yes\nann,mail,yes\n", encoding="utf-8")
    with (folder / "shop" / "shop.toml").open("a", encoding="utf-8") as toml:
        toml.write('\n[consent]\npurposes = { profiling = "legitimate_interest", mail = "consent" }\n')
        toml.write('[[consent.sources]]\npath = "consents.csv"\n')
        toml.write('columns = { customer_id = "who", purpose = "what", answer = "said" }\n')
    done = run_here("activation.erase", "--dataset", _toml(folder), "--customer", "7")
    assert "your own files still hold them: consents.csv: in the column who" in done.stdout, done.stdout + done.stderr
