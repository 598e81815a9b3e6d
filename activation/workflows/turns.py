"""Turns: of whom a condition began or ceased to hold since the tick before, which the ledger remembers."""

import sqlite3
from collections.abc import Mapping

from activation import ledger
from activation.workflows.event import Turn
from activation.workflows.workflow import Turned, Workflow

TABLES = (
    """CREATE TABLE IF NOT EXISTS inside (
        workflow TEXT NOT NULL, condition TEXT NOT NULL, customer TEXT NOT NULL, holds INTEGER NOT NULL,
        times INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (workflow, customer)
    ) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS inside_customer ON inside (customer)",
)
_KEEP = (
    "INSERT INTO inside VALUES (?, ?, ?, ?, 0, ?) ON CONFLICT DO UPDATE SET times = CASE WHEN condition ="
    " excluded.condition THEN times + (holds <> excluded.holds) ELSE times END, at = CASE WHEN condition ="
    " excluded.condition AND holds = excluded.holds THEN at ELSE excluded.at END,"
    " holds = excluded.holds, condition = excluded.condition"
)
"""A condition that reads otherwise than before is another one: who is inside of it now did not enter."""


def seen(
    connection: sqlite3.Connection,
    rules: Mapping[str, Workflow],
    held: Mapping[str, Mapping[str, bool]],
    now: int,
    since: int,
) -> list[Turn]:
    """Keep of whom conditions hold now, and return who turned at this tick, or at one since a moment.

    Nobody turns where it is asked for the first time: who is inside then was inside before, as far as anybody knows. A
    tick that died before it decided leaves its turns to the next one.

    Args:
        connection: the ledger, opened with TABLES.
        rules: the workflows.
        held: by workflow and customer, whether its trigger's condition holds.
        now: microseconds UTC.
        since: microseconds UTC.
    """
    turns: list[Turn] = []
    for name, own in held.items():
        trigger = rules[name].trigger
        assert isinstance(trigger, Turned)
        with ledger.step(connection):
            connection.executemany(
                _KEEP, ((name, trigger.condition, customer, holds, now) for customer, holds in own.items())
            )
            rows = connection.execute(
                "SELECT customer, at, times FROM inside WHERE workflow = ? AND times > 0 AND at >= ? AND holds = ?",
                (name, since, trigger.entering),
            )
            turns += [Turn(name, customer, at, times) for customer, at, times in rows.fetchall()]
    return turns
