"""Keys: which audience a destination's list was ever of. A key is never used for another one."""

import sqlite3

TABLES = (
    """CREATE TABLE IF NOT EXISTS keys (
        destination TEXT NOT NULL, key TEXT NOT NULL, audience TEXT NOT NULL, PRIMARY KEY (destination, key)
    )""",
)


class KeyTaken(ValueError):
    """A destination's list was another audience's: members of both could not be told apart."""


def check(connection: sqlite3.Connection, destination: str, key: str, audience: str) -> None:
    """Refuse a key that was another audience's.

    Raises:
        KeyTaken: it was.
    """
    found = connection.execute("SELECT audience FROM keys WHERE destination = ? AND key = ?", (destination, key))
    was = next(found, None)
    if was and was[0] != audience:
        raise KeyTaken(
            f"destinations.{destination}: {key!r} was the list of the audience {was[0]!r}, and cannot be that of"
            f" {audience!r}: give it a list of its own."
        )


def take(connection: sqlite3.Connection, destination: str, key: str, audience: str) -> None:
    """Keep within a step that a key is an audience's, for ever.

    Raises:
        KeyTaken: it was another's.
    """
    check(connection, destination, key, audience)
    connection.execute("INSERT INTO keys VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (destination, key, audience))
