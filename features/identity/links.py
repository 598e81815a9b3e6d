"""Links: which identifiers are of one customer, from when on, told in the order of time and within limits.

Links are judged oldest first and a link that would break a limit is refused, so what was known at a moment never
depends on what came after it. A customer has the id of the identifier that was known first; the others are absorbed
into it, each at the moment of its link. One that is absorbed was a customer of its own until then.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled

Ints = NDArray[np.int64]

FOREVER = int(np.iinfo(np.int64).max)
EVER = int(np.iinfo(np.int64).min)
"""When a link without a moment became known: before everything."""
NOBODY = -1
_FOREVER = np.int64(FOREVER)

LINKED, TOO_MANY, SHARED, NEVER = range(4)
_BEYOND, _OF_SEVERAL, _FORBIDDEN = TOO_MANY, SHARED, NEVER
"""What becomes of a link: both are of one customer; that would break a limit; one is of several people; a correction
forbids it."""


@dataclass(frozen=True)
class Identifiers:
    """What was met, numbered from 0; arrays of shape (identifiers,)."""

    kind: NDArray[np.uint8]
    """The place of its kind among the declared ones; 0 is the strongest."""
    first: Ints
    """When each was first known, in microseconds UTC; FOREVER where it never was."""
    tie: Ints
    """Tells apart what was known first at one moment and is of one kind: a hash of the value."""


@dataclass(frozen=True)
class Pairs:
    """Links between two identifiers, each pair once with its earliest moment; arrays of shape (links,)."""

    one: Ints
    other: Ints
    known: Ints
    """When the link became known."""

    def __len__(self) -> int:
        """Return how many there are."""
        return int(self.one.size)


@dataclass(frozen=True)
class Rules:
    """How far identifiers link; by kind, strongest first."""

    limits: Sequence[int]
    """How many of a kind one customer may have."""
    shared_after: Sequence[int]
    """With so many of the first kind an identifier links nobody any more; 0: never."""
    never: Sequence[tuple[int, int]] = ()
    """Pairs that are never of one customer."""
    always: Sequence[tuple[int, int, int]] = ()
    """Pairs that are of one customer, whatever the limits, and since when that is known."""


@dataclass(frozen=True)
class Forest:
    """Who was absorbed into whom, and when; arrays of shape (identifiers,)."""

    into: Ints
    """The identifier whose customer each was absorbed into, NOBODY where it begins a customer's id."""
    until: Ints
    """When that was; FOREVER where it was not."""
    shared: Ints
    """From when on each is of several people; FOREVER where it is not."""
    verdict: NDArray[np.uint8]
    """What became of each link, in the order of `Pairs`; shape (links,)."""
    broken: NDArray[np.int8]
    """Of the links with TOO_MANY, the kind whose limit would be broken, else -1; shape (links,)."""

    def roots(self) -> Ints:
        """Return the identifier that gives each one's customer its id today."""
        return roots(self.into)


def forest(identifiers: Identifiers, pairs: Pairs, rules: Rules) -> Forest:
    """Link identifiers in the order of time.

    Of links of one moment those of stronger kinds come first, then the values decide, so that the order of rows and
    files says nothing.

    Args:
        identifiers: what was met.
        pairs: the links.
        rules: how far they go.
    """
    kind, size = identifiers.kind, identifiers.kind.size
    swap = kind[pairs.one] > kind[pairs.other]
    one, other = np.where(swap, pairs.other, pairs.one), np.where(swap, pairs.one, pairs.other)
    certain = np.array(rules.always, np.int64).reshape(-1, 3)
    dated, first = certain[:, 2] != EVER, identifiers.first
    both = np.maximum(first[certain[:, 0]], first[certain[:, 1]])  # nobody is linked before they are met
    certain[dated, 2] = np.maximum(certain[dated, 2], both[dated])
    one, other = np.append(one, certain[:, 0]), np.append(other, certain[:, 1])
    known = np.append(pairs.known, certain[:, 2])
    sure = np.arange(one.size) >= len(pairs)
    tie = identifiers.tie
    order = np.argsort(known, kind="stable")
    _ordered(order, known, np.where(sure, -1, kind[one].astype(np.int64) << 8 | kind[other]), tie[one], tie[other])
    into, until, shared = np.full(size, NOBODY), np.full(size, FOREVER), np.full(size, FOREVER)
    verdict, broken = np.zeros(one.size, np.uint8), np.full(one.size, -1, np.int8)
    _link(
        kind,
        identifiers.first,
        tie,
        (one, other, known, sure, order),
        np.array(rules.limits, np.int64),
        np.array(rules.shared_after, np.int64),
        np.array(rules.never, np.int64).reshape(-1, 2),
        (into, until, shared, verdict, broken),
    )
    return Forest(into, until, shared, verdict[: len(pairs)], broken[: len(pairs)])


@compiled
def _ordered(order: Ints, known: Ints, kinds: Ints, one: Ints, other: Ints) -> None:
    """Put links of one moment in the order of their kinds, then of their values, whose order in a pair says nothing."""
    begin = 0
    while begin < order.size:
        end = begin + 1
        while end < order.size and known[order[end]] == known[order[begin]]:
            end += 1
        if end > begin + 1:
            own = order[begin:end]
            own[:] = own[np.argsort(np.maximum(one[own], other[own]), kind="mergesort")]
            own[:] = own[np.argsort(np.minimum(one[own], other[own]), kind="mergesort")]
            own[:] = own[np.argsort(kinds[own], kind="mergesort")]
        begin = end


@compiled
def _link(  # noqa: C901  one loop, to be compiled
    kind: NDArray[np.uint8],
    first: Ints,
    tie: Ints,
    links: tuple[Ints, Ints, Ints, NDArray[np.bool_], Ints],
    limits: Ints,
    shared_after: Ints,
    never: Ints,
    out: tuple[Ints, Ints, Ints, NDArray[np.uint8], NDArray[np.int8]],
) -> None:
    """Fill `out` with `Forest`'s arrays; `links` are both ends, moments, which are certain, and the order."""
    one, other, known, sure, order = links
    into, until, shared, verdict, broken = out
    up = np.arange(kind.size)
    counts = np.zeros((kind.size, limits.size), np.int32)
    users = np.zeros(kind.size, np.int32)
    flagged = np.zeros(kind.size, np.bool_)
    for n in range(kind.size):
        counts[n, kind[n]] = 1
    for n in range(never.shape[0]):
        flagged[never[n, 0]] = flagged[never[n, 1]] = True
    for link in order:
        a, b = one[link], other[link]
        if not sure[link]:
            if kind[a] == 0 and kind[b] != 0:
                users[b] += 1
                if users[b] == shared_after[kind[b]]:
                    shared[b] = known[link]
            if shared[a] != _FOREVER or shared[b] != _FOREVER:
                verdict[link] = _OF_SEVERAL
                continue
        a, b = _top(up, a), _top(up, b)
        if a == b:
            continue
        if flagged[a] and flagged[b] and _forbidden(up, a, b, never):
            verdict[link] = _FORBIDDEN
            continue
        if not sure[link]:
            broken[link] = _beyond(counts[a], counts[b], limits)
            if broken[link] >= 0:
                verdict[link] = _BEYOND
                continue
        if not _older(a, b, first, kind, tie):
            a, b = b, a
        up[b], into[b], until[b] = a, a, known[link]
        flagged[a] |= flagged[b]
        counts[a] += counts[b]


@compiled
def _top(up: Ints, n: int) -> int:
    """Return where the way up ends, and make it shorter for whoever comes next."""
    while up[n] != n:
        up[n] = up[up[n]]
        n = up[n]
    return n


@compiled
def _forbidden(up: Ints, a: int, b: int, never: Ints) -> bool:
    """Return whether two customers hold both of a pair that is never of one."""
    for n in range(never.shape[0]):
        x, y = _top(up, never[n, 0]), _top(up, never[n, 1])
        if (x == a and y == b) or (x == b and y == a):
            return True
    return False


@compiled
def _beyond(some: NDArray[np.int32], others: NDArray[np.int32], limits: Ints) -> int:
    """Return the first kind of which both have some and together too many, -1 if there is none."""
    for k in range(limits.size):
        if some[k] and others[k] and some[k] + others[k] > limits[k]:
            return k
    return -1


@compiled
def _older(a: int, b: int, first: Ints, kind: NDArray[np.uint8], tie: Ints) -> bool:
    """Return whether one was known before another: at one moment the stronger kind is, then the value decides."""
    if first[a] != first[b]:
        return bool(first[a] < first[b])
    if kind[a] != kind[b]:
        return bool(kind[a] < kind[b])
    return bool(tie[a] < tie[b])


@compiled
def roots(into: Ints) -> Ints:
    """Return for each identifier where the way up ends."""
    found = np.arange(into.size)
    for n in range(into.size):
        root = n
        while into[root] >= 0:
            root = into[root]
        found[n] = root
    return found


@compiled
def climbs(begin: Ints, known: Ints, into: Ints, until: Ints, sizes: Ints) -> int:
    """Count in how many customers' logs each row is, into `sizes`; return how many that are in all.

    A row is in the log of every customer on its way up who was there after it was known: in that of the last for ever.

    Args:
        begin: the identifier that each row begins at, shape (rows,).
        known: when each row was known.
        into: `Forest.into`.
        until: `Forest.until`.
        sizes: gets the numbers, shape (rows,).
    """
    total = 0
    for n in range(begin.size):
        at, moment, count = begin[n], known[n], 0
        while True:
            count += moment < until[at]
            if into[at] < 0:
                break
            moment = max(moment, until[at])
            at = into[at]
        sizes[n] = count
        total += count
    return total


@compiled
def climbed(begin: Ints, known: Ints, into: Ints, until: Ints, rows: Ints, owners: Ints, late: Ints) -> None:
    """Fill in for every log that a row is in, as `climbs` counts them: the row, whose log, and when known there."""
    free = 0
    for n in range(begin.size):
        at, moment = begin[n], known[n]
        while True:
            if moment < until[at]:
                rows[free], owners[free], late[free] = n, at, moment
                free += 1
            if into[at] < 0:
                break
            moment = max(moment, until[at])
            at = into[at]
