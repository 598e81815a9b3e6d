"""Keys: which audience a list at an account was ever of. A key is never used for another one, whoever asks for it."""

import sqlite3

from activation.destinations.vendor import Vendor
from activation.outbox import acknowledged

TABLES = (
    """CREATE TABLE IF NOT EXISTS keys (
        kind TEXT NOT NULL, account TEXT NOT NULL, key TEXT NOT NULL, audience TEXT NOT NULL,
        destination TEXT NOT NULL, PRIMARY KEY (kind, account, key)
    )""",
)


class KeyTaken(ValueError):
    """A destination's list was another audience's: members of both could not be told apart."""


def check(connection: sqlite3.Connection, vendor: Vendor, key: str, audience: str) -> None:
    """Refuse a key that was another audience's, and one that another destination of the account has members by.

    Raises:
        KeyTaken: it was, or has.
    """
    sql = "SELECT audience, destination FROM keys WHERE kind = ? AND account = ? AND key = ?"
    was, whose = connection.execute(sql, (vendor.kind, vendor.account, key)).fetchone() or (audience, vendor.name)
    if was != audience:
        by = "" if whose == vendor.name else f" of destinations.{whose}, which has the same account"
        raise KeyTaken(
            f"destinations.{vendor.name}: {key!r} was the list of the audience {was!r}{by}, and cannot be that of"
            f" {audience!r}: give it a list of its own."
        )
    sql = f"SELECT count(*) FROM acknowledged WHERE destination = ? AND key = ? AND {acknowledged.IN}"
    (members,) = connection.execute(sql, (whose, key)).fetchone()
    if whose != vendor.name and members:
        raise KeyTaken(
            f"destinations.{vendor.name}: {key!r} has {members:,} members by destinations.{whose}, which has the same"
            f" account: whoever refuses would stay in. Call it {whose!r} again, or sync that until nobody is left."
        )


def take(connection: sqlite3.Connection, vendor: Vendor, key: str, audience: str) -> None:
    """Keep within a step that a key is an audience's, for ever.

    Raises:
        KeyTaken: it was another's.
    """
    check(connection, vendor, key, audience)
    connection.execute(
        "INSERT INTO keys VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET destination = excluded.destination",
        (vendor.kind, vendor.account, key, audience, vendor.name),
    )
