"""Arms: what members are told by chance, those of an experiment or the actions of a policy, each alone."""

import datetime
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from activation.audiences import codes, told
from activation.audiences.declared import Audience
from activation.audiences.told import ARM, Words
from activation.audiences.waterfall import Waterfall
from activation.experiments.declared import SUGGESTED, What
from features.dataset import Dataset, DatasetError
from training.actions import message as messages

_SUGGESTION = (
    "action_by",
    "proposition",
    "action_message",
    "action",
    "offer_level",
    "offer_from",
    "action_destination",
)
"""Columns of what is suggested to each: they would tell other arms what is done in one of them."""


@dataclass(frozen=True)
class Told:
    """What some members are told."""

    words: Words
    offer: str
    """The name of the offer; empty without one."""
    action: str = SUGGESTED
    """`suggested`, else the one action of all; empty: none."""
    called: str = ""
    """What they are sent, by name."""


class Parts(Protocol):
    """What parts the members of an audience into arms."""

    @property
    def arms(self) -> Mapping[str, Told]:
        """The arms that are told something."""

    @property
    def assigns(self) -> bool:
        """Whether the arms decide what is told; else the audience does."""

    def texts(self, own: Words) -> list[Words]:
        """Return all that a member may be told."""

    def own(self, words: Words) -> Words:
        """Return what is told beside the arms."""

    def shows(self, audience: Audience) -> Audience:
        """Return the audience as the columns that are told need it."""

    def silent(self, connection: sqlite3.Connection, customers: list[str]) -> NDArray[np.bool_]:
        """Return who is told nothing whatever is drawn, shape (customers,)."""

    def part(
        self, table: pa.Table, falls: Waterfall, connection: sqlite3.Connection, now: int, zone: str, *, keep: bool
    ) -> NDArray[np.object_]:
        """Let those fall out whose arm is told nothing; return the arms of all who were left."""


def silenced(words: Words) -> Words:
    """Return what is told beside arms that decide it: nothing."""
    return replace(words, message=None, offer=None)


def shown(audience: Audience, arms: Mapping[str, Told]) -> Audience:
    """Return an audience with a message and an offer where an arm has one, for the columns that are told."""
    message = "subject" if any(one.words.message for one in arms.values()) else ""
    offer = "offer" if any(one.offer for one in arms.values()) else ""
    return msgspec.structs.replace(audience, message=message, offer=offer)


def acted(members: pa.Table, arms: Mapping[str, Told]) -> pa.Table:
    """Return members with the actions of their arms in place of what is suggested to each, by the column `arm`."""
    actions = [arms[arm].action for arm in members[ARM].to_pylist()]
    for name in (one for one in _SUGGESTION if one in members.schema.names):
        fixed = [one if name == "action" and one else None for one in actions]
        pairs = zip(actions, members[name].to_pylist(), fixed, strict=True)
        values = [given if action == SUGGESTED else other for action, given, other in pairs]
        place = members.schema.get_field_index(name)
        members = members.set_column(place, name, pa.array(values, members.schema.field(name).type))
    return members


def arm(own: Words, what: What, where: str, today: datetime.date) -> Told | None:
    """Return what an arm is told; None where that is nothing.

    Args:
        own: what the audience says by itself; its dataset, products and moment are those of the arms, too.
        what: what is done for the arm.
        where: what says it, in the dataset file.
        today: by which an offer may be over.

    Raises:
        DatasetError: it is not in the dataset by now, or cannot be told as it is.
    """
    if what.nothing:
        return None
    message = _message(own.dataset, what.message, where) if what.message else None
    offer = codes.declared(own.dataset, what.offer, today) if what.offer else None
    words = replace(own, message=message, offer=offer)
    told.require(words, where, what.message, what.offer)
    return Told(words, what.offer, what.action, what.called)


def _message(dataset: Dataset, name: str, where: str) -> messages.Message:
    found = messages.declared(dataset, name)
    if found.variants:
        raise DatasetError(f"{where}.message: got {name!r}, which has variants: an arm is told one text.")
    return found
