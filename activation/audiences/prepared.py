"""Prepared: who of the candidates will be sent something, and what; each step of the way down is counted."""

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from activation.assignment.assign import Assigned, Contacts, Split, assign
from activation.audiences import arms, given
from activation.audiences.arms import Parts, Told
from activation.audiences.candidates import OUT_BY, Chosen, ordered
from activation.audiences.frozen import IDENTIFIER
from activation.audiences.told import Words
from activation.audiences.waterfall import Waterfall
from activation.destinations import normal
from activation.destinations.destination import VENDOR, Destination
from activation.destinations.row import Row
from features.consent.permissions import Permissions
from features.consent.suppression import CUSTOMER
from features.dataset import DatasetError
from training.actions.message import MAIN

Bools = NDArray[np.bool_]
UNIT = "audience:{}"
"""What customers are assigned for."""
_ID = "0" * 32
"""Stands for the id of a row of the outbox, which is as long."""


@dataclass(frozen=True)
class Ways:
    """What decides who may be reached, and how often."""

    permissions: Permissions | None
    vendor: Destination | None
    contacts: Contacts | None
    connection: sqlite3.Connection
    keep: bool
    """Whether what chance decides, and codes, are kept."""


@dataclass(frozen=True)
class Prepared:
    """The members, and the way down to them."""

    members: pa.Table
    waterfall: Waterfall


def prepare(
    chosen: Chosen,
    words: Words,
    ways: Ways,
    table: pa.Table,
    used: Collection[str] = frozenset(),
    parts: Parts | None = None,
) -> Prepared:
    """Return who of the candidates will be sent something, in their order.

    Args:
        chosen: what they are told by.
        words: what they are told where no experiment and no policy decides it.
        ways: what decides who may be reached.
        table: the candidates.
        used: what was redeemed, codes among it.
        parts: the experiment on the audience, or its policy.
    """
    table = ordered(table, chosen.audience.ordered[1])
    ids: list[str] = table[CUSTOMER].to_pylist()
    own: list[str | None] = table[IDENTIFIER].to_pylist()
    falls, form = Waterfall(ids), ways.vendor.normal if ways.vendor else normal.of(chosen.kind)
    normals = [form(one) if one else "" for one in own]
    falls.keep("with the identifier", _known(own), f"no {chosen.kind} is known of them")
    alike = [one or f"{given}" for one, given in zip(normals, own, strict=True)]
    falls.first_of_each("unique", alike, f"another customer of the same {chosen.kind} comes before them")
    if ways.permissions is not None:
        purpose = chosen.audience.purpose
        allowed = ways.permissions.allowed(purpose, chosen.now, pa.array(ids, pa.string()))
        falls.keep(f"allowed for {purpose}", allowed, "they do not allow it now, or nothing is known of it")
    by: list[str | None] = table[OUT_BY].to_pylist()
    because = [f"they are in the rule of {one}" if one else "" for one in by]
    falls.keep("outside exclusions", np.array([one is None for one in by], np.bool_), because)
    unfit = _unfit(chosen, ways.vendor, ids, own, normals, falls.left)
    fits = np.array([not one for one in unfit], np.bool_)
    texts, own_words = (parts.texts(words), parts.own(words)) if parts else ([words], words)
    complete = ~np.any([_lacking(one, table, falls.left) for one in texts], axis=0)  # by what is told in any arm
    silent = parts.silent(ways.connection, ids) if parts else np.zeros(len(ids), np.bool_)
    drawn = _drawn(chosen, own_words, ways, ids, falls, fits & complete & ~silent)
    falls.keep(f"valid for {chosen.audience.destination or 'the destination'}", fits, unfit)
    if any(one.message is not None for one in texts):
        falls.keep("with all that the message tells", complete, "something that it tells is not known of them")
    if chosen.audience.limit is not None:
        falls.limit(chosen.audience.limit)
    return Prepared(_members(chosen, words, ways, table, falls, drawn, used, parts), falls)


def _members(
    chosen: Chosen,
    words: Words,
    ways: Ways,
    table: pa.Table,
    falls: Waterfall,
    variants: NDArray[np.object_],
    used: Collection[str],
    parts: Parts | None,
) -> pa.Table:
    """Return those who are left with what they are told: by their arm, or by what the audience says."""
    own = variants
    if parts is not None:
        own = parts.part(table, falls, ways.connection, chosen.now, chosen.dataset.zone, keep=ways.keep)
    book = given.Book(chosen.dataset, ways.connection, chosen.now, used, keep=ways.keep)
    if parts is None or not parts.assigns:
        return given.members(table, falls, [(falls.left, Told(words, chosen.audience.offer))], variants, variants, book)
    lots = [(np.asarray(own == arm, np.bool_), one) for arm, one in parts.arms.items()]
    main = np.full(len(table), MAIN, np.object_)
    return arms.acted(given.members(table, falls, lots, main, own, book), parts.arms)


def _known(values: Sequence[str | None]) -> Bools:
    return np.array([one is not None and one.strip() != "" for one in values], np.bool_)


def _unfit(
    chosen: Chosen,
    vendor: Destination | None,
    ids: Sequence[str],
    own: Sequence[str | None],
    normals: Sequence[str],
    left: Bools,
) -> list[str]:
    """Return why the destination would refuse each customer, as a sync would tell of them; else empty."""
    found = ["" if one else f"their {chosen.kind} is none" for one in normals]
    steps = _steps(vendor)
    if vendor is None or not steps:
        return found
    key = vendor.audiences.get(chosen.name, chosen.name)
    for place in np.flatnonzero(left).tolist():
        identifiers = {CUSTOMER: ids[place], vendor.identifier: str(own[place])}
        row = Row(
            id=_ID, customer=ids[place], identifiers=identifiers, audience=chosen.name, key=key, at=chosen.now
        )  # fmt: skip
        found[place] = found[place] or next(filter(None, (vendor.fitting(one, row) for one in steps)), "")
    return found


def _steps(vendor: Destination | None) -> list[str]:
    """Return the operations by which somebody enters that need no id of the vendor's."""
    try:
        return [one for one in (vendor.steps("enter") if vendor else ()) if vendor and vendor.needs(one) != VENDOR]
    except DatasetError:  # it takes events alone
        return []


def _lacking(words: Words, table: pa.Table, left: Bools) -> Bools:
    found = np.zeros(len(table), np.bool_)
    found[left] = words.lacks(table.filter(pa.array(left)))
    return found


def _drawn(
    chosen: Chosen, words: Words, ways: Ways, ids: Sequence[str], falls: Waterfall, sendable: Bools
) -> NDArray[np.object_]:
    """Let those fall out who are left alone or were reached often enough; return everybody's arm."""
    said = chosen.audiences
    split = Split(
        UNIT.format(chosen.name), words.arms, holdout=chosen.audience.holdout, everywhere=said.holdout, cap=said.cap
    )
    places = np.flatnonzero(falls.left)
    drawn = _assigned(chosen, ways, split, [ids[place] for place in places.tolist()], log=False)
    if ways.keep:  # of whom could not be sent anything nothing is to be weighed later
        _assigned(chosen, ways, split, [ids[place] for place in places.tolist() if sendable[place]], log=True)
    alone, often = np.zeros(len(ids), np.bool_), np.zeros(len(ids), np.bool_)
    alone[places], often[places] = drawn.everywhere | drawn.held, drawn.capped
    falls.keep("outside hold-outs", ~alone, "chance left them alone")
    falls.keep("outside caps", ~often, "they were reached often enough")
    arms = np.full(len(ids), None, np.object_)
    arms[places] = drawn.arm
    return arms


def _assigned(chosen: Chosen, ways: Ways, split: Split, ids: Sequence[str], *, log: bool) -> Assigned:
    return assign(ways.connection, split, ids, chosen.now, chosen.dataset.zone, ways.contacts, log=log)
