"""Permitted: who may be profiled, asked on the way of the events and again when all of their customers are known."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.buckets.signals import Signals
from features.buckets.unprofiled import Unprofiled
from features.consent.consent import PROFILING
from features.consent.groups import said
from features.consent.loop import MERGED, NO_MOMENT, OLDER, TIED, UNLIFTABLE
from features.consent.permissions import Linked, Owners, Permissions, since_ever
from features.consent.profiled import Profiled
from features.identity.identity import Identity
from features.identity.people import People
from features.sources.attributes import Attributes
from features.sources.batch import Batch
from features.sources.consents import Consents

_WHY = {
    NO_MOMENT: "name no moment",
    UNLIFTABLE: "stand against a refusal that names none",
    MERGED: "are older than the link to an identifier that refused",
    TIED: "are as old as a refusal",
    OLDER: "are older than a refusal",
}


@dataclass(frozen=True)
class Permitted:
    """What was found of permissions at a moment."""

    permissions: Permissions
    consents: Consents
    now: int
    unreadable: int
    """Rows whose signal could not be read."""

    @property
    def refused(self) -> NDArray[np.bool_]:
        """Which customers may not be profiled, shape (customers,)."""
        return self.permissions.refused(self.now)

    @cached_property
    def profiled(self) -> Profiled:
        """Who may be, as it is kept."""
        return self.permissions.profiled(self.now)

    def allows(self, purpose: str, customers: pa.Array) -> NDArray[np.bool_]:
        """Return which customers allow a purpose now, by their ids; one that is not declared nobody does."""
        if purpose not in self.permissions.consent.purposes:
            return np.zeros(len(customers), np.bool_)
        return self.permissions.allowed(purpose, self.now, customers)

    def without(self, apart: NDArray[np.bool_]) -> "Permitted":
        """Return the same, where some customers do not count; shape (customers,)."""
        return replace(self, permissions=replace(self.permissions, apart=apart))

    def said(self) -> list[str]:
        """Return what every command tells: the one line of those who are not profiled, and what could not be read."""
        untold = f"consent.gpc: {self.unreadable:,} rows hold neither yes nor no: they opt out"
        ages = self.permissions.unreadable_ages
        young = (
            f"consent.age: {self._said(ages)} customers have one that is neither a date such as 2010-05-31 nor years:"
            " they count as too young"
        )
        more = [*([untold] if self.unreadable else []), *([young] if ages else [])]
        return [self.profiled.said(), *self.consents.said(), *more]

    def _said(self, count: int) -> str:
        return said(count, self.permissions.consent.smallest_group)

    def account(self) -> Iterator[str]:
        """Yield what `features.check` tells beside it, a line each."""
        consent = self.permissions.consent
        for purpose, basis in consent.purposes.items():
            found = self.permissions.counts(purpose, self.now)
            silent = "allowed" if consent.silent(purpose) else "denied"
            of = "" if purpose == PROFILING else ", of those who are profiled"
            yield (
                f"purpose {purpose} ({basis}): {self._said(found.allowed)} allow it, {self._said(found.denied)}"
                f" deny it, nothing is known of {self._said(found.unknown)}, {silent} for them{of}"
            )
        counted = self.permissions.not_lifted(self.now)
        if counted.any():
            told = ", ".join(f"{counted[code]:,} {why}" for code, why in _WHY.items() if counted[code])
            yield f"grants that lift nothing: {counted.sum():,}: {told}"
        if self.permissions.nobody:
            yield f"answers of nobody who has events: {self.permissions.nobody:,}"
        for purpose, basis in consent.purposes.items():
            if basis == "consent" and consent.silent(purpose):
                yield f"purpose {purpose}: unknown = allow, but its basis is consent, and silence is none"


class Asking:
    """The question who may be profiled, while events come."""

    def __init__(self, consents: Consents, attributes: Attributes, now: int, identity: Identity | None = None) -> None:
        """Begin: what the tables say that are read before events is known.

        Args:
            consents: those of the dataset.
            attributes: what is known of its customers.
            now: when permission is asked for, in microseconds UTC.
            identity: what links several identifiers into one customer: then nobody knows on the way whose a row is,
                and none is hidden; its customer is left out when all are there.
        """
        self._consents = consents if identity is None else consents.called(identity.names)
        self._now = now
        self._signals = Signals(now, identity)
        self._unprofiled: Unprofiled | None = None
        if identity is None:
            nobody = pa.array([], pa.string())
            self._unprofiled = Unprofiled(consents.permissions(nobody, attributes, now).profiled(now))

    def looked(self, batch: Batch) -> tuple[Batch, NDArray[np.bool_] | None]:
        """Note the signals of a batch; return it as it counts, and which of its rows do not."""
        self._signals.add(batch)
        if self._unprofiled is None:
            return batch, None
        hidden = self._unprofiled.hidden(batch)
        return batch.without(hidden), hidden

    def permitted(self, customers: pa.Array, attributes: Attributes, people: People | None = None) -> Permitted:
        """Return who may be profiled.

        Args:
            customers: the ids of all who have events, by their numbers.
            attributes: what is known of them.
            people: who identifiers were found to be; by default each customer is themselves.
        """
        signal = self._signals.answers(list(self._consents.consent.purposes))
        if people is not None:
            signal = replace(signal, values=people.signalled(signal.values, signal.moment))
        signals = (signal,)
        whose = (None, since_ever, None) if people is None else (_owners(people), _since(people), people.person)
        found = self._consents.permissions(customers, attributes, self._now, signals, *whose)
        return Permitted(found, self._consents, self._now, self._signals.unreadable)


def _owners(people: People) -> Owners:
    return lambda _, called: people.owner(called)


def _since(people: People) -> Linked:
    return lambda _, called: people.since(called)
