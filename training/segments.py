"""`python -m training.segments`: in which segment everybody was at the end of each month, and who moved."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features import command
from features.buckets import memory
from training.tracking import tracking

if TYPE_CHECKING:
    from features.dataset import Dataset
    from training.bundle.bundle import Stored
    from training.scored.table import Table

WIDTH = 160
"""Of the tables where there is no terminal to ask."""


class Overdue(RuntimeError):
    """The bundle was to be trained again before, since somebody was erased."""


@tracking.reached()
def main(
    dataset: command.DatasetOption = command.DATASET,
    since: Annotated[str | None, typer.Option("--from", help="Look at no month that is over before this date.")] = None,
    months: Annotated[
        int | None, typer.Option(min=1, help="Look at so many of the newest months. Default: all.")
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            help="The folder to write, or a table postgresql://user@host/database/table of the history, with"
            " others beside it. Default: mlruns/segments/<dataset> under the home."
        ),
    ] = None,
    scores: Annotated[
        list[Path] | None,
        typer.Option(
            help="A table that `make score` wrote as of the end of a month, a Parquet file or folder; said again, one"
            " for each month: take segments from them."
        ),
    ] = None,
    allowed: memory.Option = None,
    now: command.NowOption = None,
    live: command.LiveOption = True,
) -> None:
    """Write who was in which segment at the end of each month of the data, and who entered, left, stayed and moved."""
    command.single_threaded()
    from zoneinfo import ZoneInfo

    from features import clock
    from features.buckets import intake
    from features.consent import reading
    from features.dataset import DatasetError, load
    from features.log.log import NoEvents
    from features.outputs import address
    from training.bundle import bundle
    from training.bundle.bundle import BundleError
    from training.migration import database, job, place, table
    from training.tracking import registry

    started, console = time.perf_counter(), command.console(WIDTH)
    faults = (DatasetError, NoEvents, memory.Wrong, BundleError, registry.NothingRegistered, Overdue, ValueError)
    with command.told(*faults):
        if scores and (since or months):
            raise ValueError("FROM, MONTHS: with SCORES, the months are those that there are tables of.")
        far = address.of(out or "")
        if far:
            database.require(far)
        business = load(dataset)
        zone, room = ZoneInfo(business.zone), memory.told(allowed)
        clock_now, first = command.read_clock(now, business.zone), clock.parse(since, zone, "from") if since else None
        chosen = registry.find(tracking.client(tracking.place()), business.name)
        stored = bundle.load(Path(chosen.folder))
        due_by = due(business, stored, clock_now)
        where = place.made(None if far else out, business.name)
        asked, said = job.Asked(first, months, where, room, clock_now), list[str]()
        if scores:
            with reading.held(business.name):  # an erasure waits until it is written
                tables = [scored_table(path, business, stored, clock_now, live, said) for path in scores]
                found = job.of_tables(business, stored, chosen.version, tables, asked)
        else:
            with intake.opened(business, room, now=clock_now, live=live) as read:
                found = job.migrated(business, stored, chosen.version, read, asked)
                said = read.aside().said()
        if far:
            database.write(where, far)
    if chosen.alias != registry.CHAMPION:
        typer.echo(f"there is no champion yet: using the {chosen.alias}, version {chosen.version}")
    for line in (*dict.fromkeys(said), *found.notes, *([due_by] if due_by else [])):
        typer.echo(line)
    for one in found.moves if len(found.months) > 1 else ():
        console.print(table.table(one))
        if line := table.left_out(one, business.smallest_group):
            typer.echo(line)
    span = " to ".join(dict.fromkeys((found.months[0].name, found.months[-1].name)))
    typer.echo(f"\n{span}: {far or where} ({time.perf_counter() - started:.1f} s)")


def scored_table(path: Path, dataset: Dataset, stored: Stored, now: int, live: bool, said: list[str]) -> Table:
    """Return a table of scores, of the dataset as it is now, and add what is to be said of it.

    Raises:
        Unfit: it is another.
    """
    from training.scored import table

    found = table.read(path, dataset, stored)
    said += table.require_current(found, dataset, now, live=live)
    return found


def due(dataset: Dataset, stored: Stored, now: int) -> str:
    """Return what is to be said of a bundle that was trained before an erasure; empty where it was not.

    Raises:
        Overdue: it was to be trained again before, and the dataset refuses such bundles.
        DatasetError: the list of erased people cannot be read.
    """
    from zoneinfo import ZoneInfo

    from features.clock import iso
    from features.consent import lineage
    from features.consent.consent import Consent
    from features.sources import erased

    suppressed = erased.read(dataset)
    moment = lineage.retrain_by(dataset.name, stored.id, suppressed) if suppressed else None
    if moment is None:
        return ""
    day = iso(moment, ZoneInfo(dataset.zone))[:10]
    if now >= moment and (dataset.consent or Consent({})).overdue == "refuse":
        raise Overdue(f"the bundle may have learned from somebody erased since; train it again (due {day}): make train")
    return f"somebody was erased since the bundle was trained: train it again by {day}"


if __name__ == "__main__":
    command.run(main)
