"""The preview: how many customers are in each rule segment, and how far segments overlap, before anything is done."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from features import clock
from features.consent.groups import enough
from features.log.log import Log
from features.log.spine import everyone, pieces
from training.rules import truth
from training.rules.rules import Rules
from training.rules.truth import Truths

SURE = 1000
"""A segment of fewer customers is warned of: what is measured of them is hardly told from chance."""
MOST = 12
"""So many overlaps are told, the largest first."""
Bools = NDArray[np.bool_]


def preview(rules: Rules, log: Log, end: int, smallest: int, least: int) -> Iterator[str]:
    """Yield lines: each rule with its size and share of all at a moment, then the overlaps.

    A number that would tell of too few customers is left out, as is one from which, with all else that is told, such
    a number could be reckoned: a rule gives way to those before it in the file.

    Args:
        rules: as they were read.
        log: everybody's events.
        end: the moment, in microseconds UTC.
        smallest: customers of a figure at the least.
        least: customers of a segment that is not flagged.
    """
    yield from rules.told()
    for line in rules.strangers(log).values():
        yield f"rules: {line}"
    if not rules:
        return
    truths = judged(rules, log, end)
    day = clock.iso(end, ZoneInfo(log.zone))[:10]
    told, parts = _told({name: found == truth.TRUE for name, found in truths.items()}, smallest)
    for name, found in truths.items():
        if name not in told:
            yield f"rule {name}: not told: of fewer than {smallest:,} customers it could be found out where they are"
            continue
        unknown = found == truth.UNKNOWN
        finer = parts.split(unknown)
        parts = finer or parts
        said = f"{_flag(int(told[name].sum()), least)}{_unknown(int(unknown.sum()), finer)}"
        yield f"rule {name}: {_size(told[name])} on {day}{said}"
    yield from _overlaps(told)


def judged(rules: Rules, log: Log, end: int) -> dict[str, Truths]:
    """Return of each rule whether it holds of everybody who is known at a moment; each of shape (customers,)."""
    spine = everyone(log, {end})
    found = {name: np.zeros(len(spine), np.int8) for name in rules.declared}
    bundle = rules.scope.bundle if rules.scope else None
    for piece, rows, own in pieces(log, spine):
        scores = bundle.score(piece, own) if bundle else None
        for name, truths in rules.on(piece)(own.customers, own.as_of, scores).truths.items():
            found[name][rows] = truths
    return found


def _told(inside: Mapping[str, Bools], smallest: int) -> tuple[dict[str, Bools], "_Parts"]:
    """Return the rules that may be told, and the parts that they all split customers into."""
    told: dict[str, Bools] = {}
    parts = _Parts(smallest, np.zeros(next(iter(inside.values())).size, np.int64))
    for name, own in inside.items():
        if finer := parts.split(own):
            told[name], parts = own, finer
    return told, parts


@dataclass(frozen=True)
class _Parts:
    """What all that was told so far splits customers into: those whom none of it tells apart are one part."""

    smallest: int
    of: NDArray[np.int64]
    """The part of each customer, shape (customers,)."""

    def split(self, inside: Bools) -> "_Parts | None":
        """Return the parts when a group's size is told, too; None where one would be of too few customers.

        Whatever can be reckoned from sizes and overlaps of what was told is a sum of parts: nobody, or enough.
        """
        halves = 2 * self.of + inside
        counts = np.bincount(halves)
        if not all(enough(int(count), self.smallest) for count in np.unique(counts)):
            return None
        return _Parts(self.smallest, (np.cumsum(counts > 0) - 1)[halves])


def _size(inside: Bools) -> str:
    return f"{_customers(int(inside.sum()))} ({inside.mean() if inside.size else 0.0:.1%})"


def _customers(count: int) -> str:
    return "1 customer" if count == 1 else f"{count:,} customers"


def _flag(size: int, least: int) -> str:
    """Return what is to be said of a small segment."""
    if size < least:
        return f"; fewer than {least:,} are too few to judge"
    return f"; figures of fewer than {SURE:,} are unsure" if size < SURE else ""


def _unknown(count: int, parts: _Parts | None) -> str:
    """Return of how many it cannot be told, where it is of any, and nobody could find out where few others are."""
    told = f"{count:,}" if parts else "some"
    return f"; of {told} it cannot be told, and they are not in it" if count else ""


def _overlaps(told: Mapping[str, Bools]) -> Iterator[str]:
    """Yield a line for each pair of segments that have customers in common, the largest overlaps first.

    What two that are told have in common is a sum of their parts, so it is never of too few.
    """
    shared = [(int((told[a] & told[b]).sum()), a, b) for a, b in combinations(told, 2)]
    some = sorted((one for one in shared if one[0]), key=lambda one: -one[0])
    for both, a, b in some[:MOST]:
        parts = " and ".join(f"{both / int(told[name].sum()):.0%} of {name}" for name in (a, b))
        yield f"rules {a} and {b} overlap: {_customers(both)}, {parts}"
    if len(some) > MOST:
        yield f"rules: {len(some) - MOST} smaller overlaps are not told"
