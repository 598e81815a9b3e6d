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
        by_kind = [names.named(place, self.kinds, self.values) for place in range(len(self.kinds))]
        own = self._picked(by_kind)
        return pa.concat_arrays([own, names.shared(own.take(pa.array(self._several)))])

    def _picked(self, by_kind: Sequence[pa.Array]) -> pa.Array:
        """Return of each identifier the name that its kind gives."""
        size = len(self.values)
        every = pa.concat_arrays(by_kind)
        return every.take(pa.array(self.identifiers.kind.astype(np.int64) * size + np.arange(size)))

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
        place = to_numpy(pc.index_in(called, self.names).cast(pa.int64()).fill_null(-1))
        return np.where(place < 0, NOBODY, self.person[place])

    def identifiers_of(self, called: pa.Array) -> list[tuple[str, str]]:
        """Return the kinds and values of all identifiers of the people of some, those among them that are known."""
        people = self.owner(called)
        own = np.flatnonzero(np.isin(self.person[: len(self.values)], people[people >= 0]) & ~self.blocked)
        return [(self.kinds[self.identifiers.kind[n]], str(self.values[n])) for n in own.tolist()]

    def shared(self, identifiers: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """Return from when on some identifiers, kinds and values, are of several people; of those alone that are."""
        wanted = frozenset(identifiers)
        told = ((self.kinds[self.identifiers.kind[n]], str(self.values[n]), n) for n in self._several.tolist())
        return {(kind, value): int(self.forest.shared[n]) for kind, value, n in told if (kind, value) in wanted}

    def signalled(self, called: pa.Array, moments: Ints) -> pa.Array:
        """Return whose signals of identifiers are: from when on one is of several people, they are nobody else's."""
        place = to_numpy(pc.index_in(called, self.names).cast(pa.int64()).fill_null(-1))
        since = np.append(self.forest.shared, np.full(self._several.size + 1, FOREVER))
        return pc.if_else(pa.array(moments >= since[place]), names.shared(called), called)

    def since(self, called: pa.Array) -> Ints:
        """Return from when on identifiers were known to be of their person of today, EVER of those who always were."""
        place = to_numpy(pc.index_in(called, self.names).cast(pa.int64()).fill_null(-1))
        return np.where(place < 0, EVER, self._joined[place])

    @cached_property
    def _joined(self) -> Ints:
        """When each customer came to be of its person: the last time that one on its way was absorbed."""
        found = np.where(self.until == FOREVER, EVER, self.until)
        at = np.append(self.forest.into, np.full(self._several.size, NOBODY))
        while (up := np.flatnonzero(at >= 0)).size:
            found[up] = np.maximum(found[up], np.where(self.until[at[up]] == FOREVER, EVER, self.until[at[up]]))
            at[up] = np.append(self.forest.into, np.full(self._several.size, NOBODY))[at[up]]
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
