"""The loop: how one customer stands to one purpose, compiled; `permission` says by which rules.

All numbers that it compares with stand here, since Numba's cache would not notice that another file changed.
"""

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled

GRANT, DENY, OBJECT, UNREADABLE = range(4)
"""What an answer says. One that cannot be read denies, and so does an objection, of more than its own purpose."""

EVERYTHING = -1
"""In place of a purpose's place: nobody can tell which it is, so that a refusal is one of all marketing."""

UNDATED = -(2**63)
"""The moment of an answer that has none."""

SILENT, GRANTED, DENIED, EXPIRED, YOUNG, AGELESS = range(6)
"""How a customer stands to a purpose: nothing was said that counts, it is granted, refused, was granted too long ago;
the customer is too young, or nobody knows how old."""

LIFTS, NO_MOMENT, UNLIFTABLE, MERGED, TIED, OLDER = range(6)
"""What a grant does: it lifts what was refused; or it names no moment; or it stands against a refusal without a moment,
one of an identifier that was linked later, one of the same moment, a later one."""

EVER = 2**63 - 1
"""The end of a permission that has none, and when somebody becomes old enough who never does."""

AGE_UNKNOWN = -(2**63)
"""In place of the moment from which on somebody is old enough."""

Ints = NDArray[np.int64]
Answered = tuple[Ints, NDArray[np.uint8], Ints, Ints, Ints]
"""Of all answers purpose, what is said, moment, trace and link; of each customer they stand together."""
Ruled = tuple[int, bool, bool, int, bool]
"""Of a purpose: place, whether it is marketing, allowed in silence, how long a consent holds, whether age counts."""


@compiled
def _refuses(purpose: int, said: int, place: int, marketing: bool) -> bool:
    """Return whether an answer refuses a purpose."""
    return said != GRANT and (purpose == place or (marketing and (said == OBJECT or purpose == EVERYTHING)))


@compiled
def _does(at: int, begin: int, end: int, answers: Answered, rule: Ruled, now: int) -> int:
    """Return what a grant does, of one customer's answers from `begin` to `end` that have come into force."""
    purpose, said, moment, trace, linked = answers
    if moment[at] == UNDATED:
        return NO_MOMENT
    worst = LIFTS
    for other in range(begin, end):
        if not _refuses(purpose[other], said[other], rule[0], rule[1]) or moment[other] > now:
            continue
        if moment[other] == UNDATED:
            return UNLIFTABLE
        if moment[other] > moment[at]:
            worst = OLDER
        elif moment[other] == moment[at] and worst != OLDER:
            worst = TIED
        elif (
            worst == LIFTS and trace[other] != trace[at] and moment[at] <= max(linked[at], linked[other])
        ):  # neither was known to be the other's yet
            worst = MERGED
    return worst


@compiled
def _state(begin: int, end: int, answers: Answered, ripe: int, rule: Ruled, now: int) -> int:
    """Return how a customer stands to a purpose at a moment."""
    purpose, said, moment, _, _ = answers
    place, marketing, silent, valid, aged = rule
    if aged and ripe == AGE_UNKNOWN and not silent:
        return AGELESS
    if aged and now < ripe:
        return YOUNG
    found = SILENT
    for at in range(begin, end):
        if moment[at] > now:
            continue
        if _refuses(purpose[at], said[at], place, marketing):
            found = DENIED
        elif said[at] == GRANT and purpose[at] == place and moment[at] != UNDATED:
            if valid and now - moment[at] >= valid:
                found = max(found, EXPIRED) if found != DENIED else DENIED
            elif _does(at, begin, end, answers, rule, now) == LIFTS:
                return GRANTED
    return found


@compiled
def _allows(state: int, silent: bool) -> bool:
    return state == GRANTED or (state == SILENT and silent)


@compiled
def _changes(begin: int, end: int, answers: Answered, rule: Ruled, after: int) -> int:
    """Return the first moment after another at which an answer comes into force or expires; EVER where none does."""
    purpose, said, moment, _, _ = answers
    first = EVER
    for at in range(begin, end):
        if moment[at] == UNDATED:
            continue
        if moment[at] > after:
            first = min(first, moment[at])
        elif said[at] == GRANT and purpose[at] == rule[0] and rule[3] and moment[at] + rule[3] > after:
            first = min(first, moment[at] + rule[3])
    return first


@compiled
def everyone(
    offsets: Ints,
    answers: Answered,
    ripe: Ints,
    rule: Ruled,
    now: int,
    state: NDArray[np.uint8],
    until: Ints,
) -> None:
    """Write how each customer stands to a purpose at a moment, and until when those who allow it do.

    `until` is the moment itself of those who do not, and EVER where nothing is known to end it.
    """
    for customer in range(ripe.size):
        begin, end = offsets[customer], offsets[customer + 1]
        state[customer] = _state(begin, end, answers, ripe[customer], rule, now)
        at = now
        standing = _allows(state[customer], rule[2])
        while standing:
            at = _changes(begin, end, answers, rule, at)
            standing = at != EVER and _allows(_state(begin, end, answers, ripe[customer], rule, at), rule[2])
        until[customer] = at


@compiled
def grants(offsets: Ints, answers: Answered, rule: Ruled, now: int, found: NDArray[np.uint8]) -> None:
    """Write what each grant of a purpose does that has come into force; LIFTS of every other answer."""
    purpose, said, moment, _, _ = answers
    for customer in range(offsets.size - 1):
        begin, end = offsets[customer], offsets[customer + 1]
        for at in range(begin, end):
            counts = said[at] == GRANT and purpose[at] == rule[0] and moment[at] <= now
            found[at] = _does(at, begin, end, answers, rule, now) if counts else LIFTS
