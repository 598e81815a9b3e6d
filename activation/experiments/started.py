"""A started experiment: its declaration as it was then, which counts from then on, and who was to be assigned."""

import sqlite3
from dataclasses import dataclass

import msgspec

from activation import ledger
from activation.experiments.declared import Experiment
from features import clock

TABLES = (
    (
        "CREATE TABLE IF NOT EXISTS experiment (name TEXT PRIMARY KEY, at INTEGER NOT NULL, declared TEXT NOT NULL,"
        " customers INTEGER NOT NULL, stopped INTEGER) WITHOUT ROWID"
    ),
)
"""What the ledger holds of it; `at` and `stopped` in microseconds UTC."""
UNIT = "experiment:{}"
"""What assignments of an experiment are logged for."""


class AlreadyDone(ValueError):
    """An experiment was started or stopped before, or was never started."""


class Several(ValueError):
    """Several experiments run on one audience: a customer would be told what two arms are."""


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

    @property
    def end(self) -> int:
        """From when on it decides nothing any more, microseconds UTC."""
        return self.at + self.experiment.length

    @property
    def unit(self) -> str:
        """What its assignments are logged for."""
        return UNIT.format(self.experiment.name)

    @property
    def state(self) -> str:
        """What it does to its audience, in words."""
        return self.experiment.name if self.assigns else f"{self.experiment.name}, stopped"

    def changed(self, now: Experiment) -> list[str]:
        """Return the keys that are declared otherwise today; those of the start count."""
        return [key for key in Experiment.__struct_fields__ if getattr(now, key) != getattr(self.experiment, key)]


def of(connection: sqlite3.Connection, name: str) -> Started | None:
    """Return a started experiment; None where it never was."""
    sql = "SELECT at, declared, customers, stopped FROM experiment WHERE name = ?"
    if (row := connection.execute(sql, (name,)).fetchone()) is None:
        return None
    return Started(msgspec.json.decode(row[1], type=Experiment), row[0], row[2], row[3])


def of_audience(connection: sqlite3.Connection, audience: str, now: int) -> Started | None:
    """Return the experiment that decides what an audience is told at a moment; None where none does.

    It is the one that runs, else, of those that were stopped before their end, the one that was started last.

    Args:
        connection: the ledger, opened with TABLES.
        audience: whose members are assigned.
        now: microseconds UTC.

    Raises:
        Several: more than one runs.
    """
    names = [name for (name,) in connection.execute("SELECT name FROM experiment WHERE at <= ? ORDER BY at", (now,))]
    every = [found for name in names if (found := of(connection, name)) is not None]
    there = [one for one in every if one.experiment.audience == audience and now < one.end]
    running = [one for one in there if one.assigns]
    if len(running) > 1:
        both = " and ".join(one.experiment.name for one in running)
        raise Several(f"audience {audience!r}: the experiments {both} run on it; one is allowed: stop the others.")
    return next(iter([*running, *reversed(there)]), None)


def require_alone(connection: sqlite3.Connection, experiment: Experiment, now: int) -> None:
    """Refuse an experiment on whose audience another one runs.

    Raises:
        Several: one does.
    """
    found = of_audience(connection, experiment.audience, now)
    if found is not None and found.assigns and found.experiment.name != experiment.name:
        raise Several(
            f"experiments.{experiment.name}: the experiment {found.experiment.name} runs on the audience"
            f" {experiment.audience!r} until {clock.iso(found.end)}; one is allowed: stop it first."
        )


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
