"""The trial of an audience: what the arms of the experiment on it are told, and who is held back for it.

While it runs, each member is told what their arm is, and nothing else; whoever joins is assigned before anything is
told. Once it is stopped, whoever was assigned is told nothing more until its end, and who joins what the audience says.
"""

import datetime
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from activation.assignment import kept
from activation.assignment.assign import Split, assign
from activation.audiences import codes, told
from activation.audiences.declared import Audience
from activation.audiences.told import ARM, Words
from activation.audiences.waterfall import Waterfall
from activation.experiments.started import Started
from features.dataset import Dataset, DatasetError
from training.actions import message as messages

SUGGESTED = "suggested"
"""The action of an arm whose customers are told what is suggested to each."""
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


@dataclass(frozen=True)
class Trial:
    """The experiment on an audience, as it was declared when it was started."""

    started: Started
    arms: Mapping[str, Told]
    """The arms that are told something; of a stopped one none."""

    @property
    def name(self) -> str:
        """Of the experiment."""
        return self.started.experiment.name

    @property
    def called(self) -> dict[str, str]:
        """What the arms are sent, by name."""
        return {arm: self.started.experiment.what(arm).called for arm in self.arms}

    @property
    def redeems(self) -> bool:
        """Whether an arm is given an offer."""
        return any(one.offer for one in self.arms.values())

    def texts(self, own: Words) -> list[Words]:
        """Return all that a member may be told, whichever arm is theirs; of a stopped one, what the audience says."""
        return [one.words for one in self.arms.values()] if self.started.assigns else [own]

    def own(self, words: Words) -> Words:
        """Return what is told beside the arms: of a running one nothing."""
        return replace(words, message=None, offer=None) if self.started.assigns else words

    def shows(self, audience: Audience) -> Audience:
        """Return the audience with a message and an offer where an arm has one, for the columns that are told."""
        if not self.started.assigns:
            return audience
        message = "subject" if any(one.words.message for one in self.arms.values()) else ""
        return msgspec.structs.replace(audience, message=message, offer="offer" if self.redeems else "")

    def silent(self, connection: sqlite3.Connection, customers: list[str]) -> NDArray[np.bool_]:
        """Return who is told nothing since they were assigned before it was stopped, shape (customers,)."""
        if self.started.assigns:
            return np.zeros(len(customers), np.bool_)
        before = kept.of(connection, self.started.unit, customers)
        return np.array([one in before for one in customers], np.bool_)

    def part(
        self, falls: Waterfall, connection: sqlite3.Connection, now: int, zone: str, *, keep: bool
    ) -> NDArray[np.object_]:
        """Let those fall out who are held back; return the arms of all who were left, None of a stopped one.

        Args:
            falls: who is left, all of whom could be told something.
            connection: the ledger.
            now: microseconds UTC.
            zone: whose calendar counts.
            keep: whether those who joined are assigned for good, in one step, before anything is told.
        """
        arms = np.full(len(falls.customers), None, np.object_)
        places = np.flatnonzero(falls.left).tolist()
        customers, held = [falls.customers[place] for place in places], np.zeros(len(arms), np.bool_)
        if self.started.assigns:
            own = self.started.experiment
            split = Split(self.started.unit, dict(zip(own.arms, own.shares, strict=True)))
            arms[places] = assign(connection, split, customers, now, zone, log=keep).arm
            held[places] = [arm not in self.arms for arm in arms[places]]
        else:
            held[places] = self.silent(connection, customers)
        falls.keep(f"not held back by experiment {self.name}", ~held, f"held back by experiment {self.name}")
        return arms

    def acted(self, members: pa.Table) -> pa.Table:
        """Return members with the actions of their arms in place of what is suggested to each, by the column `arm`."""
        actions = [self.arms[arm].action for arm in members[ARM].to_pylist()]
        for name in (one for one in _SUGGESTION if one in members.schema.names):
            fixed = [one if name == "action" and one else None for one in actions]
            pairs = zip(actions, members[name].to_pylist(), fixed, strict=True)
            values = [given if action == SUGGESTED else other for action, given, other in pairs]
            place = members.schema.get_field_index(name)
            members = members.set_column(place, name, pa.array(values, members.schema.field(name).type))
        return members


def trial(own: Words, begun: Started, today: datetime.date) -> Trial:
    """Return the trial of an audience.

    Args:
        own: what the audience says by itself; its dataset, products and moment are those of the arms, too.
        begun: the experiment.
        today: by which an offer may be over.

    Raises:
        DatasetError: what an arm tells is not in the dataset by now, or cannot be told as it is.
    """
    names = begun.experiment.arms if begun.assigns else ()
    every = {name: _told(own, begun, name, today) for name in names}
    return Trial(begun, {name: one for name, one in every.items() if one is not None})


def _told(own: Words, begun: Started, arm: str, today: datetime.date) -> Told | None:
    """Return what an arm is told; None where that is nothing."""
    dataset, what = own.dataset, begun.experiment.what(arm)
    if what.nothing:
        return None
    where = f"dataset {dataset.name!r}: experiments.{begun.experiment.name}.arms.{arm}"
    message = _message(dataset, what.message, where) if what.message else None
    offer = codes.declared(dataset, what.offer, today) if what.offer else None
    words = replace(own, message=message, offer=offer)
    told.require(words, where, what.message, what.offer)
    return Told(words, what.offer, what.action)


def _message(dataset: Dataset, name: str, where: str) -> messages.Message:
    found = messages.declared(dataset, name)
    if found.variants:
        raise DatasetError(f"{where}.message: got {name!r}, which has variants: an arm is told one text.")
    return found
