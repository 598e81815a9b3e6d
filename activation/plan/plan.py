"""A plan: what would be told to a destination of one audience, in numbers, with a digest of its rows."""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Literal

import msgspec
import pyarrow as pa

from activation import ledger
from activation.destinations.row import Row
from activation.destinations.vendor import Vendor
from activation.outbox import acknowledged, outbox
from activation.outbox.item import ENTER, LEAVE, UPDATE, Item
from activation.plan import difference, keys, wanted
from activation.plan.difference import Change, Gone
from activation.plan.gate import Gate
from activation.plan.wanted import IDENTIFIER, Audience, Wanted
from features.consent.suppression import CUSTOMER
from features.dataset import DatasetError

Mode = Literal["upsert", "mirror", "append", "held"]
UPSERT: Mode = "upsert"
MIRROR: Mode = "mirror"
APPEND: Mode = "append"
HELD: Mode = "held"
TABLES = (
    """CREATE TABLE IF NOT EXISTS plans (
        digest TEXT NOT NULL, destination TEXT NOT NULL, audience TEXT NOT NULL, counts TEXT NOT NULL,
        at INTEGER NOT NULL, PRIMARY KEY (digest, destination, audience)
    )""",
)
_TOGETHER = 20_000
_OLD = "a newer plan took its place"


@dataclass(frozen=True)
class Plan:
    """What would be told of an audience."""

    audience: Audience
    vendor: Vendor
    wanted: Wanted = field(repr=False)
    changes: Sequence[Change] = field(repr=False)
    gone: Sequence[Gone] = field(repr=False)
    members: int
    """How many are in it by our doing, as acknowledged, and who may be."""
    same: int
    """How many are acknowledged as they are wanted."""
    notes: tuple[str, ...] = ()
    """What the destination cannot do, a line each."""
    everybody: Sequence[Change] = field(default=(), repr=False)
    """Who is told of where it is told of all at once, and something changed: who is not among them leaves by that."""

    def items(self, now: int) -> Iterator[Item]:
        """Yield what is to be done, who leaves first."""
        if not self.vendor.snapshot:
            yield from (self._leaving(one, now) for one in self.gone)
        left = iter(self.everybody if self.vendor.snapshot else self.changes)
        while some := list(islice(left, _TOGETHER)):
            rows = wanted.rows(self.wanted.members, [one.place for one in some])
            for change, row in zip(some, rows, strict=True):
                yield self._entering(change, row, now)

    def _entering(self, change: Change, row: Mapping[str, object], now: int) -> Item:
        customer, identifier = str(row[CUSTOMER]), str(row[IDENTIFIER])
        known = {"vendor": change.vendor} if change.vendor else {}
        hashed = self.wanted.hashes[change.place].hex()
        key = (self.audience.key, customer, identifier)
        kind = ENTER if self.vendor.snapshot else change.kind  # one call has all, and calls are of one kind
        made = self._item(kind, key, hashed, change.version, wanted.told(row), now, known)
        return replace(made, arm=self.wanted.arms[change.place], contact=change.kind == ENTER)

    def _leaving(self, one: Gone, now: int) -> Item:
        had = one.had
        known = {"vendor": had.vendor} if had.vendor else {}
        return self._item(LEAVE, (had.key, had.customer, had.identifier), "", had.version, {}, now, known)

    def _item(
        self,
        change: str,
        where: tuple[str, str, str],
        hashed: str,
        version: int,
        fields: dict[str, object],
        now: int,
        known: Mapping[str, str],
    ) -> Item:
        key, customer, identifier = where
        told = (
            self.vendor.name,
            self.vendor.place,
            self.vendor.identifier,
            self.audience.name,
            *where,
            change,
            hashed,
            version,
        )
        name = hashlib.blake2b(msgspec.json.encode(told), digest_size=16).hexdigest()
        identifiers = {CUSTOMER: customer, self.vendor.identifier: identifier, **known}
        row = Row(
            id=name, customer=customer, identifiers=identifiers, fields=fields, audience=self.audience.name, key=key,
            member=change != LEAVE, at=now,
        )  # fmt: skip
        return Item(
            id=name, destination=self.vendor.name, change=change, row=row, purpose=self.audience.purpose,
            source=source(self.audience.name), due=now, campaign=self.audience.campaign, hash=hashed,
        )  # fmt: skip


@dataclass(frozen=True)
class Counted:
    """A plan in numbers."""

    enter: int
    update: int
    leave: int
    moved: int
    """Of those who leave, how many enter again by another identifier or in another list."""
    same: int
    """How many are acknowledged as they are."""
    left_out: Mapping[str, int]
    """Why others are not told of."""
    digest: str
    """The same for the same rows."""

    def __str__(self) -> str:
        """Say what changes."""
        return f"{self.enter:,} in, {self.update:,} told anew, {self.leave:,} out"

    @property
    def total(self) -> int:
        """How many rows there are to send."""
        return self.enter + self.update + self.leave


def kept(connection: sqlite3.Connection, digest: str) -> list[tuple[str, str]]:
    """Return what a digest was told of: the audiences, and their numbers in words; empty where nobody knows it."""
    sql = "SELECT audience, counts FROM plans WHERE digest = ? ORDER BY audience"
    return list(connection.execute(sql, (digest,)))


def keep(connection: sqlite3.Connection, digest: str, destination: str, told: Mapping[str, str], now: int) -> None:
    """Keep the numbers of a plan, so that another one can be told from it; they are of nobody."""
    with ledger.step(connection):
        connection.executemany(
            "INSERT OR REPLACE INTO plans VALUES (?, ?, ?, ?, ?)",
            [(digest, destination, name, counts, now) for name, counts in told.items()],
        )


def source(audience: str) -> str:
    """Return what asks for the items of an audience."""
    return f"audience:{audience}"


def planned(
    connection: sqlite3.Connection, vendor: Vendor, audience: Audience, gate: Gate, mode: Mode, now: int
) -> Plan:
    """Return what would be told: what is wanted beside what was acknowledged last. Nothing is sent, and nothing kept.

    In mode `mirror` whoever is not wanted any more is taken out; else those only who may not be told of any more, and
    identifiers that changed. In mode `held` nobody enters or is told anew, and who may not be told of leaves all the
    same. Somebody whom others put in is never taken out.

    Raises:
        DatasetError: the destination cannot take anybody in.
        KeyTaken: its list was another audience's.
    """
    keys.check(connection, vendor, audience.key, audience.name)
    if vendor.snapshot and mode == APPEND:
        raise DatasetError(f"destinations.{vendor.name}: MODE=append: each file holds everybody; mirror is allowed.")
    found = wanted.wanted(audience, vendor, gate, now)
    difference.load(connection, found)
    where = (vendor, audience.name, audience.key)
    gone = difference.gone(connection, *where)
    if mode != MIRROR and not vendor.snapshot:
        stay = _allowed(gone, audience, gate, now)
        gone = [one for one in gone if (one.moved and mode != HELD) or one.had.customer not in stay]
    changes = list(difference.changed(connection, *where))
    same, notes = len(found.hashes) - len(changes), list[str]()
    changes = [] if mode == HELD else changes
    if mode == APPEND and (changed := [one for one in changes if one.kind == UPDATE]):
        changes = [one for one in changes if one.kind == ENTER]
        notes.append(
            f"{len(changed):,} are told otherwise by now, and stay as they are: MODE={APPEND} tells nobody anew"
        )
    if gone and (why := _cannot(vendor, LEAVE)):
        notes.append(f"{len(gone):,} would have to leave, and stay: {why}")
        gone = []
    if any(one.kind == UPDATE for one in changes) and (why := _cannot(vendor, UPDATE)):
        before = len(changes)
        changes = [one for one in changes if one.kind == ENTER]
        notes.append(f"{before - len(changes):,} are told otherwise by now, and stay as they are: {why}")
    if changes:
        vendor.steps(ENTER)
    if gone and vendor.snapshot and not found.hashes:
        notes.append(f"{len(gone):,} would have to leave, and stay: a file without anybody is not written")
        gone = []
    everybody = _everybody(connection, where, mode) if vendor.snapshot and (changes or gone) else []
    inside, perhaps = acknowledged.inside(connection, difference.where(vendor), audience.name)
    if perhaps:
        notes.append(f"{perhaps:,} of those in it may be: no answer told of them")
    return Plan(audience, vendor, found, changes, gone, inside, same, tuple(notes), everybody)


def _everybody(connection: sqlite3.Connection, where: tuple[Vendor, str, str], mode: Mode) -> list[Change]:
    every = difference.everybody(connection, *where)
    return [one for one in every if one.kind != ENTER] if mode == HELD else every


def counted(plan: Plan, now: int) -> Counted:
    """Return a plan in numbers."""
    kinds = Counter(one.kind for one in plan.changes)
    digest = hashlib.sha256(msgspec.json.encode((plan.vendor.name, plan.audience.name, plan.audience.key)))
    for item in plan.items(now):
        digest.update(item.id.encode())
    moved = sum(one.moved for one in plan.gone)
    return Counted(
        kinds[ENTER], kinds[UPDATE], len(plan.gone), moved, plan.same, plan.wanted.left_out, digest.hexdigest()[:16]
    )


def put(connection: sqlite3.Connection, plan: Plan, now: int) -> int:
    """Put a plan into the outbox in one step; return how many rows are to be sent.

    What an older plan of the same audience left unsent is given up: this one says what is wanted now.
    """
    with ledger.step(connection):
        keys.take(connection, plan.vendor, plan.audience.key, plan.audience.name)
        give_up(connection, plan.vendor, plan.audience.name, _OLD)
        return outbox.add(connection, plan.items(now), now, anew=True)


def give_up(connection: sqlite3.Connection, vendor: Vendor, audience: str, why: str) -> None:
    """Give up, within a step, what is planned of an audience and not sent."""
    connection.execute(
        "UPDATE outbox SET state = 'expired', reason = ? WHERE destination = ? AND source = ? AND state = 'planned'",
        (why, vendor.name, source(audience)),
    )


def doubted(connection: sqlite3.Connection, plan: Plan, now: int) -> list[tuple[str, str]]:
    """Return whose rows of a plan are in doubt since a run before, each with the destination: they are not sent."""
    sql = "SELECT id FROM outbox WHERE destination = ? AND source = ? AND state = 'in doubt'"
    ids = {name for (name,) in connection.execute(sql, (plan.vendor.name, source(plan.audience.name)))}
    return [(one.row.customer, one.destination) for one in plan.items(now) if one.id in ids] if ids else []


def _allowed(gone: Sequence[Gone], audience: Audience, gate: Gate, now: int) -> set[str]:
    """Return which of those who are not wanted may be told of still."""
    customers = pa.array([one.had.customer for one in gone], pa.string())
    identifiers = pa.array([one.had.identifier for one in gone], pa.string())
    reasons = gate.reasons(customers, identifiers, audience.kind, audience.purpose, now)
    return {one.had.customer for one, why in zip(gone, reasons.tolist(), strict=True) if not why}


def _cannot(vendor: Vendor, change: str) -> str:
    try:
        vendor.steps(change)
    except DatasetError as error:
        return str(error)
    return ""
