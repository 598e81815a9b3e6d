"""`python -m activation.audience`: who is contacted for what, with what and why; shown first, frozen, and written."""

import datetime
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import pyarrow as pa
import typer

from activation import ledger
from activation.assignment import kept as assigned
from activation.audiences import candidates, codes, frozen, prepared, served, shown, told, whom
from activation.audiences.candidates import Chosen, Found
from activation.audiences.declared import NOBODY_ASKED, Audience, Audiences, declared
from activation.audiences.frozen import About, Frozen, NoAudience
from activation.audiences.prepared import Prepared, Ways
from activation.audiences.served import NoBundle
from activation.audiences.told import Words
from activation.destinations import destination as destinations
from activation.destinations.destination import Destination
from activation.ledger import LedgerError
from activation.outbox import outbox
from features import clock, command
from features.buckets import intake, memory
from features.consent.suppression import CUSTOMER
from features.dataset import Dataset, DatasetError, load
from features.log import as_of as as_ofs
from features.nearest import nearest
from features.outputs import output
from features.sources import erased
from training import batch, due
from training.actions import message as messages
from training.actions import play
from training.bundle import bundle as bundles
from training.offers.offer import Offer, offer
from training.rules.rules import Rules
from training.tracking import tracking
from training.tracking.answer import Unreachable

_FAULTS = (
    *(DatasetError, NoAudience, NoBundle, bundles.BundleError, due.Overdue, LedgerError, Unreachable),
    *(as_ofs.Outdated, ValueError),
)


@tracking.reached()
def main(
    name: Annotated[str, typer.Option(help="A name of `[audiences]`.")] = "",
    dataset: command.DatasetOption = command.DATASET,
    out: Annotated[Path | None, typer.Option(help="The file to write: .parquet or .csv.")] = None,
    preview: Annotated[int, typer.Option(min=0, help="Show so many members, and freeze nothing.")] = 0,
    why: Annotated[str, typer.Option(help="Say of this customer where they fall out, and freeze nothing.")] = "",
    id_: Annotated[str, typer.Option("--id", help="Show what was frozen by this id; `newest` is the last.")] = "",
    allowed: memory.Option = None,
    now: command.NowOption = None,
    live: command.LiveOption = True,
) -> None:
    """Choose an audience with the champion, say how it came about, freeze it, and write it to OUT."""
    with command.told(*_FAULTS):
        if out is not None:
            output.require(out)
        if out is not None and (preview or why) and not id_:
            raise ValueError("OUT: PREVIEW and WHY only look; leave OUT or them out.")
        business = load(dataset)
        said = declared(business)
        if id_:
            again(business, name, "" if id_ == "newest" else id_, out, preview)
            return
        if name not in said.by_name:
            raise ValueError(f"NAME: got {name!r}.{nearest(name, said.by_name)}")
        moment = command.read_clock(now, business.zone)
        choose(business, said, name, out, preview, why, memory.told(allowed), moment, live=live)


def again(business: Dataset, name: str, id_: str, out: Path | None, preview: int) -> None:
    """Show what was frozen, without those who were erased since."""
    found = frozen.load(business, name, id_ or None)
    for line in (*shown.of_frozen(found, business.smallest_group), *shown.preview(found.rows, preview)):
        typer.echo(line)
    _written(found, out)


def choose(
    business: Dataset,
    said: Audiences,
    name: str,
    out: Path | None,
    preview: int,
    why: str,
    room: int,
    now: int,
    *,
    live: bool,
) -> None:
    """Choose an audience, show how it came about, and freeze it unless somebody only looks."""
    audience, look = said.by_name[name], bool(preview or why)
    pointed = served.served(business.name)
    stored = bundles.load(Path(pointed.folder))
    vendor, kind = _known_by(business, name, audience)
    if due_by := due.retrain_by(stored, erased.read(business), now, due.rule(business.consent)):
        typer.echo(batch.DUE.format(due_by=due_by))
    conditions = candidates.conditions(said, name)
    Rules.read(business, stored.bundle, "the sources are read later", more=conditions)  # faults are told before them
    actions = play.of_bundle(business, stored.bundle)
    with intake.opened(business, room, now=now, live=live) as read, _connected(business) as connection:
        if not read.events:
            read.aside()
        base = intake.base(business, read.days).moment(now)
        rules = Rules.read(business, stored.bundle, read.attributes, read.products, conditions)
        candidates.check(business, rules, name)
        found_offer = _offer(business, stored.bundle, name, audience, read, base)
        chosen = Chosen(business, stored.bundle, said, name, rules, actions, kind, now, found_offer)
        words = _words(business, name, audience, read, now)
        found = candidates.candidates(chosen, read, base)
        aside = read.aside()
        assert found.table is not None
        mapped = tuple(vendor.declared.fields) if vendor else ()
        tell = told.telling(business, name, audience, mapped, found.table.schema)
        permissions = read.permitted.permissions if read.permitted else None
        box = outbox.Outbox(connection)
        ways = Ways(
            permissions, vendor, lambda who, since: box.contacts(who, since, clock.LAST), connection, keep=not look
        )
        made = prepared.prepare(chosen, words, ways, found.table, found.redeemed)
    for line in (*aside.said(), *rules.told(), *_told(business, name, found, made)):
        typer.echo(line)
    if why:
        typer.echo(_why(why, made))
    elif preview:
        for line in shown.preview(made.members, preview):
            typer.echo(line)
    else:
        about = _about(business, name, audience, kind, clock.iso(base.at), pointed.version, tell, made)
        _written(frozen.freeze(business, told.kept(made.members, tell), about, now), out)


@contextmanager
def _connected(business: Dataset) -> Iterator[sqlite3.Connection]:
    with ledger.opened(business.name, (*assigned.TABLES, *codes.TABLES, *outbox.TABLES)) as connection:
        yield connection


def _known_by(business: Dataset, name: str, audience: Audience) -> tuple[Destination | None, str]:
    """Return the destination, and what it knows customers by."""
    vendor = destinations.read(business, audience.destination) if audience.destination else None
    wanted = audience.identifier or (vendor.identifier if vendor else CUSTOMER)
    return vendor, whom.kind(business, wanted, f"dataset {business.name!r}: audiences.{name}.identifier")


def _offer(
    business: Dataset,
    bundle: bundles.Bundle,
    name: str,
    audience: Audience,
    read: intake.Opened,
    base: as_ofs.Moment,
) -> Offer | None:
    """Return what there is to show."""
    found = offer(bundle, business, read.products, read.sold, base.at) if bundle.offering is not None else None
    lists = found.names if found else ()
    for place, one in enumerate(audience.lists):
        if one not in lists:
            raise DatasetError(
                f"dataset {business.name!r}: audiences.{name}.with[{place}]: got {one!r}; the bundle offers"
                f" {', '.join(lists) or 'nothing'}."
            )
    return found


def _words(business: Dataset, name: str, audience: Audience, read: intake.Opened, now: int) -> Words:
    """Return what members are told."""
    today = datetime.date.fromisoformat(clock.iso(now, ZoneInfo(business.zone))[:10])
    message = messages.declared(business, audience.message) if audience.message else None
    given = codes.declared(business, audience.offer, today) if audience.offer else None
    words = Words(business, message, given, read.products, now)
    told.require(business, name, audience, words)
    return words


def _told(business: Dataset, name: str, found: Found, made: Prepared) -> Iterator[str]:
    smallest = business.smallest_group
    yield from shown.sizes(name, found, smallest)
    if business.consent is None:
        yield "  the dataset has no [consent]: who allows to be contacted is not looked at"
    yield from shown.steps(made.waterfall.steps, smallest)


def _why(customer: str, made: Prepared) -> str:
    """Return where one customer falls out."""
    if customer not in made.waterfall.customers:
        return f"{customer}: in the rule: no, or nothing is known of them"
    return f"{customer}: {made.waterfall.why(customer) or 'they are a member'}"


def _about(
    business: Dataset,
    name: str,
    audience: Audience,
    kind: str,
    as_of: str,
    version: str,
    tell: list[str],
    made: Prepared,
) -> About:
    return About(
        name=name,
        created="",
        purpose=audience.purpose if business.consent else NOBODY_ASKED,
        destination=audience.destination,
        kind=kind,
        where=audience.where,
        as_of=as_of,
        version=version,
        tell=tell,
        waterfall=made.waterfall.steps,
    )


def _written(found: Frozen, out: Path | None) -> None:
    typer.echo(f"frozen as {found.id}")
    if out is not None:
        shown.write(_rows(found), out)
        typer.echo(f"written to {out}, which nobody but you may read")


def _rows(found: Frozen) -> pa.Table:
    """Return what a file has of members: no columns that only order them."""
    return found.rows.select([one for one in found.rows.schema.names if not one.startswith(" ")])


if __name__ == "__main__":
    command.run(main)
