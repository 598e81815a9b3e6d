"""What is synced: the audiences of a destination, planned together, so that all are sent or none."""

import hashlib
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from activation.audiences import frozen
from activation.destinations.destination import Destination
from activation.plan import gate as gates
from activation.plan import guard, plan
from activation.plan.gate import Gate
from activation.plan.plan import HELD, MIRROR, Counted, Mode, Plan
from activation.plan.wanted import ARM, IDENTIFIER, Audience
from features.consent.suppression import CUSTOMER
from features.dataset import Dataset, DatasetError
from features.nearest import nearest


class NothingToSync(ValueError):
    """There is no audience for a destination; the message says what makes one."""


class OtherPlan(ValueError):
    """The plan is not the one that was looked at; the message says what changed."""


@dataclass(frozen=True)
class Synced:
    """The plans of a destination's audiences."""

    plans: Sequence[Plan]
    counts: Sequence[Counted]
    """Of each plan."""

    @property
    def digest(self) -> str:
        """The same for the same rows."""
        whole = "".join(one.digest for one in self.counts)
        return hashlib.sha256(whole.encode()).hexdigest()[:16]

    def told(self) -> dict[str, str]:
        """Return the numbers of each audience, in words."""
        return {one.audience.name: f"{said}{_by(one)}" for one, said in zip(self.plans, self.counts, strict=True)}

    def plain(self) -> dict[str, Any]:
        """Return it as plain data."""
        audiences = {
            one.audience.name: {
                "frozen": one.audience.campaign, "enter": said.enter, "update": said.update, "leave": said.leave,
                "moved": said.moved, "same": said.same, "members": one.members, "left out": dict(said.left_out),
                "notes": list(one.notes), "policies": dict(one.audience.policies),
            }
            for one, said in zip(self.plans, self.counts, strict=True)
        }  # fmt: skip
        return {"digest": self.digest, "audiences": audiences}

    def lines(self) -> Iterator[str]:
        """Yield what to tell, a line each."""
        for one, said in zip(self.plans, self.counts, strict=True):
            moved = f" ({said.moved:,} of them by another identifier)" if said.moved else ""
            there = f"{said.same:,} are there as they are; {one.members:,} in it now"
            yield f"{one.audience.name}: {said}{moved}; {there}{_by(one)}"
            yield from (f"  not told of: {count:,}: {why}" for why, count in said.left_out.items())
            yield from (f"  {note}" for note in one.notes)
        yield f"plan {self.digest}"


def _by(one: Plan) -> str:
    """Return by which policies an audience was chosen and told, where it was by any."""
    said = ", ".join(f"{name} version {version}" for name, version in one.audience.policies.items())
    return f"; by policy {said}" if said else ""


def audiences(dataset: Dataset, vendor: Destination, there: Collection[str], asked: str) -> list[tuple[Audience, bool]]:
    """Return the audiences of a destination, as they were frozen last, each with whether it ends.

    One ends that has members there and is not declared any more, or is for another destination by now: its members are
    taken out.

    Args:
        dataset: whose audiences they are.
        vendor: where they go.
        there: the audiences that have members there.
        asked: the one that is wanted; empty: all.

    Raises:
        NothingToSync: there is none.
        DatasetError: an audience has identifiers of another kind than the destination's.
    """
    declared = [name for name, one in dataset.audiences.items() if isinstance(one, dict) and "where" in one]
    mine = [name for name in frozen.names(dataset.name) if name in declared and _is_for(dataset, name, vendor)]
    ended = [name for name in there if name not in mine]
    known = sorted({*mine, *ended})
    if asked and asked not in known:
        raise NothingToSync(f"AUDIENCE: got {asked!r} for {vendor.name!r}.{nearest(asked, known)}")
    if not known:
        raise NothingToSync(
            f"destinations.{vendor.name}: no audience was frozen for it: `make audience NAME=…` makes one whose"
            " `destination` it is."
        )
    wanted = [asked] if asked else known
    return [
        (_ended(vendor, name), True) if name in ended else (_frozen(dataset, vendor, name), False) for name in wanted
    ]


def planned(
    connection: sqlite3.Connection,
    vendor: Destination,
    wanted: Sequence[tuple[Audience, bool]],
    gate: Gate,
    mode: Mode,
    allowed: Collection[str],
    now: int,
    held: Collection[str] = (),
) -> Synced:
    """Return the plans of some audiences; to those that are held nobody is added.

    Raises:
        Guarded: one is refused unless it is allowed.
        KeyTaken: a list was another audience's.
        DatasetError: the destination cannot do it.
    """
    modes: list[Mode] = [MIRROR if ends else HELD if one.name in held else mode for one, ends in wanted]
    plans = [plan.planned(connection, vendor, one, gate, how, now) for (one, _), how in zip(wanted, modes, strict=True)]
    counts = [plan.counted(one, now) for one in plans]
    for one, said, (_, ends) in zip(plans, counts, wanted, strict=True):
        guard.require(one.audience.name, len(one.wanted.hashes), said.leave, one.members, allowed, ends=ends)
    return Synced(plans, counts)


def require(connection: sqlite3.Connection, found: Synced, digest: str) -> None:
    """Refuse a plan that is not the one that was looked at.

    Raises:
        OtherPlan: it is not.
    """
    if digest == found.digest:
        return
    before, now = dict(plan.kept(connection, digest)), found.told()
    if not before:
        raise OtherPlan(f"PLAN: got {digest!r}, which no dry run told of; now it is {found.digest}.")
    changed = [
        f"{name}: was {before.get(name, 'not in it')}; is {now.get(name, 'not in it')}"
        for name in sorted({*before, *now})
        if before.get(name) != now.get(name)
    ]
    said = "; ".join(changed) or "as many rows, and others: who is meant, or what is told of them"
    raise OtherPlan(f"PLAN: {digest} is no longer what would be sent, which is {found.digest}. {said}.")


def _is_for(dataset: Dataset, name: str, vendor: Destination) -> bool:
    return frozen.load(dataset, name).destination == vendor.name


def _frozen(dataset: Dataset, vendor: Destination, name: str) -> Audience:
    found = frozen.load(dataset, name)
    if found.about.kind != vendor.identifier:
        raise DatasetError(
            f"audience {name!r} was frozen by {found.about.kind!r}, and destinations.{vendor.name} knows customers by"
            f" {vendor.identifier!r}: make audience NAME={name} again."
        )
    key = vendor.audiences.get(name, name)
    purpose, tell = gates.every(found.purpose, vendor.purpose), tuple(found.about.tell)
    members = found.members
    if ARM in found.rows.column_names and ARM not in members.column_names:  # contacts are told by it, the vendor is not
        members = members.append_column(ARM, found.rows[ARM])
    return Audience(
        name,
        key,
        found.about.kind,
        purpose,
        f"{name}/{found.id}",
        members,
        tell,
        found.about.experiment,
        found.about.policies,
    )


def _ended(vendor: Destination, name: str) -> Audience:
    nobody = pa.table({CUSTOMER: pa.array([], pa.string()), IDENTIFIER: pa.array([], pa.string())})
    return Audience(name, vendor.audiences.get(name, name), vendor.identifier, "", name, nobody)
