"""`python -m activation.audience`: who is contacted for what, with what and why; shown first, frozen, and written."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from activation import ledger
from activation.assignment import kept as assigned
from activation.audiences import choice, codes, frozen, scored, served, shown, told
from activation.audiences.choice import Asked, Choice, Road
from activation.audiences.declared import declared
from activation.audiences.frozen import Frozen, NoAudience
from activation.audiences.served import NoBundle
from activation.experiments import started
from activation.ledger import LedgerError
from activation.outbox import outbox
from activation.plan import plan
from features import clock, command
from features.buckets import intake, memory
from features.consent import reading
from features.dataset import Dataset, DatasetError, load
from features.log.as_of import Outdated
from features.nearest import nearest
from features.outputs import address, output
from features.sources import erased
from training import batch, due
from training.bundle import bundle as bundles
from training.scored import known
from training.scored import table as tables
from training.tracking import registry, tracking
from training.tracking.answer import Unreachable

_FAULTS = (DatasetError, NoAudience, NoBundle, bundles.BundleError, due.Overdue, LedgerError, Unreachable, Outdated)


@tracking.reached()
def main(
    name: Annotated[str, typer.Option(help="Which audience of the dataset file.")] = "",
    dataset: command.DatasetOption = command.DATASET,
    out: Annotated[Path | None, typer.Option(help=command.OUT)] = None,
    preview: Annotated[int, typer.Option(min=0, help="Show so many members, and freeze nothing.")] = 0,
    why: Annotated[str, typer.Option(help="Say of this customer where they fall out, and freeze nothing.")] = "",
    scores: tables.Option = None,
    id_: Annotated[str, typer.Option("--id", help="Show what was frozen by this id; `newest` is the last.")] = "",
    allowed: memory.Option = None,
    now: command.NowOption = None,
    live: command.LiveOption = True,
) -> None:
    """Choose an audience with the champion, say how it came about, freeze it, and write it to OUT."""
    with command.told(*_FAULTS, ValueError), ExitStack() as holding:
        if out is not None:
            output.require(out)
        if out is not None and (preview or why) and not id_:
            raise ValueError("OUT: PREVIEW and WHY only look; leave OUT or them out.")
        business = load(dataset)
        holding.enter_context(reading.held(business.name))  # until it is written: an erasure waits for it
        said = declared(business)
        if id_:
            again(business, name, "" if id_ == "newest" else id_, out, preview)
            return
        if name not in said.by_name:
            raise ValueError(f"NAME: got {name!r}.{nearest(name, said.by_name)}")
        moment = command.read_clock(now, business.zone)
        pointed = served.served(business.name)
        stored = bundles.load(Path(pointed.folder))
        if pointed.alias != registry.CHAMPION:
            typer.echo(f"there is no champion yet: using the {pointed.alias}, version {pointed.version}")
        if due_by := due.retrain_by(stored, erased.read(business), moment, due.rule(business.consent)):
            typer.echo(batch.DUE.format(due_by=due_by))
        wanted = choice.asked(business, said, name, stored.bundle, moment)
        table = tables.read(scores, business, stored) if scores else None
        made = choose(wanted, memory.told(allowed), table, keep=not (preview or why), live=live)
        if why:
            typer.echo(choice.why(why, made))
        for line in shown.preview(made.made.members, preview):
            typer.echo(line)
        if not preview and not why:
            members, about = told.kept(made.made.members, made.tell), choice.about(wanted, made, pointed.version)
            _written(frozen.freeze(business, members, about, moment), out)


def again(business: Dataset, name: str, id_: str, out: Path | None, preview: int) -> None:
    """Show what was frozen, without those who were erased since."""
    found = frozen.load(business, name, id_ or None)
    for line in (*shown.of_frozen(found, business.smallest_group), *shown.preview(found.rows, preview)):
        typer.echo(line)
    _written(found, out)


def choose(wanted: Asked, room: int, table: tables.Table | None, *, keep: bool, live: bool) -> Choice:
    """Read a table of scores, else the sources, choose the audience, and say how it came about."""
    made, notes = _of_table(wanted, room, table, keep, live) if table else _of_logs(wanted, room, keep, live)
    for line in (*notes, *made.rules.told(), *_told(wanted, made)):
        typer.echo(line)
    return made


def _of_logs(wanted: Asked, room: int, keep: bool, live: bool) -> tuple[Choice, list[str]]:
    with intake.opened(wanted.dataset, room, now=wanted.now, live=live) as read:
        if not read.events:
            read.aside()
        made = _chosen(wanted, choice.of_logs(wanted, read), keep=keep)
        return made, read.aside().said()


def _of_table(wanted: Asked, room: int, table: tables.Table, keep: bool, live: bool) -> tuple[Choice, list[str]]:
    tables.require_own(table)
    notes = tables.require_current(table, wanted.dataset, wanted.now, live=live)
    spoken = f"as of {table.base}, or everybody's own newest event, as {table.path} tells"
    beside = known.known(wanted.dataset, wanted.now)
    made = _chosen(wanted, scored.road(wanted, table, room, beside), keep=keep)
    return made, [spoken, *notes, *beside.notes, *made.found.notes]


def _chosen(wanted: Asked, road: Road, *, keep: bool) -> Choice:
    with _connected(wanted.dataset) as connection:
        box = outbox.Outbox(connection)
        return choice.choose(
            wanted,
            road,
            lambda who, since: box.contacts(who, since, clock.LAST, plan.source(wanted.name)),  # in it they stay
            connection,
            keep=keep,
        )


@contextmanager
def _connected(business: Dataset) -> Iterator[sqlite3.Connection]:
    with ledger.opened(business.name, (*assigned.TABLES, *codes.TABLES, *outbox.TABLES, *started.TABLES)) as connection:
        yield connection


def _told(wanted: Asked, made: Choice) -> Iterator[str]:
    smallest = wanted.dataset.smallest_group
    yield from shown.sizes(wanted.name, made.found, smallest)
    if wanted.dataset.consent is None:
        yield "  the dataset has no [consent]: who allows to be contacted is not looked at"
    deciding = made.policy.held.name if made.policy else ""
    asked = (f"{name} version {version}" for name, version in made.policies.items() if name != deciding)
    yield from (f"  the rule asks policy {one}" for one in asked)
    if made.policy:
        yield f"  {made.policy.said}"
    yield from shown.steps(made.made.waterfall.steps, smallest)


def _written(found: Frozen, out: Path | None) -> None:
    typer.echo(f"frozen as {found.id}")
    if out is not None:
        shown.write(found.rows, out)
        alone = "" if address.of(out) else ", which nobody but you may read"
        typer.echo(f"written to {address.shown(out)}{alone}")


if __name__ == "__main__":
    command.run(main)
