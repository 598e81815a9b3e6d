"""The outbox: what is to be sent, what was, and what the other side said, item by item, in the ledger."""

import sqlite3
import threading
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice

import msgspec

from activation import ledger
from activation.destinations.row import Row
from activation.outbox.item import ENTER, EVENT, OVER, REACHED, REACHING, Item, State

TABLES = (
    """CREATE TABLE IF NOT EXISTS outbox (
        number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, destination TEXT NOT NULL, change TEXT NOT NULL,
        customer TEXT NOT NULL, source TEXT NOT NULL, purpose TEXT NOT NULL, campaign TEXT NOT NULL, arm TEXT NOT NULL,
        due INTEGER NOT NULL, until INTEGER NOT NULL, contact INTEGER NOT NULL, hash TEXT NOT NULL, row BLOB NOT NULL,
        state TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '', step INTEGER NOT NULL DEFAULT 0,
        vendor TEXT NOT NULL DEFAULT '', job TEXT NOT NULL DEFAULT '', place INTEGER NOT NULL DEFAULT 0,
        tries INTEGER NOT NULL DEFAULT 0, later INTEGER NOT NULL, most INTEGER NOT NULL DEFAULT 0, at INTEGER NOT NULL,
        told INTEGER NOT NULL DEFAULT 0
    )""",
    """CREATE INDEX IF NOT EXISTS outbox_open ON outbox (destination, state, later)
        WHERE state IN ('planned', 'sent', 'accepted')""",
    "CREATE INDEX IF NOT EXISTS outbox_untold ON outbox (number) WHERE state = 'done' AND told = 0",
    "CREATE INDEX IF NOT EXISTS outbox_contacts ON outbox (customer, at) WHERE contact = 1",
)
_MANY = 500
"""Names in one statement."""
_INSERT = (
    "INSERT INTO outbox (id, destination, change, customer, source, purpose, campaign, arm, due, until, contact, hash,"
    " row, state, later, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'planned', ?, ?) ON CONFLICT (id) DO "
)
_OVER = ", ".join(f"'{state}'" for state in OVER)
_ANEW = (
    "UPDATE SET state = 'planned', reason = '', step = 0, job = '', tries = 0, most = 0, later = excluded.later,"
    f" due = excluded.due, at = excluded.at, row = excluded.row WHERE state IN ({_OVER})"
)


class Outbox:
    """The outbox of a dataset, over its ledger; threads of one process may share it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Take a ledger that was opened with TABLES."""
        self.connection = connection
        self.lock = threading.RLock()
        """Held while the connection is used."""

    def put(self, items: Iterable[Item], now: int, *, anew: bool = False) -> int:
        """Add in one step the items that are not there yet; return how many were added.

        Args:
            items: what is to be done.
            now: microseconds UTC.
            anew: whether those count too that are there, and failed, were refused or expired: they are planned again.
        """
        with self.lock, ledger.step(self.connection) as connection:
            return add(connection, items, now, anew=anew)

    def contacts(self, customers: Collection[str] | None, since: int, until: int, but: str = "") -> dict[str, int]:
        """Return how often each customer is reached in [since, until): what is planned counts when it is due.

        Whoever is not reached is left out.

        Args:
            customers: whom to count for; None: everybody.
            since: microseconds UTC.
            until: microseconds UTC.
            but: a source that does not count.
        """
        states = ", ".join("?" * len(REACHING))
        sql = (
            "SELECT customer, count(*) FROM outbox WHERE contact = 1 AND at >= ? AND at < ? AND source <> ?"
            f" AND state IN ({states}) {{}} GROUP BY customer"
        )
        given = (since, until, but, *REACHING)
        with self.lock:
            if customers is None:
                return dict(self.connection.execute(sql.format(""), given))
            found: dict[str, int] = {}
            for some in parts(customers):
                named = f"AND customer IN ({', '.join('?' * len(some))})"
                found.update(self.connection.execute(sql.format(named), (*given, *some)))
            return found

    def reached(self, customers: Collection[str], since: int, but: Collection[str]) -> dict[str, int]:
        """Return how often each customer was reached since a moment, or may have been: what is planned does not count.

        Args:
            customers: whom to count for.
            since: microseconds UTC.
            but: ids of items that do not count.
        """
        states = ", ".join("?" * len(REACHED))
        found = Counter[str]()
        with self.lock:
            for some in parts(dict.fromkeys(customers)):
                sql = (
                    f"SELECT id, customer FROM outbox WHERE contact = 1 AND at >= ? AND state IN ({states})"
                    f" AND customer IN ({', '.join('?' * len(some))})"
                )
                rows = self.connection.execute(sql, (since, *REACHED, *some))
                found.update(customer for id_, customer in rows if id_ not in but)
        return dict(found)

    def delivered(self, source: str) -> list[tuple[str, int, str, str]]:
        """Return who was reached for a source, as the destinations acknowledged it, in order of the moments.

        Args:
            source: what asked for it.

        Returns:
            customer, the moment since which it counts in microseconds UTC, campaign and arm.
        """
        sql = (
            "SELECT customer, due, campaign, arm FROM outbox WHERE contact = 1 AND state = 'done' AND source = ?"
            " ORDER BY due, customer, number"
        )
        with self.lock:
            return self.connection.execute(sql, (source,)).fetchall()

    def states(self, ids: Sequence[str]) -> dict[str, State]:
        """Return how far items are; those that are not there are left out."""
        found: dict[str, State] = {}
        with self.lock:
            for some in parts(ids):
                sql = f"SELECT id, state FROM outbox WHERE id IN ({', '.join('?' * len(some))})"
                found.update((one, State(state)) for one, state in self.connection.execute(sql, some))
        return found

    def told(self, ids: Sequence[str]) -> None:
        """Keep that items were told of, which are done: what they said of anybody is needed no longer."""
        with self.lock, ledger.step(self.connection) as connection:
            for some in parts(ids):
                named = ", ".join("?" * len(some))
                connection.execute(f"UPDATE outbox SET told = 1, row = '' WHERE id IN ({named})", some)


def add(connection: sqlite3.Connection, items: Iterable[Item], now: int, *, anew: bool) -> int:
    """Add items within a step; return how many were added or are planned again."""
    before = connection.total_changes
    connection.executemany(_INSERT + (_ANEW if anew else "NOTHING"), (_kept(item, now) for item in items))
    return connection.total_changes - before


def parts(names: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Yield names in parts that one statement takes."""
    left = iter(names)
    while some := tuple(islice(left, _MANY)):
        yield some


def read(row: bytes) -> Row:
    """Return a row as it was kept."""
    return _ROWS.decode(row)


_ROWS = msgspec.json.Decoder(Row)
_encoded = msgspec.json.Encoder().encode


def _kept(item: Item, now: int) -> tuple[object, ...]:
    reaching = item.contact and item.change in {ENTER, EVENT}
    due = max(item.due, 0)
    return (
        *(item.id, item.destination, item.change, item.row.customer, item.source, item.purpose, item.campaign),
        *(item.arm, due, item.until, reaching, item.hash, _encoded(item.row), due, max(due, now)),
    )
