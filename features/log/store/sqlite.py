"""SQLite: accepted events in one file, in WAL mode, for one machine; several processes may have it open."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, Self

import pyarrow as pa

from features.consent.suppression import CUSTOMER, Holds
from features.log.store import named
from features.log.store.accepted import Accepted, May, NotStored, Offered, anybody
from features.log.store.changes import Changes
from features.log.store.verdict import Verdict

_BUSY = 10_000
"""Milliseconds that one process waits for another's step."""
_FORMAT = 1
_AT_ONCE = 500
"""So many values stand in one statement."""
_EVENTS = """CREATE TABLE IF NOT EXISTS events (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    customer TEXT NOT NULL,
    event_id TEXT,
    content BLOB NOT NULL,
    event BLOB
)"""
"""`event` is null where the files hold it now: its id is still known, and stored no second time."""
_TABLES = (
    _EVENTS,
    "CREATE INDEX IF NOT EXISTS of_customer ON events (customer, number)",
    "CREATE UNIQUE INDEX IF NOT EXISTS by_id ON events (event_id) WHERE event_id IS NOT NULL",
    "CREATE TABLE IF NOT EXISTS changes (one INTEGER PRIMARY KEY CHECK (one = 1), count INTEGER NOT NULL)",
    "INSERT OR IGNORE INTO changes VALUES (1, 0)",
    "CREATE TABLE IF NOT EXISTS named (one INTEGER PRIMARY KEY CHECK (one = 1), name TEXT NOT NULL)",
    "INSERT OR IGNORE INTO named VALUES (1, lower(hex(randomblob(8))))",
    "CREATE TABLE IF NOT EXISTS several (number INTEGER PRIMARY KEY)",
)
"""`several` are the events that name their person by several identifiers. `changes` moves with what is taken away,
which no number of an event tells."""
_PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", f"busy_timeout = {_BUSY}")
_CHANGED = 1 << 40
"""A change counts for so many events in a version."""
_MOST = 100_000
"""The versions of so many customers are kept until something is committed."""
_LONGEST = 200
"""Characters of a name whose version is kept: whoever asks may call nobody by a megabyte, and by another each time."""


@dataclass(frozen=True)
class _Versions:
    """Those that were read since a commit, of events after a number; 0 of customers who have none."""

    seen: bytes
    after: int
    of: dict[str, int] = field(default_factory=dict)


class Sqlite:
    """A `Live` store in one file; may be used by several threads."""

    near = True
    warnings: Sequence[str] = ()

    def __init__(self, path: Path) -> None:
        """Open a store, and make it where there is none: for its owner alone to read.

        Raises:
            NotStored: there is a file, and it is no store of this form.
        """
        self.path = path
        self.name = ""
        self._lock, self._reading = Lock(), Lock()
        self._changes: Changes | None = None
        self._told = _Versions(b"", 0)
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            for pragma in _PRAGMAS:
                self._connection.execute(f"PRAGMA {pragma}")
            self._made()
        except sqlite3.Error as error:
            self._connection.close()
            raise NotStored(f"{path}: the store of accepted events cannot be opened: {error}") from None

    def _made(self) -> None:
        (form,) = self._connection.execute("PRAGMA user_version").fetchone()
        if form not in {0, _FORMAT}:
            raise NotStored(f"{self.path}: got the form {form} of accepted events; this code reads {_FORMAT}.")
        changes = Changes(self.path)
        before = changes.seen()
        with self._step():
            for sql in _TABLES:
                self._connection.execute(sql)
            self._connection.execute(f"PRAGMA user_version = {_FORMAT}")
        self._changes = changes if changes.seen() != before else None  # a commit that it does not tell: it is another's
        (self.name,) = self._connection.execute("SELECT name FROM named").fetchone()
        self._reader = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        self._reader.execute(f"PRAGMA busy_timeout = {_BUSY}")

    @contextmanager
    def _step(self) -> Iterator[None]:
        """Write in one step, or nothing."""
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield
                self._connection.execute("COMMIT")
            except BaseException as error:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    raise NotStored(f"accepted events cannot be stored: {error}") from None
                raise

    def accept(self, offered: Sequence[Offered], at: int, may: May = anybody) -> list[Verdict]:
        """Store events in one step; see `Live`."""
        with self._step():
            return [self._accepted(one, at) if may(one) else Verdict.REFUSED for one in offered]

    def _accepted(self, one: Offered, at: int) -> Verdict:
        known = self._known(one.event_id)
        if known is not None:
            return Verdict.DUPLICATE if known == one.content else Verdict.CONFLICT
        done = self._connection.execute(_INSERT, (at, one.customer, one.event_id, one.content, one.event))
        if one.identifiers:
            self._connection.execute("INSERT INTO several VALUES (?)", (done.lastrowid,))
        return Verdict.ACCEPTED

    def _known(self, event_id: str | None) -> bytes | None:
        """Return the content that an id is known with."""
        if event_id is None:
            return None
        found = self._connection.execute("SELECT content FROM events WHERE event_id = ?", (event_id,)).fetchone()
        return None if found is None else bytes(found[0])

    def of(self, customers: Sequence[str], after: int = 0) -> dict[str, list[Accepted]]:
        """Return the events of some customers; see `Live`."""
        found: dict[str, list[Accepted]] = {}
        for begin in range(0, len(customers), _AT_ONCE):
            some = customers[begin : begin + _AT_ONCE]
            marks = ", ".join("?" * len(some))
            for row in self._rows(f"customer IN ({marks}) AND number > ?", (*some, after)):
                found.setdefault(row.customer, []).append(row)
        return found

    def versions(self, customers: Sequence[str], after: int = 0) -> dict[str, int]:
        """Return of those customers who have events a number that moves with each change; see `Live`."""
        told = self._told
        seen = self._changes.seen() if self._changes else b""
        if not seen or (seen, after) != (told.seen, told.after) or len(told.of) > _MOST:
            told = self._told = _Versions(seen, after)
        missing = [one for one in customers if one not in told.of]
        fresh: dict[str, int] = {}
        if missing:  # read after what was seen: a commit between is told by the next look
            fresh = dict.fromkeys(missing, 0) | self._read_versions(missing, after)
            told.of.update({one: version for one, version in fresh.items() if len(one) <= _LONGEST})
        return {one: version for one in customers if (version := fresh[one] if one in fresh else told.of[one])}

    def _read_versions(self, customers: Sequence[str], after: int) -> dict[str, int]:
        found: dict[str, int] = {}
        for begin in range(0, len(customers), _AT_ONCE):
            some = customers[begin : begin + _AT_ONCE]
            marks = ", ".join("?" * len(some))
            sql = f"{_VERSIONS} WHERE customer IN ({marks}) AND number > ? AND event IS NOT NULL GROUP BY customer"
            rows = self._read(sql, (*some, after))
            found |= {name: newest + _CHANGED * changes for name, newest, changes in rows}
        return found

    def since(self, number: int, limit: int = 1000) -> list[Accepted]:
        """Return the first events after a number; see `Live`."""
        return self._rows("number > ?", (number,), limit)

    def everything(self) -> Iterator[Accepted]:
        """Yield all events; see `Live`."""
        ((last,),) = self._read("SELECT coalesce(max(number), 0) FROM events")
        number = 0
        while rows := self._rows("number > ? AND number <= ?", (number, last), 10_000):
            yield from rows
            number = rows[-1].number

    def _rows(self, where: str, given: Sequence[object], limit: int = -1) -> list[Accepted]:
        sql = f"SELECT number, at, customer, event FROM events WHERE event IS NOT NULL AND {where}"
        return [Accepted(*row) for row in self._read(f"{sql} ORDER BY number LIMIT {limit}", given)]

    def _read(self, sql: str, given: Sequence[object] = ()) -> list[Any]:
        with self._reading:  # a reader waits for no writer: neither for ours nor for another process's
            try:
                return self._reader.execute(sql, tuple(given)).fetchall()
            except sqlite3.Error as error:
                raise NotStored(f"accepted events cannot be read: {error}") from None

    def settle(self, numbers: Sequence[int]) -> int:
        """Let go of events that the files hold now; see `Live`. One without an id leaves nothing."""
        count = 0
        with self._step():
            for number in numbers:
                done = self._connection.execute(_SETTLE, (number,))
                count += done.rowcount
            self._connection.execute("DELETE FROM events WHERE event IS NULL AND event_id IS NULL")
            self._changed()
        return count

    def forget(self, holds: Holds) -> int:
        """Forget customers; see `Live`. Their bytes are overwritten, in the write-ahead file, too."""
        with self._step():
            pass  # whoever was asked about before the erasure began is stored now, and is found
        names = [name for (name,) in self._read("SELECT DISTINCT customer FROM events")]
        gone = [name for name, out in zip(names, holds(CUSTOMER, pa.array(names, pa.string())), strict=True) if out]
        count = 0
        named_too = [(one, left) for one, event in self._several() if (left := named.without(event, holds)) is not None]
        if gone or named_too:
            with self._step():
                for name in gone:
                    count += self._connection.execute("DELETE FROM events WHERE customer = ?", (name,)).rowcount
                for number, left in named_too:
                    self._connection.execute(_REWRITE, (left, number))
                self._changed()
        with self._lock:
            try:
                (busy, _, _) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            except sqlite3.Error as error:
                raise NotStored(f"accepted events cannot be forgotten: {error}") from None
        if busy:
            raise NotStored(
                "another process reads accepted events, so that who was forgotten is still in their write-ahead file:"
                " ask again when it has done so"
            )
        return count

    def _several(self) -> list[tuple[int, bytes]]:
        """Return the events that name their person by several identifiers, by their numbers."""
        return self._read("SELECT number, event FROM events NATURAL JOIN several WHERE event IS NOT NULL")

    def _changed(self) -> None:
        self._connection.execute("UPDATE changes SET count = count + 1")

    def changes(self) -> int:
        """Return a number that moves whenever events are taken away; see `Live`."""
        ((count,),) = self._read("SELECT count FROM changes")
        return int(count)

    def __len__(self) -> int:
        """Return how many events there are."""
        ((count,),) = self._read("SELECT count(*) FROM events WHERE event IS NOT NULL")
        return int(count)

    def __enter__(self) -> Self:
        """Return the store, to be closed at the end of a block."""
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self.close()

    def close(self) -> None:
        """End."""
        with self._lock, self._reading:
            self._connection.close()
            self._reader.close()


_INSERT = "INSERT INTO events (at, customer, event_id, content, event) VALUES (?, ?, ?, ?, ?)"
_VERSIONS = "SELECT customer, max(number), (SELECT count FROM changes) FROM events"
_REWRITE = "UPDATE events SET event = ? WHERE number = ? AND event IS NOT NULL"
_SETTLE = "UPDATE events SET event = NULL WHERE number = ? AND event IS NOT NULL"
