"""Policed: each member of an audience is told what their action by a policy is; some are given one by chance.

The action that the policy wants has the chance that exploration leaves it, and its part of exploration as all others
do. What each was given and how likely that was is in the ledger before anything is told, so that it can be judged.
"""

import datetime
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from activation.assignment.assign import Split, assign
from activation.audiences import arms
from activation.audiences.arms import Told
from activation.audiences.candidates import WANTED
from activation.audiences.declared import Audience
from activation.audiences.told import Words
from activation.audiences.waterfall import Waterfall
from activation.policies.declared import actions
from activation.policies.logged import UNIT
from training.rules.policies import Held
from training.uplift.policy import explored


@dataclass(frozen=True)
class Policed:
    """A policy that decides what the members of an audience are told."""

    audience: str
    held: Held
    exploration: float
    arms: Mapping[str, Told]
    """The actions by which something is told."""
    assigns: bool = True

    @property
    def state(self) -> str:
        """What it is, in words."""
        return f"{self.held.state}, exploration {self.exploration:.3g}"

    def texts(self, own: Words) -> list[Words]:  # noqa: ARG002
        """Return all that a member may be told, whichever action is theirs."""
        return [one.words for one in self.arms.values()]

    def own(self, words: Words) -> Words:
        """Return what is told beside the actions: nothing."""
        return arms.silenced(words)

    def shows(self, audience: Audience) -> Audience:
        """Return the audience with a message and an offer where an action has one, for the columns that are told."""
        return arms.shown(audience, self.arms)

    def silent(self, connection: sqlite3.Connection, customers: list[str]) -> NDArray[np.bool_]:  # noqa: ARG002
        """Return who is told nothing whatever is drawn: nobody."""
        return np.zeros(len(customers), np.bool_)

    def part(
        self, table: pa.Table, falls: Waterfall, connection: sqlite3.Connection, now: int, zone: str, *, keep: bool
    ) -> NDArray[np.object_]:
        """Let those fall out whose action is nothing; return the actions of all who were left.

        Args:
            table: the candidates, with what the policy wants for each.
            falls: who of them is left, all of whom could be told something.
            connection: the ledger.
            now: microseconds UTC.
            zone: whose calendar counts.
            keep: whether what is drawn is kept, before anything is told.
        """
        found = np.full(len(falls.customers), None, np.object_)
        names, wanted = self.held.policy.actions, np.array(table[WANTED].to_pylist(), np.object_)
        chances = explored(np.arange(len(names)), len(names), self.exploration).tolist()
        for name, shares in zip(names, chances, strict=True):
            places = np.flatnonzero(falls.left & (wanted == name))
            unit = UNIT.format(audience=self.audience, name=self.held.name, version=self.held.version, wanted=name)
            split = Split(unit, dict(zip(names, shares, strict=True)))
            customers = [falls.customers[place] for place in places.tolist()]
            found[places] = assign(connection, split, customers, now, zone, log=keep).arm
        alone = np.array([one not in self.arms for one in found], np.bool_)
        falls.keep(f"not left alone by policy {self.held.name}", ~alone, f"policy {self.held.name} leaves them alone")
        return found

    @property
    def said(self) -> str:
        """What it does, in a sentence."""
        if not self.exploration:
            return (
                f"policy {self.held.state} says what each is told, and nothing is explored: no chance is logged, and"
                " what it brings cannot be told from what comes anyway"
            )
        each = self.exploration / len(self.held.policy.actions)
        return (
            f"policy {self.held.state} says what each is told: its action by a chance of"
            f" {1 - self.exploration + each:.4g}, each other by {each:.4g}, which is logged"
        )


def policed(own: Words, name: str, audience: Audience, today: datetime.date) -> Policed:
    """Return the policy that decides what the members of an audience are told.

    Args:
        own: what the audience says by itself; its dataset, products and moment are those of the actions, too.
        name: of the audience.
        audience: as it is declared.
        today: by which an offer may be over.

    Raises:
        DatasetError: the policy is not as it is declared, or does not say what is done.
    """
    held, every = actions(own.dataset, audience.policy)
    told = {one: arms.arm(own, what, f"{held.where}.actions.{one}", today) for one, what in every.items()}
    exploration = held.policy.exploration if audience.exploration is None else audience.exploration
    return Policed(name, held, exploration, {one: its for one, its in told.items() if its is not None})
