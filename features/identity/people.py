"""People: the customers that linked identifiers make, and whose log each row is in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.arrow import to_numpy
from features.identity import names
from features.identity.links import (
    EVER,
    FOREVER,
    LINKED,
    NOBODY,
    SHARED,
    TOO_MANY,
    Forest,
    Identifiers,
    Ints,
    Pairs,
    climbed,
    climbs,
)

EXAMPLES = 3
MANY = 50
"""Customers with more identifiers than that are pointed at."""
SUSPICIOUS = 5
"""An identifier of which so many links were refused is pointed at."""


@dataclass(frozen=True)
class Placed:
    """Rows in the logs that they are in; arrays of shape (placed,)."""

    rows: Ints
    owners: Ints
    """The number of the customer whose log it is."""
    late: Ints
    """When each was known there."""


@dataclass(frozen=True)
class People:
    """Identifiers and what became of them; a customer has the number of the identifier that gives it its id."""

    kinds: Sequence[str]
    """The names of the kinds, strongest first."""
    identifiers: Identifiers
    values: pa.Array
    """As text."""
    rows: Ints
    """In how many rows each stands."""
    blocked: NDArray[np.bool_]
    """Which identify nobody."""
    pairs: Pairs
    forest: Forest

    @cached_property
    def names(self) -> pa.Array:
        """What each identifier is called as a customer, then those who are of several people."""
        own = names.of_each(self.kinds, self.identifiers.kind, self.values)
        return pa.concat_arrays([own, names.shared(own.take(pa.array(self._several)))])

    @cached_property
    def _several(self) -> Ints:
        """The identifiers that are of several people."""
        return np.flatnonzero(self.forest.shared != FOREVER)

    @cached_property
    def person(self) -> Ints:
        """The number of each customer's person of today, shape (customers,)."""
        alone = len(self.values) + np.arange(self._several.size)
        return np.concatenate([self.forest.roots(), alone])

    @cached_property
    def until(self) -> Ints:
        """When each customer was found to be of another, FOREVER where that was not; shape (customers,)."""
        return np.concatenate([self.forest.until, np.full(self._several.size, FOREVER)])

    def owner(self, called: pa.Array) -> Ints:
        """Return the number of the person of today of identifiers, -1 where there is none who is called so."""
        place = self._place(called)
        return np.where(place < 0, NOBODY, self.person[place])

    def _place(self, called: pa.Array) -> Ints:
        """Return the numbers of identifiers by what they are called, -1 where none is called so."""
        return to_numpy(pc.index_in(called, self.names).cast(pa.int64()).fill_null(-1))

    def _told(self, number: int) -> tuple[str, str]:
        """Return the kind and the value of an identifier."""
        return self.kinds[self.identifiers.kind[number]], str(self.values[number])

    def widened(self, identifiers: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return some identifiers, kinds and values, and behind them all others of their people."""
        called = pa.array([names.one(one, self.kinds) for one in identifiers], pa.string())
        people = self.owner(called)
        own = np.flatnonzero(np.isin(self.person[: len(self.values)], people[people >= 0]) & ~self.blocked)
        return list(dict.fromkeys([*identifiers, *map(self._told, own.tolist())]))

    def shared(self, identifiers: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """Return from when on some identifiers, kinds and values, are of several people; of those alone that are."""
        wanted = frozenset(identifiers)
        return {one: int(self.forest.shared[n]) for n in self._several.tolist() if (one := self._told(n)) in wanted}

    def signalled(self, called: pa.Array, moments: Ints) -> pa.Array:
        """Return whose signals of identifiers are: from when on one is of several people, they are nobody else's."""
        place = self._place(called)
        since = np.append(self.forest.shared, np.full(self._several.size + 1, FOREVER))
        return pc.if_else(pa.array(moments >= since[place]), names.shared(called), called)

    def since(self, called: pa.Array) -> Ints:
        """Return from when on identifiers were known to be of their person of today, EVER of those who always were."""
        place = self._place(called)
        return np.where(place < 0, EVER, self._joined[place])

    @cached_property
    def _joined(self) -> Ints:
        """When each customer came to be of its person: the last time that one on its way was absorbed."""
        absorbed = np.where(self.until == FOREVER, EVER, self.until)
        into = np.append(self.forest.into, np.full(self._several.size, NOBODY))
        found, at = absorbed.copy(), into.copy()
        while (up := np.flatnonzero(at >= 0)).size:
            found[up] = np.maximum(found[up], absorbed[at[up]])
            at[up] = into[at[up]]
        return found

    def placed(self, traces: Ints, known: Ints) -> Placed:
        """Return in whose log rows are, and when each was known there.

        Args:
            traces: the strongest identifier of each row, shape (rows,).
            known: when each was known.
        """
        apart = known >= self.forest.shared[traces]
        alone = np.flatnonzero(apart)
        linked = np.flatnonzero(~apart)
        into, until = self.forest.into, self.forest.until
        sizes = np.empty(linked.size, np.int64)
        total = climbs(traces[linked], known[linked], into, until, sizes)
        rows, owners, late = (np.empty(total, np.int64) for _ in range(3))
        climbed(traces[linked], known[linked], into, until, rows, owners, late)
        several = len(self.values) + np.searchsorted(self._several, traces[alone])
        return Placed(
            np.concatenate([linked[rows], alone]),
            np.concatenate([owners, several]),
            np.concatenate([late, known[alone]]),
        )

    def told(self, apart: NDArray[np.bool_] | None = None, *, alone: bool = True) -> Iterator[str]:
        """Yield what linking found, a line each.

        Args:
            apart: customers who are not named, shape (customers,).
            alone: whether anybody may be named.
        """
        shown = np.full(self.person.size, alone) if apart is None else ~apart & alone
        yield f"identifiers: {', '.join(f'{count:,} {kind}' for kind, count in self._counts())}"
        yield from self._blocked()
        yield from self._links(shown)
        yield from self._largest(shown)
        yield from self._suspicious(shown)

    def _counts(self) -> Iterator[tuple[str, int]]:
        met = np.bincount(self.identifiers.kind[~self.blocked], minlength=len(self.kinds))
        yield from zip(self.kinds, met.tolist(), strict=True)

    def _blocked(self) -> Iterator[str]:
        for place, kind in enumerate(self.kinds):
            found = np.flatnonzero(self.blocked & (self.identifiers.kind == place))
            if found.size:
                most = found[np.argsort(-self.rows[found], kind="stable")[:EXAMPLES]]
                such = ", ".join(f"{self.values[n].as_py()!r} on {self.rows[n]:,} rows" for n in most.tolist())
                yield f"  {kind} that identifies nobody: {found.size:,} values, such as {such}"

    def _links(self, shown: NDArray[np.bool_]) -> Iterator[str]:
        """Yield how many links there are of each two kinds, and how many of them were refused, and why."""
        kind = self.identifiers.kind
        low = np.minimum(kind[self.pairs.one], kind[self.pairs.other]).astype(np.int64)
        high = np.maximum(kind[self.pairs.one], kind[self.pairs.other]).astype(np.int64)
        both = low * len(self.kinds) + high
        for two in np.unique(both).tolist():
            own = both == two
            one, other = self.kinds[two // len(self.kinds)], self.kinds[two % len(self.kinds)]
            taken = int((self.forest.verdict[own] == LINKED).sum())
            yield f"  links of {one} and {other}: {own.sum():,}, {taken:,} of them taken"
            yield from self._refused(own, shown)

    def _refused(self, own: NDArray[np.bool_], shown: NDArray[np.bool_]) -> Iterator[str]:
        named = shown[self.person[self.pairs.one]] & shown[self.person[self.pairs.other]]
        verdict, broken = self.forest.verdict, self.forest.broken
        cases = [
            (f"a customer would have too many {name}", own & (verdict == TOO_MANY) & (broken == place))
            for place, name in enumerate(self.kinds)
        ]
        cases += [("an identifier is of several people", own & (verdict == SHARED))]
        cases += [("the corrections say so", own & (verdict > SHARED))]
        for why, which in cases:
            if which.any():
                yield f"    refused: {which.sum():,}: {why}{self._such(which & named)}"

    def _such(self, which: NDArray[np.bool_]) -> str:
        """Return the earliest of some links as an example, empty where there is none."""
        if not which.any():
            return ""
        first = int(np.flatnonzero(which)[np.argmin(self.pairs.known[which])])
        return f", such as {self.names[int(self.pairs.one[first])]} and {self.names[int(self.pairs.other[first])]}"

    def _largest(self, shown: NDArray[np.bool_]) -> Iterator[str]:
        sizes = np.bincount(self.forest.roots()[~self.blocked], minlength=1)
        order = np.argsort(-sizes, kind="stable")[:EXAMPLES]
        told = ", ".join(f"{self.names[n].as_py()} ({sizes[n]:,})" for n in order.tolist() if sizes[n] > 1 and shown[n])
        if told:
            yield f"  customers with most identifiers: {told}"
        if (many := int((sizes > MANY).sum())) > 0:
            yield f"  look at them: {many:,} customers have more than {MANY} identifiers"

    def _suspicious(self, shown: NDArray[np.bool_]) -> Iterator[str]:
        """Yield the identifiers of which most links were refused."""
        refused = self.forest.verdict != LINKED
        ends = np.concatenate([self.pairs.one[refused], self.pairs.other[refused]])
        count = np.bincount(ends, minlength=len(self.values))
        for n in np.argsort(-count, kind="stable")[:EXAMPLES].tolist():
            if count[n] >= SUSPICIOUS and shown[self.person[n]]:
                kind = self.kinds[self.identifiers.kind[n]]
                yield (
                    f"  {kind} {self.values[n].as_py()!r} stands in {self.rows[n]:,} rows, and {count[n]:,} of its"
                    f" links were refused: if it is nobody's, block = [...] of identity.{kind} says so"
                )
