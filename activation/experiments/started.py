"""A started experiment: its declaration as it was then, which counts from then on, and who was to be assigned."""

import sqlite3
from dataclasses import dataclass

import msgspec

from activation import ledger
from activation.experiments.declared import Experiment

TABLES = (
    (
        "CREATE TABLE IF NOT EXISTS experiment (name TEXT PRIMARY KEY, at INTEGER NOT NULL, declared TEXT NOT NULL,"
        " customers INTEGER NOT NULL, stopped INTEGER) WITHOUT ROWID"
    ),
)
"""What the ledger holds of it; `at` and `stopped` in microseconds UTC."""


class AlreadyDone(ValueError):
    """An experiment was started or stopped before, or was never started."""


@dataclass(frozen=True)
class Started:
    """What is kept of an experiment since it was started."""

    experiment: Experiment
    at: int
    """Microseconds UTC."""
    customers: int
    """How many were to be assigned."""
    stopped: int | None
    """When it was stopped: nobody is assigned and nothing is sent for it any more."""

    @property
    def assigns(self) -> bool:
        """Whether customers are still assigned."""
        return self.stopped is None

    def changed(self, now: Experiment) -> list[str]:
        """Return the keys that are declared otherwise today; those of the start count."""
        return [key for key in Experiment.__struct_fields__ if getattr(now, key) != getattr(self.experiment, key)]


def of(connection: sqlite3.Connection, name: str) -> Started | None:
    """Return a started experiment; None where it never was."""
    sql = "SELECT at, declared, customers, stopped FROM experiment WHERE name = ?"
    if (row := connection.execute(sql, (name,)).fetchone()) is None:
        return None
    return Started(msgspec.json.decode(row[1], type=Experiment), row[0], row[2], row[3])


def start(connection: sqlite3.Connection, experiment: Experiment, customers: int, now: int) -> None:
    """Freeze an experiment.

    Raises:
        AlreadyDone: it was started before.
    """
    if of(connection, experiment.name) is not None:
        raise AlreadyDone(f"experiments.{experiment.name}: it was started before; another try has another name.")
    text = msgspec.json.encode(experiment).decode()
    with ledger.step(connection):
        connection.execute("INSERT INTO experiment VALUES (?, ?, ?, ?, NULL)", (experiment.name, now, text, customers))


def stop(connection: sqlite3.Connection, name: str, now: int) -> None:
    """Stop an experiment: nobody is assigned any more. It is read at its end as before.

    Raises:
        AlreadyDone: it was stopped before, or never started.
    """
    found = of(connection, name)
    if found is None or found.stopped is not None:
        raise AlreadyDone(f"experiments.{name}: it was {'never started' if found is None else 'stopped before'}.")
    with ledger.step(connection):
        connection.execute("UPDATE experiment SET stopped = ? WHERE name = ?", (now, name))
