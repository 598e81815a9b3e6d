"""SQLite: what was accepted is there once, in its order, whatever becomes of the process; what is forgotten is gone."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from features.log.store import opened
from features.log.store.accepted import NotStored, Offered
from features.log.store.sqlite import Sqlite


def _event(customer: str, event_id: str | None = None, content: bytes = b"a") -> Offered:
    return Offered(customer, event_id, b'{"customer_id": "%s"}' % customer.encode(), content)


def test_the_version_of_a_long_name_is_read_each_time_and_takes_no_room(tmp_path: Path) -> None:
    with Sqlite(tmp_path / "a.sqlite") as store:
        short, long = "s" * 200, "l" * 201
        assert not store.versions([short, long])
        assert store._told.of.keys() == {short}
        store.accept([_event(long), _event(short)], 0)
        before = store.versions([long, short])
        assert before.keys() == {long, short}
        store.accept([_event(long)], 0)
        assert store.versions([long])[long] > before[long]
        assert long not in store._told.of


def test_who_is_forgotten_is_in_no_byte(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    with Sqlite(path) as store, Sqlite(path) as reader:
        store.accept([_event(f"customer-{number}", str(number)) for number in range(500)], 0)
        gone = {f"customer-{number}" for number in range(0, 500, 7)}
        assert reader.of(["customer-7"])
        assert store.forget(lambda _, names: np.array([one in gone for one in names.to_pylist()])) == len(gone)
        held = b"".join(file.read_bytes() for file in tmp_path.iterdir())
        assert b'customer-7"' not in held
        assert b'customer-14"' not in held
        assert b"customer-8" in held
        assert not reader.of(["customer-7"])


def test_while_another_process_reads_nobody_is_told_to_be_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    with Sqlite(path) as store:
        store.accept([_event("somebody-known", "1")], 0)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM events").fetchone()
        store._connection.execute("PRAGMA busy_timeout = 50")
        with pytest.raises(NotStored, match="another process reads"):
            store.forget(lambda _, names: np.ones(len(names), np.bool_))
        other.execute("COMMIT")
        other.close()
        store.forget(lambda _, names: np.ones(len(names), np.bool_))
        assert b"somebody-known" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())


def test_a_reader_does_not_wait_for_another_writer(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    with Sqlite(path) as store:
        store.accept([_event("ann", "1")], 0)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        waiting = Thread(target=lambda: store.accept([_event("ann", "2")], 0))
        waiting.start()
        assert len(store.of(["ann"])["ann"]) == 1  # though one waits for its turn to write
        assert waiting.is_alive()
        other.execute("ROLLBACK")
        waiting.join()
        assert len(store.of(["ann"])["ann"]) == 2
        other.close()


_WRITER = """
import sys
from pathlib import Path
from features.log.store.accepted import Offered
from features.log.store.sqlite import Sqlite
store = Sqlite(Path(sys.argv[1]))
for number in range(100_000):
    store.accept([Offered("ann", str(number), b"{}", b"a"), Offered("bob", f"b{number}", b"{}", b"a")], 0)
    print(number, flush=True)
"""


def test_what_was_acknowledged_outlasts_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    for _ in range(5):
        process = subprocess.Popen([sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(20)]
        os.kill(process.pid, signal.SIGKILL)
        told += process.stdout.readlines()
        process.wait()
        last = int(told[-1])
        with Sqlite(path) as store:
            found = [one.number for one in store.of(["ann"])["ann"]]
            assert len(found) == len(store.of(["bob"])["bob"])  # a step is whole or not there
            assert len(found) in {last + 1, last + 2}
            store.forget(lambda _, names: np.ones(len(names), np.bool_))


def test_a_file_that_is_no_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.sqlite").write_bytes(b"x" * 5000)
    with pytest.raises(NotStored, match="cannot be opened"):
        Sqlite(tmp_path / "a.sqlite")


def test_a_full_disk_stores_nothing_and_says_so(tmp_path: Path) -> None:
    with Sqlite(tmp_path / "a.sqlite") as store:
        store.accept([_event("ann")], 0)
        store._connection.execute("PRAGMA max_page_count = 8")
        with pytest.raises(NotStored, match="full"):
            store.accept([Offered("bob", None, b"x" * 100_000, b"a"), _event("ann")], 0)
        assert len(store) == 1


def test_a_url_names_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HABITUS_LIVE", f"sqlite:///{tmp_path}/there.sqlite")
    assert opened.some("shop") is None
    assert not (tmp_path / "there.sqlite").exists()
    opened.live("shop").accept([_event("ann")], 0)
    assert oct((tmp_path / "there.sqlite").stat().st_mode)[-3:] == "600"
    found = opened.some("shop")
    assert found is not None
    assert len(found) == 1
    monkeypatch.setenv("HABITUS_LIVE", "mysql://somewhere")
    with pytest.raises(NotStored, match="sqlite:///<path>"):
        opened.live("shop")
