"""The queue: which items are to be sent now, in which order; what is under way; what a dead process left."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import structs

from activation.destinations.row import Row
from activation.outbox.item import EVENT, LEAVE, Item, State
from activation.outbox.outbox import parts, read

_TOGETHER = 10_000
"""Items that are looked at in one go."""
_COLUMNS = (
    "id, destination, change, purpose, source, due, until, campaign, arm, contact, hash, row, step, vendor, job, tries,"
    " most"
)
_WAITING = "destination = ? AND state = 'planned' AND due <= ? AND substr(source || ';', 1, length(?)) = ?"
_NO_ONE_FLYING = (
    f"(change = '{EVENT}' OR NOT EXISTS (SELECT 1 FROM outbox AS other WHERE other.destination = outbox.destination AND"
    " other.customer = outbox.customer AND other.change <> 'event' AND (other.state = 'sent' OR other.state ="
    f" 'accepted' AND outbox.change <> '{LEAVE}')))"
)


@dataclass(frozen=True)
class Open:
    """An item on its way."""

    item: Item
    step: int
    """Which of its change's operations is next."""
    vendor: str
    """The id that the destination gave the customer, as far as it told."""
    job: str
    tries: int
    """Calls that it was in since it last got on."""
    most: int
    """With how many rows it may be in one call; 0: with any."""

    @property
    def row(self) -> Row:
        """What is told, with the destination's id where that is known."""
        row = self.item.row
        known = {**row.identifiers, "vendor": self.vendor} if self.vendor else row.identifiers
        return structs.replace(row, identifiers=known)


def waiting(
    connection: sqlite3.Connection, destination: str, now: int, source: str = "", *, whole: bool = False
) -> list[Open]:
    """Return the next items to be sent that may be in one call: of one change, step, audience.

    Those alone count whose source begins so. With `whole` one call is to hold everybody: as soon as one of them may go,
    all are returned, those too that would wait longer after a failure.

    What takes somebody out goes first: an identifier may be somebody else's by now. A customer's next change waits for
    the one that is under way; whoever is to leave waits for no job, which may never end. What it then puts in is known
    to be in, and leaves by the next plan.
    """
    sql = (
        f"SELECT {_COLUMNS} FROM outbox WHERE {_WAITING} AND (later <= ? OR ?) AND {_NO_ONE_FLYING}"
        f" ORDER BY change <> 'leave', number LIMIT {-1 if whole else _TOGETHER}"
    )
    if whole and (next_at(connection, destination, now, source) or now) > now:
        return []
    found = [_opened(row) for row in connection.execute(sql, (destination, now, source, source, now, whole))]
    alike = [one for one in found if _kind(one) == _kind(found[0])]
    once: dict[tuple[str, ...], Open] = {}
    for one in alike:  # a customer's changes go one by one
        whose = (one.item.row.customer, one.item.id if one.item.change == EVENT else "")
        once.setdefault((*whose, *one.item.row.identifiers.values()), one)
    return list(once.values())


def flying(connection: sqlite3.Connection, destination: str, state: State) -> list[Open]:
    """Return the items under way in a state, in the order that they have in their call."""
    sql = f"SELECT {_COLUMNS} FROM outbox WHERE destination = ? AND state = ? ORDER BY job, place"
    return [_opened(row) for row in connection.execute(sql, (destination, state))]


def job(connection: sqlite3.Connection, destination: str, now: int) -> list[Open]:
    """Return the items of one job that is to be asked for by now, in their order; empty where there is none."""
    sql = (
        f"SELECT {_COLUMNS} FROM outbox WHERE destination = ?1 AND state = 'accepted' AND job = (SELECT job FROM outbox"
        " WHERE destination = ?1 AND state = 'accepted' AND later <= ?2 ORDER BY later LIMIT 1) ORDER BY place"
    )
    return [_opened(row) for row in connection.execute(sql, (destination, now))]


def claimed(connection: sqlite3.Connection, items: Sequence[Open], now: int) -> list[Open]:
    """Mark within a step items as sent that are still to be sent, and return them, in their order.

    Another process may have had them meanwhile.
    """
    ours: set[str] = set()
    for some in parts([one.item.id for one in items]):
        sql = (
            f"UPDATE outbox SET state = 'sent', at = ?, tries = tries + 1 WHERE id IN ({', '.join('?' * len(some))})"
            " AND state = 'planned' RETURNING id"
        )
        ours.update(name for (name,) in connection.execute(sql, (now, *some)).fetchall())
    return [one for one in items if one.item.id in ours]


def next_at(connection: sqlite3.Connection, destination: str, due: int, source: str = "") -> int | None:
    """Return when the next item that was due by a moment is to be sent or asked for; None where there is none."""
    sql = (
        "SELECT min(later) FROM outbox WHERE destination = ?1 AND (state = 'accepted' OR state = 'planned' AND"
        f" due <= ?2 AND substr(source || ';', 1, length(?3)) = ?3 AND {_NO_ONE_FLYING})"
    )
    (found,) = connection.execute(sql, (destination, due, source)).fetchone()
    return None if found is None else int(found)


def late(connection: sqlite3.Connection, destination: str, now: int, source: str = "") -> list[str]:
    """Let within a step items expire that were not begun in time; return their customers."""
    sql = (
        f"UPDATE outbox SET state = 'expired', reason = 'it was not sent in time' WHERE {_WAITING} AND until > 0 AND"
        " until <= ? AND step = 0 RETURNING customer"
    )
    return [customer for (customer,) in connection.execute(sql, (destination, now, source, source, now)).fetchall()]


def open_counts(connection: sqlite3.Connection, destination: str, now: int, source: str = "") -> tuple[int, int]:
    """Return how many items that are due are still to be sent, and how many a job has that is not finished."""
    sql = f"SELECT count(*) FROM outbox WHERE {_WAITING}"
    (left,) = connection.execute(sql, (destination, now, source, source)).fetchone()
    sql = "SELECT count(*) FROM outbox WHERE destination = ? AND state IN ('accepted', 'sent')"
    (accepted,) = connection.execute(sql, (destination,)).fetchone()
    return int(left), int(accepted)


def untold(connection: sqlite3.Connection, destinations: Sequence[str]) -> list[Item]:
    """Return items that are done and were not told of yet."""
    named = ", ".join("?" * len(destinations))
    sql = f"SELECT {_COLUMNS} FROM outbox WHERE state = 'done' AND told = 0 AND destination IN ({named})"
    sql += f" ORDER BY number LIMIT {_TOGETHER}"
    return [_opened(row).item for row in connection.execute(sql, tuple(destinations))]


def _kind(one: Open) -> tuple[object, ...]:
    return one.item.change, one.step, one.item.row.audience, one.item.row.key, one.item.row.member


def _opened(row: tuple[Any, ...]) -> Open:
    (name, destination, change, purpose, source, due, until, campaign, arm, contact, hashed, kept, *rest) = row
    item = Item(
        id=name, destination=destination, change=change, row=read(kept), purpose=purpose, source=source, due=due,
        until=until, campaign=campaign, arm=arm, contact=bool(contact), hash=hashed,
    )  # fmt: skip
    return Open(item, *rest)
