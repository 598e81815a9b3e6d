"""`python -m activation.experiment`: plan, start, stop and read an experiment of a dataset."""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import numpy as np
import typer
from numpy.typing import NDArray

from activation import ledger
from activation.assignment import kept as assignments
from activation.assignment.assign import Split, assign
from activation.audiences import frozen
from activation.experiments import page, plan, record, started, wording
from activation.experiments.assigned import Assigned, AssignmentError, of_file, of_ledger
from activation.experiments.declared import Experiment, experiment
from activation.experiments.foreseen import foreseen
from activation.experiments.gone import gone
from activation.experiments.measure import NoSuchMeasure
from activation.experiments.moments import TooFew
from activation.experiments.reading import NotYet, read
from activation.experiments.started import AlreadyDone, Started
from features import clock, command, settings
from features.buckets import intake
from features.buckets import memory as memories
from features.dataset import Dataset, DatasetError, load
from features.identity import names
from features.log.log import Log, NoEvents
from features.outputs import kept
from features.sources import erased
from training.bundle import bundle as bundles
from training.tracking import registry, tracking


class Do(StrEnum):
    """What is done with an experiment."""

    PLAN = "plan"
    START = "start"
    STOP = "stop"
    READ = "read"


class Asked(ValueError):
    """What was asked cannot be told: the message says why."""


@tracking.reached()
def main(
    do: Annotated[Do, typer.Argument(help="plan, start, stop or read.")],
    name: Annotated[str, typer.Option(help="Which of [experiments] in the dataset file.")] = "",
    dataset: command.DatasetOption = command.DATASET,
    file: Annotated[
        Path | None,
        typer.Option(
            help="plan, start: a file of the customers' identifiers; by default the audience as it"
            " was frozen last, else all. read: a CSV or Parquet file of"
            " assignments (customer, moment, arm, probability; segment, prediction); by default what was logged."
        ),
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="Look at events before this ISO date or time alone.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the page of a reading there, too.")] = None,
    now: command.NowOption = None,
    allowed: memories.Option = None,
    live: command.LiveOption = True,
) -> None:
    """Plan an experiment before anything is sent, start it, stop it, or read what it caused."""
    faults = (
        DatasetError,
        NoEvents,
        AssignmentError,
        NoSuchMeasure,
        TooFew,
        NotYet,
        AlreadyDone,
        Asked,
        frozen.NoAudience,
        bundles.BundleError,
    )
    with command.told(*faults, memories.Wrong, ledger.LedgerError, sqlite3.Error, ValueError):
        business = load(dataset)
        declared, moment = experiment(business, name), command.read_clock(now, business.zone)
        if do is Do.STOP:
            with _ledger(business) as connection:
                started.stop(connection, name, moment)
            typer.echo(f"{name}: stopped: nobody is assigned or told anything for it any more; it is read as before")
            return
        taken = intake.take(business, memories.told(allowed), now=moment, live=live)
        log, until = taken.log, _until(business, taken.log, as_of)
        if do is Do.READ:
            _read(business, taken, declared, until, file, out, moment)
            return
        places = _places(business, log, declared, file)
        told = plan.plan(log, declared, places, until)
        for line in plan.lines(told, business.currency, business.smallest_group):
            typer.echo(line)
        if do is Do.START:
            with _ledger(business) as connection:
                customers = log.called(places).to_pylist()
                arms = dict(zip(declared.arms, declared.shares, strict=True))
                started.require_alone(connection, declared, moment)
                if started.of(connection, name) is None:  # a run that was killed draws the same again
                    assign(connection, Split(started.UNIT.format(name), arms), customers, moment, business.zone)
                started.start(connection, declared, places.size, moment)
            typer.echo(
                f"{name}: started: what is declared of it now counts from here on, and {places.size:,} are assigned"
            )
            typer.echo(f"`make audience NAME={declared.audience}` gives them what their arms are told, from now on")


def _ledger(business: Dataset) -> AbstractContextManager[sqlite3.Connection]:
    return ledger.opened(business.name, (*started.TABLES, *assignments.TABLES))


def _until(business: Dataset, log: Log, as_of: str | None) -> int:
    """Return up to when events are looked at: the data's end, or a moment before it."""
    end = intake.base(business, log.days).end
    if not as_of:
        return end
    asked = clock.parse(as_of, ZoneInfo(business.zone), "as-of")
    if asked > end:
        raise Asked(
            f"--as-of: got {as_of}; up to the data's end, {clock.iso(end)}, is allowed: later days are unknown."
        )
    return asked


def _places(business: Dataset, log: Log, declared: Experiment, file: Path | None) -> NDArray[np.int64]:
    """Return the places of the customers of a file, else of the audience as it was frozen last, else of everybody."""
    if file is None and declared.audience in frozen.names(business.name):
        members = frozen.load(business, declared.audience).members["customer_id"].to_pylist()
        found_places = {log.place(str(one)) for one in members}
        return np.array(sorted(place for place in found_places if place is not None), np.int64)
    if file is None:
        typer.echo(f"the audience {declared.audience!r} was never frozen: all customers count; FILE= names some")
        return np.flatnonzero(log.own_known(np.full(len(log.customers), np.iinfo(np.int64).max)))
    found = erased.identifiers(business, str(file.resolve()), "FILE")
    places = {log.place(names.one(own, business.identifiers)) for own in found}
    known = np.array(sorted(place for place in places if place is not None), np.int64)
    if len(places) > known.size:
        typer.echo(f"not counted: {len(found) - known.size:,} of {len(found):,} in {file}, of whom nothing is known")
    return known


def _read(
    business: Dataset,
    taken: intake.Intake,
    declared: Experiment,
    until: int,
    file: Path | None,
    out: Path | None,
    now: int,
) -> None:
    """Read an experiment, tell it, and keep it as a run of MLflow."""
    begun, assigned = _assigned(business, declared, file)
    counts = begun.experiment if begun else declared
    for line in _noted(begun, declared):
        typer.echo(line)
    assigned, by = _then(business, taken.log, assigned, counts)
    planned, left_out = begun.customers if begun else 0, gone(business, taken, now)
    reading = read(taken.log, counts, assigned, until, planned, business.smallest_group, left_out)
    lines = [*wording.lines(reading, business.currency), *by]
    for line in lines:
        typer.echo(line)
    text = page.html(reading, business.currency)
    if out is not None:
        out.write_text(text, encoding="utf-8")
        kept.remember(out)
        typer.echo(f"written to {out}")
    run = record.record(reading, business.name, taken.log.digest, text, "\n".join(lines) + "\n")
    typer.echo(f"run {run} of MLflow has it all: make ui")


def _assigned(business: Dataset, declared: Experiment, file: Path | None) -> tuple[Started | None, Assigned]:
    """Return what was kept at the start, None where it never was, and who was assigned."""
    begun = None
    if settings.outbox(business.name).is_file():
        with _ledger(business) as connection:
            begun = started.of(connection, declared.name)
            arms = tuple((begun.experiment if begun else declared).arms)
            if file is None:
                return begun, of_ledger(connection, started.UNIT.format(declared.name), arms)
    arms = tuple((begun.experiment if begun else declared).arms)
    if file is None:
        raise AssignmentError(f"experiments.{declared.name}: nobody was assigned; FILE= names a log of assignments.")
    return begun, of_file(file, arms, business.zone)


def _then(business: Dataset, log: Log, assigned: Assigned, counts: Experiment) -> tuple[Assigned, list[str]]:
    """Return the assigned with their segments and predictions then, by a bundle of that time, and which it is."""
    if assigned.segment is not None and assigned.prediction is not None:
        return assigned, []
    found = registry.trained_by(tracking.client(tracking.place()), business.name, int(assigned.moment.min()))
    if found is None:
        return assigned, ["no bundle was trained on data from before the first assignment: none tells segments then"]
    said = f"segments and predictions as of the assignment: by the bundle's version {found.version}"
    return foreseen(log, assigned, bundles.load(Path(found.folder)).bundle, counts.segmenter), [said]


def _noted(begun: Started | None, declared: Experiment) -> Iterator[str]:
    if begun is None:
        yield "it was never started by this command: what is declared today counts"
    elif changed := begun.changed(declared):
        yield f"declared otherwise since it was started, which does not count: {', '.join(changed)}"


if __name__ == "__main__":
    command.run(main)
