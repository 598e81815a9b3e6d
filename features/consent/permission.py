"""Permission: what customers allow at a moment, of what they answered until then. It is always about now.

Of a purpose, in this order:

1. Who is younger than the minimum age allows nothing but what a contract needs; an unknown age is like silence.
2. A grant holds where it names a moment, has come into force, has not expired, and lifts every refusal: it must be
   later than each, so that ties deny. A refusal without a moment is lifted by nothing. Where the two are of different
   identifiers of the customer, the grant must also be later than the link that made them one: a conflict that is merged
   denies until somebody answers anew.
3. A refusal denies from its moment on, one without a moment since ever; so does a consent that has expired.
4. Where nothing was said that counts, the declaration says what holds.

An objection refuses all marketing and profiling; any other refusal shuts its own purpose alone. What comes into force
after the moment that is asked about does not count yet.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features import clock
from features.consent import loop
from features.consent.consent import Consent
from features.consent.loop import GRANTED, SILENT, Ints


@dataclass(frozen=True)
class Given:
    """What customers answered, each customer's answers together; arrays of shape (answers,) but where it is said."""

    offsets: Ints
    """Where each customer's answers begin, shape (customers + 1,)."""
    purpose: Ints
    """The place in the declaration's purposes, or EVERYTHING."""
    said: NDArray[np.uint8]
    moment: Ints
    """Microseconds UTC; UNDATED where there is none."""
    trace: Ints
    """A number for each identifier that answered."""
    linked: Ints
    """From when on that identifier was known to be this customer's; UNDATED: since ever."""
    source: Ints
    """The table in the declaration that holds it; -1: a browser's signal."""
    ripe: Ints
    """From when on each customer is old enough, or AGE_UNKNOWN; shape (customers,)."""

    @property
    def answers(self) -> loop.Answered:
        """What the loop reads."""
        return self.purpose, self.said, self.moment, self.trace, self.linked


@dataclass(frozen=True)
class Standing:
    """How customers stand to a purpose at a moment; arrays of shape (customers,)."""

    state: NDArray[np.uint8]
    allowed: NDArray[np.bool_]
    until: Ints
    """Of those who allow it, the first moment at which they do not, or EVER; of the others, the moment itself."""


def standing(consent: Consent, given: Given, purpose: str, now: int) -> Standing:
    """Return how customers stand to a purpose at a moment in microseconds UTC.

    Raises:
        KeyError: the purpose is not declared.
    """
    state, until = np.empty(given.ripe.size, np.uint8), np.empty(given.ripe.size, np.int64)
    rule = _rule(consent, purpose)
    loop.everyone(given.offsets, given.answers, given.ripe, rule, now, state, until)
    allowed = (state == GRANTED) | ((state == SILENT) & consent.silent(purpose))
    return Standing(state, allowed, until)


def grants(consent: Consent, given: Given, purpose: str, now: int) -> NDArray[np.uint8]:
    """Return what each grant of a purpose does at a moment, and LIFTS of every other answer; shape (answers,)."""
    found = np.empty(given.said.size, np.uint8)
    loop.grants(given.offsets, given.answers, _rule(consent, purpose), now, found)
    return found


def _rule(consent: Consent, purpose: str) -> loop.Ruled:
    basis = consent.purposes[purpose]
    return (
        list(consent.purposes).index(purpose),
        consent.marketing(purpose),
        consent.silent(purpose),
        consent.valid_days.get(purpose, 0) * clock.DAY,
        consent.minimum_age > 0 and basis != "contract",
    )
