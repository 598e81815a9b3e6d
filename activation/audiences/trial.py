"""The trial of an audience: what the arms of the experiment on it are told, and who is held back for it.

While it runs, each member is told what their arm is, and nothing else; whoever joins is assigned before anything is
told. Once it is stopped, whoever was assigned is told nothing more until its end, and who joins what the audience says.
"""

import datetime
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from activation.assignment import kept
from activation.assignment.assign import Split, assign
from activation.audiences import arms
from activation.audiences.arms import Told
from activation.audiences.declared import Audience
from activation.audiences.told import Words
from activation.audiences.waterfall import Waterfall
from activation.experiments.started import Started


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
    def assigns(self) -> bool:
        """Whether it runs."""
        return self.started.assigns

    def texts(self, own: Words) -> list[Words]:
        """Return all that a member may be told, whichever arm is theirs; of a stopped one, what the audience says."""
        return [one.words for one in self.arms.values()] if self.assigns else [own]

    def own(self, words: Words) -> Words:
        """Return what is told beside the arms: of a running one nothing."""
        return arms.silenced(words) if self.assigns else words

    def shows(self, audience: Audience) -> Audience:
        """Return the audience with a message and an offer where an arm has one, for the columns that are told."""
        return arms.shown(audience, self.arms) if self.assigns else audience

    def silent(self, connection: sqlite3.Connection, customers: list[str]) -> NDArray[np.bool_]:
        """Return who is told nothing since they were assigned before it was stopped, shape (customers,)."""
        if self.assigns:
            return np.zeros(len(customers), np.bool_)
        before = kept.of(connection, self.started.unit, customers)
        return np.array([one in before for one in customers], np.bool_)

    def part(
        self,
        table: pa.Table,  # noqa: ARG002  an experiment parts all alike
        falls: Waterfall,
        connection: sqlite3.Connection,
        now: int,
        zone: str,
        *,
        keep: bool,
    ) -> NDArray[np.object_]:
        """Let those fall out who are held back; return the arms of all who were left, None of a stopped one.

        Args:
            table: the candidates.
            falls: who of them is left, all of whom could be told something.
            connection: the ledger.
            now: microseconds UTC.
            zone: whose calendar counts.
            keep: whether those who joined are assigned for good, in one step, before anything is told.
        """
        arms = np.full(len(falls.customers), None, np.object_)
        places = np.flatnonzero(falls.left).tolist()
        customers, held = [falls.customers[place] for place in places], np.zeros(len(arms), np.bool_)
        if self.assigns:
            own = self.started.experiment
            split = Split(self.started.unit, dict(zip(own.arms, own.shares, strict=True)))
            arms[places] = assign(connection, split, customers, now, zone, log=keep).arm
            held[places] = [arm not in self.arms for arm in arms[places]]
        else:
            held[places] = self.silent(connection, customers)
        falls.keep(f"not held back by experiment {self.name}", ~held, f"held back by experiment {self.name}")
        return arms


def trial(own: Words, begun: Started, today: datetime.date) -> Trial:
    """Return the trial of an audience.

    Args:
        own: what the audience says by itself; its dataset, products and moment are those of the arms, too.
        begun: the experiment.
        today: by which an offer may be over.

    Raises:
        DatasetError: what an arm tells is not in the dataset by now, or cannot be told as it is.
    """
    what = begun.experiment
    where = f"dataset {own.dataset.name!r}: experiments.{what.name}.arms"
    names = what.arms if begun.assigns else ()
    every = {name: arms.arm(own, what.what(name), f"{where}.{name}", today) for name in names}
    return Trial(begun, {name: one for name, one in every.items() if one is not None})
