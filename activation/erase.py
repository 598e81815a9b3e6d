"""`python -m activation.erase`: forget people, in every store that we keep, and prove it."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from activation import ledger
from activation.destinations import credentials, destination
from activation.destinations.credentials import CredentialsError
from activation.destinations.destination import Destination
from activation.destinations.vendor import Vendor
from activation.outbox import send, wire
from activation.outbox.clock import Wall
from activation.outbox.item import State
from activation.outbox.outbox import Outbox
from activation.plan import erasing
from activation.stores import stores
from features import clock, command, settings
from features.buckets import memory as memories
from features.buckets import refusal
from features.buckets.everybody import everybody
from features.consent import forgetting, journal, proof, reading, secret, sought, suppression
from features.consent.consent import Consent
from features.consent.forgetting import Erasure, Left
from features.consent.secret import SecretError
from features.consent.suppression import CUSTOMER, Holds, Identifier
from features.dataset import Dataset, DatasetError, load
from features.identity import names
from features.identity.identity import SHARED
from features.log.store import mapped
from features.log.store.mapped import StoreError
from features.outputs import kept, output
from features.sources import erased
from training.tracking import tracking

Say = Callable[[str], None]
_NAMELESS = (
    "proof: every store has forgotten whom the list of erased people holds; whom the service began to erase is known by"
    " keyed hashes alone, so no text was searched for names: `make erase CUSTOMER=<id>` does"
)
_PATIENCE = 20.0
"""Seconds that a destination is waited for."""
LEFT = 1
"""The exit status where something is left."""


class NobodyNamed(ValueError):
    """Who is to be forgotten is not told."""


def main(
    dataset: command.DatasetOption = command.DATASET,
    customer: Annotated[
        list[str] | None,
        typer.Option(help="An id, or KIND:VALUE of another identifier of the dataset; may be given several times."),
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="A file of identifiers, in columns called by their kinds or in its only one.")
    ] = None,
    now: command.NowOption = None,
    allowed: memories.Option = None,
) -> None:
    """Forget people: refuse their rows from now on, take them out of every store, and prove that nothing is left.

    A run that was killed is finished by the same command. Without anybody named, what a service has begun is finished.
    Exits with 1 where something under the home is left.
    """
    with command.told(DatasetError, SecretError, NobodyNamed, ValueError, OSError, sqlite3.Error):
        business = load(dataset)
        moment, room = command.read_clock(now, business.zone), memories.told(allowed)
        named = bool(customer) or file is not None or not journal.outstanding(business.name)
        people = whole(business, identifiers(business, customer or [], file), room) if named else []
        left = erase(business, people, moment, room, typer.echo, [(CUSTOMER, one.strip()) for one in customer or []])
    if left:
        raise typer.Exit(LEFT)


def identifiers(dataset: Dataset, given: Sequence[str], file: Path | None) -> list[Identifier]:
    """Return who is named, as events have them.

    Raises:
        DatasetError: the file cannot be read.
        NobodyNamed: nobody is.
    """
    found = [erased.identifier(dataset, text) for text in given]
    if file is not None:
        found += erased.identifiers(dataset, str(file.resolve()), "FILE")
    people = erased.somebodys(dataset, found)
    if not people:
        raise NobodyNamed("nobody is named: give CUSTOMER=<id>, or FILE=<a file of ids>.")
    return people


def whole(dataset: Dataset, people: Sequence[Identifier], room: int) -> list[Identifier]:
    """Return all identifiers of some people, and what they are called as customers.

    The sources tell which are of one person, and the events that are stored, whose rows may no longer be in the files.

    Args:
        dataset: whose people they are.
        people: an identifier of each, or several.
        room: bytes that the process may take.

    Raises:
        DatasetError: the sources cannot be read as declared.
    """
    linked = everybody(dataset, room)
    if linked is None:
        return list(people)
    kinds, found, before = linked.kinds, list(people), 0
    while len(found) > before:  # what is stored may lead to more in the sources, and the other way round
        before, called = len(found), [names.one(one, kinds) for one in found]
        stored = (names.parsed(name, kinds) for name in _stored(dataset, called))
        found = linked.widened(list(dict.fromkeys([*found, *stored])))
    own = [names.one(one, kinds) for one in found]
    return list(dict.fromkeys([*found, *((CUSTOMER, name) for name in (*own, *(f"{SHARED}:{one}" for one in own)))]))


def _stored(dataset: Dataset, called: Sequence[str]) -> Iterator[str]:
    """Yield what the identifiers of the people of some are called among the stored events."""
    try:
        log = mapped.load(dataset.name)
    except StoreError:
        return
    for name in called:
        if log.linked is not None and (place := log.place(name)) is not None:
            yield from log.linked.of_place(place)


def erase(
    dataset: Dataset,
    people: Sequence[Identifier],
    now: int,
    room: int,
    say: Say,
    written: Sequence[Identifier] = (),
) -> list[Left]:
    """Forget people in every store; return what is left of them under the home. What is said tells nobody's identifier.

    Args:
        dataset: whose people they are.
        people: their identifiers.
        now: microseconds UTC.
        room: bytes that the process may take.
        say: is told every step.
        written: how they may stand in texts, too.

    Raises:
        SecretError: there is no key that can be used.
    """
    began = time.perf_counter()
    used, days = secret.made(), (dataset.consent or Consent({})).retrain_days
    say(f"the key of the list of erased people is in {used.where}; keep it, and keep it apart from {settings.home()}")
    hashes = [suppression.hashed(key, *one) for key in used.keys for one in people]
    if not people:
        hashes = journal.outstanding(dataset.name)
        say(f"finishing what was begun by the service: {_counted(len(hashes), 'keyed hash', 'es')}")
    retrain_by, step = now + days * clock.DAY, forgetting.step
    with reading.erasing(dataset.name, lambda: say("waiting for commands that have read the dataset ...")):
        step("begin", lambda: journal.add(dataset.name, now, journal.BEGUN, hashes))
        step("suppress", lambda: suppression.suppress(dataset.name, people, now, retrain_by))
        suppressed = suppression.load(dataset.name)
        if people:
            say(f"suppressed: {_counted(len(people), 'identifier')}; rows of them are refused from now on")
        for line in _unknown(dataset, people) if people else ():
            say(line)
        kinds = tuple(dict.fromkeys((*dataset.identifiers, CUSTOMER)))  # tables of ours name customers
        erasure = Erasure(dataset.name, kinds, suppressed.holds, sought.of([*people, *written]))
        for line in step("destinations", lambda: list(_at_destinations(dataset, suppressed.holds, now))):
            say(line)
        dataset.let_go()
        for line in _walk(erasure, now):
            say(line)
        left = step("proof", lambda: list(forgetting.left(stores(dataset.name), erasure.sought)))
        left += [one for one in _waiting(dataset.name) if one.path not in {other.path for other in left}]
        if not left:
            step("end", lambda: journal.add(dataset.name, now, journal.FINISHED, hashes))
    proved = _proof(left) if people else [_NAMELESS]
    for line in (*proved, *_not_covered(dataset, people, room), *_bundles(dataset, retrain_by)):
        say(line)
    seconds = time.perf_counter() - began
    say(f"{'not finished' if left else 'finished'} ({seconds:.1f} s); journal: {journal.path(dataset.name)}")
    return left


def _at_destinations(dataset: Dataset, holds: Holds, now: int) -> Iterator[str]:
    """Take people out of destinations, and yield what became of it; who waits is left, and told by the proof."""

    def reads(name: str) -> Destination:
        return destination.read(dataset, name)

    yield from erasing.plan(dataset.name, holds, reads, now)
    if not erasing.path(dataset.name).is_file():
        return
    with ledger.opened(dataset.name, erasing.TABLES, erasing.path(dataset.name)) as connection:
        for name in erasing.again(connection):
            try:
                yield from _asked(Outbox(connection), reads(name))
            except (DatasetError, CredentialsError, ValueError, OSError) as error:
                yield f"{name} could not be asked: {error}"
        for name, count in erasing.finished(connection).items():
            yield f"waiting: {name} has not erased {_counted(count, 'row')}: run the same command again"


def _waiting(dataset: str) -> Iterator[Left]:
    """Yield the ledger of erasures where destinations have not confirmed them all."""
    path = erasing.path(dataset)
    if path.is_file():
        with ledger.opened(dataset, erasing.TABLES, path) as connection:
            if count := sum(erasing.finished(connection).values()):
                yield Left(path, f"{_counted(count, 'row')} that destinations have not confirmed", "erasures")


def _asked(outbox: Outbox, vendor: Destination) -> Iterator[str]:
    """Ask a destination, and yield what it said."""
    with wire.opened() as http:

        def tokens(one: Vendor, renew: bool) -> Mapping[str, str]:
            return credentials.of(one, http.client, renew=renew)

        report = send.drain(
            outbox, {vendor.name: vendor}, lambda *_: {}, http, Wall(), tokens=tokens, patience=_PATIENCE
        )
    told = report.told[vendor.name]
    yield f"{vendor.name}: {_counted(told.count(State.DONE), 'row')} erased or taken out"
    yield from (f"  {state.value}: {count:,}: {why}" for (state, why), count in told.rows.items() if why)
    if told.stopped:
        yield f"  stopped: {told.stopped}"


def _walk(erasure: Erasure, now: int) -> Iterator[str]:
    """Let every store forget, and yield what each did."""
    table = stores(erasure.dataset)
    for one in (one for one in table if one.forget):
        count = forgetting.step(one.name, partial(forgetting.forgotten, one, table, erasure))
        journal.add(erasure.dataset, now, journal.FORGOTTEN, store=one.name, places=count)
        yield f"{one.name}: {_counted(count, 'place')}"


def _unknown(dataset: Dataset, people: Sequence[Identifier]) -> Iterator[str]:
    """Yield that no stored event is of some, where that is so."""
    try:
        known = mapped.load(dataset.name).positions
    except StoreError:
        yield f"no events of {dataset.name} are stored"
        return
    if strangers := sum(kind == CUSTOMER and value not in known for kind, value in people):
        yield f"no stored event is of {_counted(strangers, 'identifier')}: suppressed from now on, too"


def _proof(left: Sequence[Left]) -> Iterator[str]:
    yield "proof: nothing is left under the home" if not left else f"proof: LEFT in {_counted(len(left), 'file')}"
    for one in left:
        whose = one.store or "no store that is known: it was not covered"
        yield f"  {one.path}: {one.where} ({whose})"


def _not_covered(dataset: Dataset, people: Sequence[Identifier], room: int) -> Iterator[str]:
    """Yield what lies elsewhere and still holds people, which is their owner's to delete."""
    seek = sought.of(people)
    for path in kept.paths():
        if where := proof.left(path, seek):
            yield f"not covered: {path}, which a command wrote: {where}"
    yield from _far(people)
    try:
        for name, rows in refusal.held(dataset, people, room):
            yield f"your own files still hold them: {name}: {_counted(rows, 'row')}"
    except DatasetError as error:
        yield f"your own files were not looked into: {error}"
    consent = dataset.consent or Consent({})
    corrections = dataset.identified.corrections if dataset.identified else ""
    listed = [(dataset.exclude.file, seek), (corrections, seek)]
    for table in consent.sources:  # whose columns are called as the dataset file says
        called = [(table.columns[kind], value) for kind, value in people if kind in table.columns]
        listed.append((table.path, sought.of([*people, *called])))
    for named, seek_in in ((one, own) for one, own in listed if one):
        for path in _files(dataset.path(named)):
            if path.is_file() and (where := proof.left(path, seek_in)):
                yield f"your own files still hold them: {named}: {where}"
    if tracking.place().database != settings.home() / "mlruns" / "mlflow.db":
        yield f"not covered: runs in {tracking.place().uri}, which is not under {settings.home()}"
    yield "not covered: Bentos that were built, backups, and copies that were made elsewhere"


def _far(people: Sequence[Identifier]) -> Iterator[str]:
    """Yield which tables elsewhere that commands wrote still hold people, or cannot be reached."""
    for far in kept.addresses():
        try:
            held = sum(len(output.found_far(far, kind, [value])) for kind, value in people)
        except ValueError as error:
            yield f"not covered: {far}, which a command wrote: {error}"
        else:
            if held:
                yield f"not covered: {far}, which a command wrote: {_counted(held, 'row')}"


def _files(path: Path) -> list[Path]:
    """Return the files of a path, which may be one, a folder or a pattern."""
    return sorted(path.rglob("*")) if path.is_dir() else sorted(path.parent.glob(path.name))


def _bundles(dataset: Dataset, retrain_by: int) -> Iterator[str]:
    until = clock.iso(retrain_by, ZoneInfo(dataset.zone))[:10]
    yield f"bundles of {dataset.name} that were trained before are to be trained again by {until}: make train"


def _counted(count: int, what: str, several: str = "s") -> str:
    return f"{count:,} {what}{'' if count == 1 else several}"


if __name__ == "__main__":
    command.run(main)
