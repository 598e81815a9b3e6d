"""Erasing at destinations: whoever a destination was ever told of is taken out there, and erased by its own call.

What is asked for lies in a ledger of its own until it is done, so that the dataset's own forgets at once, and nobody
else's rows are sent because somebody is erased.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import pyarrow as pa

from activation import ledger
from activation.destinations.row import Row
from activation.destinations.vendor import Vendor
from activation.outbox import acknowledged, outbox
from activation.outbox.acknowledged import Acknowledged
from activation.outbox.item import ERASE, LEAVE, Item, State
from features import settings
from features.consent.suppression import CUSTOMER, Holds
from features.dataset import DatasetError

TABLES = (*outbox.TABLES, *acknowledged.TABLES)
_OVER = (State.DONE, State.PLANNED, State.SENT, State.ACCEPTED)
_AGAIN = (
    "UPDATE outbox SET state = 'planned', tries = 0, later = 0, reason = ''"
    f" WHERE state NOT IN {tuple(map(str, _OVER))}"
)
Reads = Callable[[str], Vendor]
"""Returns a destination by name. Raises DatasetError where the dataset has none."""


def path(dataset: str) -> Path:
    """Return the ledger of erasures that are under way."""
    return settings.outbox(dataset).with_name(f"{dataset}.erasing.sqlite")


def plan(dataset: str, holds: Holds, reads: Reads, now: int) -> Iterator[str]:
    """Ask for the erasure of people wherever they were ever acknowledged; yield what people are to do themselves.

    It may be broken off anywhere and done again.

    Args:
        dataset: its name.
        holds: who is erased.
        reads: gives destinations.
        now: microseconds UTC.
    """
    where = settings.outbox(dataset)
    if not where.is_file():
        return
    with ledger.opened(dataset, TABLES) as connection:
        names = ledger.customers(connection)
        gone = [one for one, out in zip(names, holds(CUSTOMER, pa.array(names, pa.string())), strict=True) if out]
        told = [one for name in gone for one in acknowledged.anywhere(connection, name)]
    by_destination: dict[str, list[Acknowledged]] = {}
    for one in told:
        by_destination.setdefault(one.destination, []).append(one)
    for name, rows in by_destination.items():
        items, todo = _items(name, rows, reads, now)
        if any(one.member for one in rows) and _at_once(name, reads):  # else the file without them is never written
            with ledger.opened(dataset, TABLES) as connection, ledger.step(connection):
                acknowledged.doubt(connection, name)
        if items:
            with ledger.opened(dataset, TABLES, path(dataset)) as connection, ledger.step(connection):
                outbox.add(connection, items, now, anew=True)
        yield from todo


def _items(name: str, rows: Sequence[Acknowledged], reads: Reads, now: int) -> tuple[list[Item], list[str]]:
    """Return what a destination is asked for, and what it cannot be."""
    people = len({one.customer for one in rows})
    try:
        vendor = reads(name)
    except DatasetError as error:
        return [], [f"to do: erase {people:,} of the people named in {name}, which cannot be asked: {error}"]
    items, todo = list[Item](), list[str]()
    members = [one for one in rows if one.member]
    if vendor.snapshot and members:
        todo.append(f"to do: make sync DESTINATION={name}: its next file is without those of {people:,} who were in it")
        members = []
    for change, some in ((LEAVE, members), (ERASE, list(_once(rows)))):
        try:
            vendor.steps(change) if some else None
        except DatasetError as error:
            todo.append(f"to do: {_DO[change]} {people:,} of the people named in {name}: {error}")
            continue
        items += [_item(vendor, change, one, now) for one in some]
    return items, todo


def _at_once(name: str, reads: Reads) -> bool:
    """Return whether a destination is told of everybody at once."""
    try:
        return reads(name).snapshot
    except DatasetError:
        return False


_DO = {LEAVE: "take out of their audiences", ERASE: "erase"}


def _once(rows: Sequence[Acknowledged]) -> Iterator[Acknowledged]:
    """Yield each identifier of each customer once, with the destination's own id where some row has it."""
    by_person: dict[tuple[str, str], Acknowledged] = {}
    for one in rows:
        before = by_person.get((one.customer, one.identifier))
        if before is None or not before.vendor:
            by_person[one.customer, one.identifier] = one
    yield from by_person.values()


def _item(vendor: Vendor, change: str, one: Acknowledged, now: int) -> Item:
    audience, key = (one.audience, one.key) if change == LEAVE else ("", "")
    what = (change, one.destination, one.customer, one.identifier, audience, key)
    own = sha256("\0".join(what).encode()).hexdigest()
    identifiers = {vendor.identifier: one.identifier} | ({"vendor": one.vendor} if one.vendor else {})
    row = Row(id=own, customer=one.customer, identifiers=identifiers, audience=audience, key=key, member=False)
    return Item(
        id=own,
        destination=one.destination,
        change=change,
        row=row,
        purpose="",
        source="erasure",
        due=now,
        contact=False,
    )


def again(connection: sqlite3.Connection) -> list[str]:
    """Plan anew what failed before; return the destinations that are still to be asked."""
    with ledger.step(connection):
        connection.execute(_AGAIN)
        connection.execute("DELETE FROM outbox WHERE state = 'done'")
    return [name for (name,) in connection.execute("SELECT DISTINCT destination FROM outbox")]


def finished(connection: sqlite3.Connection) -> Mapping[str, int]:
    """Forget what was done; return of each destination how many rows it still is to be asked for."""
    with ledger.step(connection):
        connection.execute("DELETE FROM outbox WHERE state = 'done'")
        connection.execute("DELETE FROM acknowledged")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return dict(connection.execute("SELECT destination, count(*) FROM outbox GROUP BY destination"))
