"""`python -m activation.sync`: bring audiences to a destination, as they are wanted; shown first, and never twice."""

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from activation import ledger
from activation.audiences import declared as audiences
from activation.audiences.frozen import NoAudience
from activation.destinations import credentials
from activation.destinations import destination as destinations
from activation.destinations.credentials import CredentialsError
from activation.destinations.destination import Destination
from activation.destinations.token import NoToken
from activation.destinations.vendor import Vendor
from activation.experiments import started
from activation.ledger import LedgerError
from activation.outbox import acknowledged, outbox, report, send, wire
from activation.outbox.clock import Wall
from activation.outbox.item import Item, State
from activation.outbox.outbox import Outbox
from activation.outbox.report import Report, Told
from activation.outbox.sender import Tokens
from activation.outbox.wire import Wire
from activation.plan import gate as gates
from activation.plan import guard, keys, moved, plan, synced, tried
from activation.plan.capped import Capped
from activation.plan.gate import Gate
from activation.plan.plan import APPEND, MIRROR, UPSERT, Mode
from activation.plan.synced import Synced
from activation.workflows import contacts, known
from features import clock, command
from features.buckets import intake, memory
from features.consent.secret import SecretError
from features.dataset import Dataset, DatasetError, load
from features.sources import erased
from training.tracking.answer import Unreachable

TABLES = (*outbox.TABLES, *acknowledged.TABLES, *keys.TABLES, *plan.TABLES, *started.TABLES)
PATIENCE = 900.0
"""Seconds that a sync waits for what may be sent again, and for jobs."""
_SILENT = 2.0
"""Seconds below which nobody is told that a sync waits."""
_MODES = (UPSERT, MIRROR, APPEND)
_FAULTS = (
    *(DatasetError, NoAudience, LedgerError, CredentialsError, NoToken, SecretError, guard.Guarded, keys.KeyTaken),
    *(moved.Moved, synced.NothingToSync, synced.OtherPlan, ValueError, sqlite3.Error, Unreachable),
)


def main(
    destination: Annotated[str, typer.Option(help="Which destination of the dataset file.")] = "",
    dataset: command.DatasetOption = command.DATASET,
    audience: Annotated[str, typer.Option(help="The one audience that is synced; by default all of it.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent, and send nothing.")] = False,
    digest: Annotated[str, typer.Option("--plan", help="Send only if this is the plan that a dry run told.")] = "",
    mode: Annotated[str, typer.Option(help="upsert, append, or mirror, which takes out who is not in it.")] = UPSERT,
    allow: Annotated[str, typer.Option(help="empty, removals and moved, with commas.")] = "",
    out: Annotated[Path | None, typer.Option(help="A file for the report as JSON.")] = None,
    allowed: memory.Option = None,
    now: command.NowOption = None,
    live: command.LiveOption = True,
) -> None:
    """Bring audiences to a destination: who is new, who is told otherwise by now, and out who may not be told of.

    Exits with 0 where all is done, 3 where rows failed, are in doubt, wait or are held, 1 where nothing could be
    sent, and 2 where it was refused.
    """
    with command.told(*_FAULTS):
        business = load(dataset)
        vendor = destinations.read(business, destination)
        allowances, how = _allowances(allow), _mode(mode)
        moment = command.read_clock(now, business.zone)
        with ledger.opened(business.name, TABLES) as connection, _sending(vendor, dry_run) as (http, tokens):
            box, may = Outbox(connection), _gate(business, memory.told(allowed), moment, live=live)
            fresh = Fresh(business, memory.told(allowed), live, may, Capped(audiences.declared(business).cap, box))
            drain = _drain(box, vendor, fresh, http, tokens, audience)
            left = moved.require(connection, vendor, allowances)
            if left:
                typer.echo(f"{left:,} stay where {vendor.name} was before: nobody takes them out")
            settled = drain(False) if drain and not left else None
            wanted = synced.audiences(business, vendor, acknowledged.members(connection, vendor.name), audience)
            held = tried.standing(connection, business.name, wanted, moment)
            found = synced.planned(connection, vendor, wanted, may, how, allowances, moment, held)
            told = (
                *moved.undeclared(connection, business.destinations),
                *fresh.capped.lines(found.plans, moment),
                *tried.lines(held),
            )
            for line in (*told, *found.lines()):
                typer.echo(line)
            if digest:
                synced.require(connection, found, digest)
            plan.keep(connection, found.digest, vendor.name, found.told(), moment)
            if drain:
                moved.leave(connection, vendor)
                tried.hold(connection, vendor, held)
            sent = _sent(connection, found, moment, drain, settled) if drain else None
    status = sent.status or (report.SOME if held else report.DONE) if sent else report.DONE
    said = {**sent.plain(), "status": status} if sent else {"dry run": True}
    _report(out, {"plan": found.plain(), "held": held, **said})
    for line in _lines(sent):
        typer.echo(line)
    if status:
        raise typer.Exit(status)


def _sent(
    connection: sqlite3.Connection,
    found: Synced,
    now: int,
    drain: Callable[[bool], Report],
    settled: Report | None,
) -> Report:
    """Put the plans into the outbox, and send what is due."""
    for one in found.plans:
        plan.put(connection, one, min(now, clock.now()))  # what NOW says of tomorrow is sent today
    doubted = [who for one in found.plans for who in plan.doubted(connection, one, min(now, clock.now()))]
    sent = drain(True)
    for who, destination in doubted:
        sent.told[destination].add(who, State.DOUBT, "it may be there since a run before, and is not sent again")
    return report.together([settled, sent]) if settled else sent


@dataclass
class Fresh:
    """The gate at the moment of sending: whoever refused or was erased while a sync ran is held back."""

    dataset: Dataset
    room: int
    live: bool
    gate: Gate
    capped: Capped
    signed: str = ""

    def __post_init__(self) -> None:
        self.signed = known.signature(self.dataset)

    def __call__(self, items: Sequence[Item], now: int) -> Mapping[str, str]:
        """Return why items may not go, by their ids; files that tell it are read again where they changed."""
        newest = known.signature(self.dataset)
        if newest != self.signed:
            self.gate, self.signed = _gate(self.dataset, self.room, now, live=self.live), newest
        found = self.gate(items, now)
        return found | self.capped(items, found, now)


@dataclass
class Spoken(Wall):
    """The clock on the wall; whoever waits by it is told so at once."""

    name: str
    """The destination that is waited for."""

    def sleep(self, seconds: float) -> None:
        """Say what is waited for and until when, and wait."""
        if seconds >= _SILENT:
            until = clock.iso(clock.now() + round(seconds * clock.SECOND))
            typer.echo(f"{self.name}: waiting until {until}: it takes no call before, or a job is not finished")
        super().sleep(seconds)


def _drain(
    box: Outbox, vendor: Destination, fresh: Fresh, http: Wire | None, tokens: Tokens, audience: str
) -> Callable[[bool], Report] | None:
    """Return what sends, or only settles what is under way; None for a dry run."""
    if http is None:
        return None
    vendors: Mapping[str, Vendor] = {vendor.name: vendor}

    def record(items: Sequence[Item]) -> None:
        contacts.record(fresh.dataset, vendors, items, clock.now())

    return lambda begin: send.drain(
        box, vendors, fresh, http, Spoken(vendor.name), tokens=tokens, on_done=record, patience=PATIENCE, begin=begin,
        source=f"{plan.source(audience)};" if audience and not vendor.snapshot else plan.source(""),
    )  # fmt: skip


@contextmanager
def _sending(vendor: Destination, dry: bool) -> Iterator[tuple[Wire | None, Tokens]]:
    """Open the network, and look for the credentials before anything is planned; a dry run does neither."""
    if dry:
        yield None, lambda _, __: {}
        return
    with wire.opened() as http:

        def tokens(vendor: Vendor, new: bool) -> Mapping[str, str]:
            return credentials.of(vendor, http.client, renew=new)

        tokens(vendor, False)
        yield http, tokens


def _gate(business: Dataset, room: int, now: int, *, live: bool) -> Gate:
    """Return who may not be told of."""
    suppressed = gates.fresh(business.name, erased.read(business))
    if business.consent is None:
        return gates.gate(None, suppressed)
    with intake.opened(business, room, by_value=False, now=now, live=live) as read:
        permitted, attributes = read.permitted, read.attributes

    def has(customers: Sequence[str], kind: str) -> Mapping[str, str]:
        known = attributes.at(customers, now)
        values = known[kind].to_pylist() if kind in known.column_names else [None] * len(customers)
        return {one: str(value) for one, value in zip(customers, values, strict=True) if value is not None}

    return gates.gate(permitted.permissions if permitted else None, suppressed, has=has)


def _allowances(given: str) -> list[str]:
    found = [one.strip() for one in given.split(",") if one.strip()]
    for one in found:
        if one not in guard.ALLOWANCES:
            raise ValueError(f"ALLOW: got {one!r}; {' or '.join(guard.ALLOWANCES)} is allowed.")
    return found


def _mode(given: str) -> Mode:
    if given not in _MODES:
        raise ValueError(f"MODE: got {given!r}; {', '.join(_MODES)} are allowed.")
    return given


def _lines(sent: Report | None) -> Iterator[str]:
    """Yield what became of it, a line each."""
    if sent is None:
        yield "a dry run: nothing was sent; PLAN=<the digest above> sends exactly that"
        return
    for name, told in sent.told.items():
        yield f"{name}: {told.count(State.DONE):,} done in {told.calls:,} calls, {told.again:,} rows sent again"
        yield from _troubles(told)


def _troubles(told: Told) -> Iterator[str]:
    for (state, why), count in sorted(told.rows.items()):
        if state in {State.FAILED, State.DOUBT, State.REFUSED, State.EXPIRED}:
            yield f"  {state.value}: {count:,}: {why}"
    if told.waiting:
        yield f"  {told.waiting:,} rows are still to be sent: the same command goes on"
    if told.accepted:
        yield f"  {told.accepted:,} rows are with jobs that are not finished: the same command asks for them"
    if told.stopped:
        yield f"  stopped: {told.stopped}"


def _report(out: Path | None, told: dict[str, Any]) -> None:
    if out is None:
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        os.fchmod(file.fileno(), 0o600)  # one that was there keeps its rights otherwise
        file.write(msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n")


if __name__ == "__main__":
    command.run(main)
