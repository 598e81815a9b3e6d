"""`python -m serving.load`: what files hold now becomes the stored events, beside a running service, in one step."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
import typer

from features import clock, command
from features.buckets import intake, memory
from features.buckets.settled import Settled, settled
from features.dataset import Dataset, DatasetError, load
from features.log.held import Held
from features.log.log import NoEvents
from features.log.store import mapped, opened
from features.log.store.accepted import NotStored
from features.remote.copied import Copies, Since
from serving import fresh
from serving.marks import Marks, declared

SECONDS = 30.0
"""So long services have to take up what is stored, before what they no longer need is let go of."""
_BETWEEN = 0.2


def main(
    dataset: command.DatasetOption = command.DATASET,
    allowed: memory.Option = None,
    now: command.NowOption = None,
    since: Annotated[
        bool, typer.Option("--since", help="Take in only what is new in tables that say `since`; all where that fails.")
    ] = False,
) -> None:
    """Read a dataset's files and store their events; services that run take them up, and what they accepted stays.

    What was accepted and is in the files now is let go of: what has the same `event_id`, and where there are no ids,
    what is of a kind that the files bring and happened before their data end.
    """
    started = time.perf_counter()
    with command.told(DatasetError, NoEvents, NotStored, ValueError):
        business, room = load(dataset), memory.told(allowed)
        clock_now = command.read_clock(now, business.zone)
        if since and _took_new(business, room, clock_now, started):
            return
        tables = Since()
        business = msgspec.structs.replace(business, copies=Copies(business.tables, tables))
        _let_go(business.name, mapped.accepted(business.name), 0)
        taken = intake.take(business, room, now=clock_now, live=False)
        assert taken.log.base is not None
        found = settled(business, taken.log.base.end, room)
        folder = mapped.save(replace(taken.log, accepted=found.held), business.name)
        if tables.now:
            Marks(folder.name, found.store, tables.now, declared(business)).keep(business.name)
        left = _let_go(business.name, found.held)
    for line in (*taken.said(), *_told(found, left)):
        typer.echo(line)
    until = clock.iso(taken.log.base.end, ZoneInfo(business.zone))
    events, customers = taken.log.counts
    typer.echo(f"{events:,} events of {customers:,} customers up to {until} ({time.perf_counter() - started:.1f} s)")


def _took_new(business: Dataset, room: int, now: int, started: float) -> bool:
    """Take in what is new, if that can be told, and say what; else say why not."""
    try:
        found = fresh.taken(business, room, now)
    except fresh.Whole as why:
        typer.echo(f"everything is read: {why}")
        return False
    for line in found.said():
        typer.echo(line)
    typer.echo(f"what is new in tables was taken in ({time.perf_counter() - started:.1f} s)")
    return True


def _let_go(dataset: str, held: Held, seconds: float = SECONDS) -> int:
    """Let go of accepted events that the stored log has, when nobody has one of before; return how many stay."""
    until = time.monotonic() + seconds
    while held.numbers and mapped.others_in_use(dataset):
        if time.monotonic() > until:
            return len(held.numbers)
        time.sleep(_BETWEEN)
    store = opened.some(dataset) if held.numbers else None
    if store is not None:
        try:
            store.settle(sorted(held.of(store.name).numbers))
        finally:
            store.close()
    return 0


def _told(found: Settled, left: int) -> Iterator[str]:
    """Yield what there is to say of events that came in."""
    if found.by_id:
        yield f"came in before, and in the files now: {len(found.by_id):,} events, by their event_id"
    if found.by_time:
        yield (
            f"came in before, and in the files now: {len(found.by_time):,} events of kinds that they bring,"
            " from before their end: the files tell no ids, so they hold all that there was"
        )
    if left:
        yield (
            f"{left:,} of them count once, and are let go of by the next `make load`: a service still has the events of"
            " before"
        )


if __name__ == "__main__":
    command.run(main)
