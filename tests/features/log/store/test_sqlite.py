"""SQLite: what was accepted is there once, in its order, whatever becomes of the process; what is forgotten is gone."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from threading import Thread

import numpy as np
import pyarrow as pa
import pytest

from features.log.store import opened
from features.log.store.accepted import Live, NotStored, Offered
from features.log.store.sqlite import Sqlite
from features.log.store.verdict import Verdict


def _event(customer: str, event_id: str | None = None, content: bytes = b"a") -> Offered:
    return Offered(customer, event_id, b'{"customer_id": "%s"}' % customer.encode(), content)


def test_events_come_back_in_the_order_of_acceptance(tmp_path: Path) -> None:
    with Sqlite(tmp_path / "a.sqlite") as store:
        offered = [_event("ann"), _event("bob"), _event("ann")]
        assert store.accept(offered, 7) == [Verdict.ACCEPTED] * 3
        assert [one.number for one in store.of(["ann", "zoe"])["ann"]] == [1, 3]
        assert [one.customer for one in store.since(1)] == ["bob", "ann"]
        assert [one.at for one in store.everything()] == [7] * 3
        assert len(store) == 3


def test_an_id_is_stored_once_and_another_content_is_told(tmp_path: Path) -> None:
    with Sqlite(tmp_path / "a.sqlite") as store:
        offered = [_event("ann", "1"), _event("ann", "1"), _event("bob", "1", b"b"), _event("ann")]
        told = [Verdict.ACCEPTED, Verdict.DUPLICATE, Verdict.CONFLICT, Verdict.ACCEPTED]
        assert store.accept(offered, 0) == told
        assert store.accept(offered[:1], 0) == [Verdict.DUPLICATE]


def test_a_number_moves_with_what_is_taken_away_and_with_nothing_else(tmp_path: Path) -> None:
    with Sqlite(tmp_path / "a.sqlite") as store:
        first = store.changes()
        store.accept([_event("ann"), _event("bob")], 0)
        assert store.changes() == first
        store.settle([1])
        second = store.changes()
        assert second > first
        store.forget(lambda _, names: np.asarray([name == "bob" for name in names.to_pylist()]))
        assert store.changes() > second


def test_who_may_not_be_kept_is_refused_in_the_step_itself(tmp_path: Path) -> None:
    with Sqlite(tmp_path / "a.sqlite") as store:
        assert store.accept([_event("ann"), _event("bob")], 0, lambda who: who != "ann") == [
            Verdict.REFUSED,
            Verdict.ACCEPTED,
        ]
        assert not store.of(["ann"])


def test_a_version_moves_with_every_change_of_a_customer(tmp_path: Path) -> None:
    with Sqlite(tmp_path / "a.sqlite") as store:
        assert not store.versions(["ann"])
        seen = set()
        store.accept([_event("ann", "1"), _event("ann"), _event("bob")], 0)
        seen.add(store.versions(["ann", "zoe"])["ann"])
        store.accept([_event("ann")], 0)
        seen.add(store.versions(["ann", "zoe"])["ann"])
        assert store.settle([1, 2]) == 2
        seen.add(store.versions(["ann", "zoe"])["ann"])
        assert len(seen) == 3
        assert [one.number for one in store.of(["ann"])["ann"]] == [4]
        assert store.accept([_event("ann", "1")], 0) == [Verdict.DUPLICATE]
        store.forget(lambda _, names: np.array([name == "ann" for name in names.to_pylist()]))
        assert not store.versions(["ann"])


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


def test_a_number_is_never_used_twice(tmp_path: Path) -> None:
    with Sqlite(tmp_path / "a.sqlite") as store:
        store.accept([_event("ann")], 0)
        store.forget(lambda _, names: np.ones(len(names), np.bool_))
        store.accept([_event("ann")], 0)
        assert [one.number for one in store.everything()] == [2]


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


def test_two_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    with Sqlite(path) as one, Sqlite(path) as other:

        def write(store: Live, who: str) -> None:
            for number in range(50):
                store.accept([_event(who, f"{who}{number}"), _event(who, f"shared{number}")], 0)

        threads = [Thread(target=write, args=(store, who)) for store, who in ((one, "a"), (other, "b"), (one, "c"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(one) == len(other) == 3 * 50 + 50


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


def test_names_that_are_asked_for_at_once_may_be_many(tmp_path: Path) -> None:
    with Sqlite(tmp_path / "a.sqlite") as store:
        store.accept([_event("ann")], 0)
        assert list(store.of([str(number) for number in range(3000)] + ["ann"])) == ["ann"]
        assert pa.array(["ann"]).to_pylist() == [one.customer for one in store.everything()]
