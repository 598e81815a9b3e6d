"""Permissions: what every customer allows, by purpose, at any moment: what commands ask before they do anything."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.arrow import to_numpy
from features.consent.answers import Answers
from features.consent.consent import PROFILING, Consent
from features.consent.loop import AGELESS, EVER, LIFTS, SILENT, UNDATED, Ints
from features.consent.permission import Given, Standing, grants, standing
from features.consent.profiled import Profiled

Owners = Callable[[str, pa.Array], Ints]
"""Returns the numbers of the customers of some identifiers of a kind, -1 of those that are nobody's."""
Linked = Callable[[str, pa.Array], Ints]
"""Returns from when on some identifiers of a kind were known to be their customer's; UNDATED: since ever."""


@dataclass(frozen=True)
class Counts:
    """Of one purpose, how many customers allow it, how many refuse it, and of how many nothing is known."""

    allowed: int
    denied: int
    unknown: int


@dataclass(frozen=True)
class Permissions:
    """What people allow: customers with events first, then others who answered."""

    consent: Consent
    ids: pa.Array
    """Of all of them, as text."""
    customers: int
    """How many have events."""
    given: Given
    nobody: int = 0
    """Answers whose identifier is nobody's who has events."""
    apart: NDArray[np.bool_] | None = None
    """Customers who do not count, as `[exclude]` says; shape (customers,)."""
    person: Ints | None = None
    """The place of whom each customer was found to be, who answers for them, shape (customers,); None: themselves."""
    unreadable_ages: int = 0
    """Of how many people an age is told that cannot be read."""

    def standing(self, purpose: str, now: int) -> Standing:
        """Return how everybody stands to a purpose at a moment; arrays of shape (ids,).

        Raises:
            KeyError: the purpose is not declared.
        """
        found = standing(self.consent, self.given, purpose, now)
        if self.person is None:
            return found
        whose = np.append(self.person, np.arange(self.customers, len(self.ids)))
        return Standing(found.state[whose], found.allowed[whose], found.until[whose])

    def allowed(self, purpose: str, now: int, ids: pa.Array | None = None) -> NDArray[np.bool_]:
        """Return who may be reached for a purpose at a moment: they allow it, and may be profiled.

        Args:
            purpose: one that is declared.
            now: microseconds UTC.
            ids: the customers asked about, in any order; by default all that there are. Of whom nothing is known, the
                declaration tells.

        Raises:
            KeyError: the purpose is not declared.
        """
        both = self.standing(purpose, now).allowed & self.standing(PROFILING, now).allowed
        if ids is None:
            return both
        stranger = self.consent.silent(purpose) and self.consent.silent(PROFILING)
        places = to_numpy(pc.index_in(ids, self.ids).cast(pa.int64()).fill_null(-1))
        return np.asarray(np.append(both, stranger)[places])

    def table(self, now: int) -> pa.Table:
        """Return a row for each customer with events who may be profiled at a moment: the id, then each purpose."""
        rows = pa.array(np.flatnonzero(~self.refused(now) & self._counted))
        names = [name for name in self.consent.purposes if name != PROFILING]
        columns = {name: pa.array(self.allowed(name, now)).take(rows) for name in names}
        return pa.table({"customer_id": self.ids.take(rows), **columns})

    def refused(self, now: int) -> NDArray[np.bool_]:
        """Return which customers with events may not be profiled at a moment, shape (customers,)."""
        return ~self.standing(PROFILING, now).allowed[: self.customers]

    def profiled(self, now: int) -> Profiled:
        """Return who may be profiled at a moment, and until when, to be kept beside their events."""
        found, named = self.standing(PROFILING, now), self.ids
        ends = np.flatnonzero(found.allowed & (found.until != EVER))
        strangers = self.consent.silent(PROFILING)
        beside = found.allowed & (np.arange(len(named)) >= self.customers) & (not strangers)
        counted = self._counted
        return Profiled(
            now,
            frozenset(named.filter(pa.array(~found.allowed)).to_pylist()),
            dict(zip(named.take(pa.array(ends)).to_pylist(), found.until[ends].tolist(), strict=True)),
            strangers,
            frozenset(named.filter(pa.array(beside)).to_pylist()),
            int((self.refused(now) & counted).sum()),
            int(counted.sum()),
            self.consent.smallest_group,
        )

    def counts(self, purpose: str, now: int) -> Counts:
        """Return how many customers with events allow a purpose at a moment; but for profiling, of those profiled."""
        found = self.standing(purpose, now)
        own = self._counted if purpose == PROFILING else self._counted & ~self.refused(now)
        unknown = np.isin(found.state[: self.customers], (SILENT, AGELESS)) & own
        allowed = found.allowed[: self.customers] & own & ~unknown
        return Counts(int(allowed.sum()), int((own & ~allowed & ~unknown).sum()), int(unknown.sum()))

    def not_lifted(self, now: int) -> NDArray[np.int64]:
        """Return how many grants lift nothing by a moment, by what they do: LIFTS and the others, shape (6,)."""
        found = [grants(self.consent, self.given, purpose, now) for purpose in self.consent.purposes]
        counted = np.bincount(np.concatenate(found), minlength=6)
        counted[LIFTS] = 0
        return counted

    @cached_property
    def _counted(self) -> NDArray[np.bool_]:
        """Which customers count, each person once."""
        own = np.ones(self.customers, np.bool_) if self.apart is None else ~self.apart
        return own if self.person is None else own & (self.person == np.arange(self.customers))


def since_ever(_: str, values: pa.Array) -> Ints:
    """Return that identifiers have been their customer's since ever."""
    return np.full(len(values), UNDATED, np.int64)


def gathered(answers: Sequence[Answers], ripe: Ints, owners: Owners, linked: Linked = since_ever) -> Given:
    """Return answers by the people who gave them; those of identifiers that are nobody's are left out.

    Args:
        answers: those of all tables and signals.
        ripe: from when on each person is old enough, shape (people,).
        owners: whose identifiers are.
        linked: from when on that was known.
    """
    owner, trace, since = ([np.empty(0, np.int64)] for _ in range(3))
    before = 0
    for kind in dict.fromkeys(one.kind for one in answers):
        values = pa.concat_arrays([one.values for one in answers if one.kind == kind])
        coded = pc.dictionary_encode(values)
        code = to_numpy(coded.indices.cast(pa.int64()))
        owner.append(owners(kind, coded.dictionary)[code])
        since.append(linked(kind, coded.dictionary)[code])
        trace.append(code + before)
        before += len(coded.dictionary)
    ordered = [one for kind in dict.fromkeys(one.kind for one in answers) for one in answers if one.kind == kind]
    moment = _of(ordered, "moment")
    whose = np.concatenate(owner)
    order = np.lexsort((~moment, whose))
    order = order[np.searchsorted(whose[order], 0) :]
    counts = np.bincount(whose[order], minlength=ripe.size)
    return Given(
        np.append(0, np.cumsum(counts)),
        _of(ordered, "purpose")[order],
        _of(ordered, "said").astype(np.uint8)[order],
        moment[order],
        np.concatenate(trace)[order],
        np.concatenate(since)[order],
        _of(ordered, "source")[order],
        ripe,
    )


def _of(answers: Sequence[Answers], name: str) -> Ints:
    return np.concatenate([np.empty(0, np.int64), *(getattr(one, name) for one in answers)]).astype(np.int64)
