"""Kept: on which day each objective began that does not say so, since its members are those of that day."""

from pathlib import Path

from activation import ledger

TABLES = ("CREATE TABLE IF NOT EXISTS objectives (name TEXT PRIMARY KEY, start INTEGER NOT NULL)",)


def start(dataset: str, name: str, now: int, path: Path | None = None) -> int:
    """Return the first moment of an objective, in microseconds UTC: what was kept, else `now`, which is kept then.

    Raises:
        LedgerError: the ledger cannot be opened.
    """
    with ledger.opened(dataset, TABLES, path) as connection:
        connection.execute("INSERT OR IGNORE INTO objectives VALUES (?, ?)", (name, now))
        ((moment,),) = connection.execute("SELECT start FROM objectives WHERE name = ?", (name,)).fetchall()
    return int(moment)
