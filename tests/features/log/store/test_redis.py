"""Redis: what was acknowledged outlasts a server's end, nothing is doubled, and what it does not promise is said."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from features.log.store import opened, reached
from features.log.store.accepted import Away, NotStored, Offered
from features.log.store.redis import Redis
from features.log.store.verdict import Verdict
from tests.features.log.store import server
from tests.features.log.store.server import Server


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Server]:
    """Return a server that a test may kill."""
    with server.running(tmp_path / "redis") as found:
        yield found


def _event(customer: str, event_id: str | None = None) -> Offered:
    return Offered(customer, event_id, b'{"customer_id": "%s"}' % customer.encode(), b"a")


def test_a_url_names_the_server_and_nothing_is_made_for_who_only_looks(
    redis_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HABITUS_LIVE", f"{redis_server.url}/3")
    assert opened.some("shop") is None
    assert not Redis.there(f"{redis_server.url}/3", "shop")
    store = opened.live("shop")
    assert store.accept([_event("ann")], 0) == [Verdict.ACCEPTED]
    store.settle([1])
    assert opened.some("shop") is None
    kept = opened.there("shop")
    assert kept is not None
    assert kept.accept([_event("ann")], 0) == [Verdict.ACCEPTED]
    other, found = opened.some("other"), opened.some("shop")
    assert other is None
    assert found is not None
    assert len(found) == 1
    assert not store.near
    monkeypatch.setenv("HABITUS_LIVE", "redis://")
    with pytest.raises(NotStored, match=r"allowed is sqlite:///<path>, redis://"):
        opened.live("shop")


def test_a_server_that_is_not_there_is_told_without_the_word(tmp_path: Path) -> None:
    with server.running(tmp_path) as found:
        found.kill()
        with pytest.raises(Away, match=f"127.0.0.1:{found.port}.*does not answer") as told:
            Redis(f"redis://me:secretword@127.0.0.1:{found.port}", "shop")
        assert "secretword" not in str(told.value)


def test_who_is_not_let_in_is_told_so(tmp_path: Path) -> None:
    with server.running(tmp_path, (*server.DURABLE, "--requirepass", "right")) as found:
        with pytest.raises(NotStored, match="lets nobody in"):
            Redis(f"redis://:wrong@127.0.0.1:{found.port}", "shop")
        with Redis(f"redis://:right@127.0.0.1:{found.port}", "shop") as store:
            assert store.accept([_event("ann")], 0) == [Verdict.ACCEPTED]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (server.DURABLE, ()),
        (("--appendonly", "no"), ("appendonly no",)),
        (("--appendonly", "yes"), ("appendfsync everysec",)),
        ((*server.DURABLE, "--no-appendfsync-on-rewrite", "yes"), ("no-appendfsync-on-rewrite yes",)),
        ((*server.DURABLE, "--maxmemory", "1gb", "--maxmemory-policy", "allkeys-lru"), ("maxmemory-policy allkeys",)),
        ((*server.DURABLE, "--maxmemory", "1gb"), ()),
        ((*server.DURABLE, "--rename-command", "CONFIG", ""), ("does not tell its settings",)),
    ],
)  # fmt: skip
def test_what_settings_do_not_promise_is_said(tmp_path: Path, options: tuple[str, ...], said: tuple[str, ...]) -> None:
    with server.running(tmp_path, options) as found, Redis(found.url, "shop") as store:
        assert len(store.warnings) == len(said)
        assert all(part in one for part, one in zip(said, store.warnings, strict=True))


def test_a_server_that_comes_back_has_all_that_was_acknowledged(own: Server) -> None:
    with Redis(own.url, "shop") as store:
        store.accept([_event("ann", "1"), _event("ann")], 7)
        before, name = store.versions(["ann"]), store.name
        own.kill()
        for ask in (lambda: store.versions(["ann"]), lambda: store.accept([_event("ann")], 8), store.changes):
            with pytest.raises(Away):
                ask()
        own.start()
        time.sleep(reached.REST)
        assert store.versions(["ann"]) == before
        assert store.accept([_event("ann", "1"), _event("ann")], 9) == [Verdict.DUPLICATE, Verdict.ACCEPTED]
        assert [one.at for one in store.everything()] == [7, 7, 9]
        assert store.name == name


_WRITER = """
import sys
from features.log.store.accepted import Away, Offered
from features.log.store.redis import Redis
store = Redis(sys.argv[1], "shop")
for number in range(100_000):
    try:
        store.accept([Offered("ann", str(number), b"{}", b"a"), Offered("bob", f"b{number}", b"{}", b"a")], 0)
    except Away:
        break
    print(number, flush=True)
"""


@pytest.mark.parametrize("which", ["server", "writer"])
def test_what_was_acknowledged_outlasts_a_kill(own: Server, which: str) -> None:
    for _ in range(3):
        process = subprocess.Popen([sys.executable, "-c", _WRITER, own.url], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(20)]
        if which == "server":
            own.kill()
        else:
            process.kill()
        told += process.stdout.readlines()
        process.wait()
        if which == "server":
            own.start()
        last = int(told[-1])
        with Redis(own.url, "shop") as store:
            found = len(store.of(["ann"])["ann"])
            assert found == len(store.of(["bob"])["bob"])  # a step is whole or not there
            assert found in {last + 1, last + 2}
            store.forget(lambda _, names: np.ones(len(names), np.bool_))


def test_a_step_whose_answer_was_lost_is_not_done_twice(own: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """An event without an id would count twice: nothing in the store tells it from one that was sent again."""
    with Redis(own.url, "shop") as store:
        store.accept([_event("ann")], 0)
        (connection,) = store._server.client.connection_pool._available_connections
        read, calls = connection.read_response, count()

        def lost(*given: object, **options: object) -> object:
            answer = read(*given, **options)
            if next(calls) == 0:
                connection.disconnect()
                raise reached.Reached(own.url)._errors.ConnectionError("the answer was lost")
            return answer

        monkeypatch.setattr(connection, "read_response", lost)
        assert store.accept([_event("ann")], 0) == [Verdict.ACCEPTED]
        assert next(calls) > 1
        assert [one.number for one in store.everything()] == [1, 2]


def test_an_erasure_of_which_another_thread_heard_is_heeded(own: Server) -> None:
    with Redis(own.url, "shop") as store, Redis(own.url, "shop") as other:
        erased = set[str]()

        def may(one: Offered) -> bool:
            answer = one.customer not in erased
            if not erased:
                erased.add("ann")
                other.forget(lambda _, names: np.array([name == "ann" for name in names.to_pylist()], np.bool_))
                store.accept([_event("cy")], 0)  # as another thread does, which is told of the erasure
            return answer

        assert store.accept([_event("ann"), _event("bob")], 0, may) == [Verdict.REFUSED, Verdict.ACCEPTED]
        assert [one.customer for one in store.everything()] == ["cy", "bob"]


def test_a_server_that_lost_all_has_another_store_and_says_so(own: Server, caplog: pytest.LogCaptureFixture) -> None:
    with Redis(own.url, "shop") as store:
        store.accept([_event("ann", "1")], 0)
        name, before, changes = store.name, store.versions(["ann"]), store.changes()
        store._server.client.flushall()
        assert store.accept([_event("ann", "1")], 0) == [Verdict.ACCEPTED]
        assert "lost the store of accepted events" in caplog.text
        assert store.name != name
        assert store.versions(["ann"]) != before  # though its events have the same numbers
        assert store.changes() != changes


def test_who_is_forgotten_is_in_no_file(tmp_path: Path) -> None:
    with server.running(tmp_path) as own, Redis(own.url, "shop") as store:
        store._server.client.config_set("save", "3600 1")
        store.accept([_event(f"customer-{number}", str(number)) for number in range(500)], 0)
        store._server.client.save()
        gone = {f"customer-{number}" for number in range(0, 500, 7)}
        assert b'customer-7"' in _held(own)
        assert store.forget(lambda _, names: np.array([one in gone for one in names.to_pylist()])) == len(gone)
        for _ in range(100):  # the old file is removed by a thread of the server
            if b'customer-7"' not in (held := _held(own)):
                break
            time.sleep(0.02)
        assert b'customer-7"' not in held
        assert b'customer-14"' not in held
        assert b"customer-8" in held
        assert not store._server.client.get(store._keys["unswept"])


def _held(own: Server) -> bytes:
    return b"".join(file.read_bytes() for file in own.folder.rglob("*") if file.is_file())


def test_files_that_cannot_be_written_anew_leave_an_erasure_undone(tmp_path: Path) -> None:
    with server.running(tmp_path) as own, Redis(own.url, "shop") as store:
        store.accept([_event("ann")], 0)
        store._server.client.config_set("save", "3600 1")
        (own.folder / "dump.rdb").mkdir()
        with pytest.raises(NotStored, match="could not write its files anew"):
            store.forget(lambda _, names: np.ones(len(names), np.bool_))
        (own.folder / "dump.rdb").rmdir()
        store._server.client.save()  # a server that could not save takes nothing in until it can
        assert store.forget(lambda _, names: np.ones(len(names), np.bool_)) == 0  # the same is done again, to its end
        assert not store._server.client.get(store._keys["unswept"])


def test_a_full_server_stores_nothing_and_says_so(own: Server) -> None:
    with Redis(own.url, "shop") as store:
        store.accept([_event("ann")], 0)
        store._server.client.config_set("maxmemory", "1mb")
        store._server.client.config_set("maxmemory-policy", "noeviction")
        with pytest.raises(NotStored, match="refuses"):
            store.accept([Offered("bob", None, b"x" * 100_000, b"a"), _event("ann")], 0)
        assert len(store) == 1


def test_who_waits_for_a_server_that_hangs_waits_alone(own: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reached, "SECONDS", 0.2)
    with Redis(own.url, "shop") as store:
        store.accept([_event("ann")], 0)
        assert own.process is not None
        own.process.send_signal(signal.SIGSTOP)
        with pytest.raises(Away, match="does not answer"):
            store.versions(["ann"])
        monkeypatch.setattr(store._server, "client", None)
        with pytest.raises(Away):  # it is not asked
            store.versions(["ann"])
        monkeypatch.undo()
        own.process.send_signal(signal.SIGCONT)
        time.sleep(reached.REST)
        assert store.versions(["ann"])


def test_what_a_server_refuses_is_told_without_the_customers_who_were_asked_about(own: Server) -> None:
    store = Redis(own.url, "shop")
    store._server.client.set(store._keys["newest"], "another kind of key")
    with pytest.raises(NotStored, match="refuses: WRONGTYPE") as error:
        store.versions(["ann@shop.example"])
    assert "ann" not in str(error.value)


@pytest.mark.parametrize("word", ["secret/x", "secret#x", "secret?x"])
def test_a_url_that_a_word_makes_unreadable_is_refused_without_a_part_of_it(word: str) -> None:
    with pytest.raises(NotStored, match="cannot be read") as error:
        reached.Reached(f"redis://u:{word}@127.0.0.1:1/0")
    assert "secret" not in str(error.value)
