"""Answers: what identifiers said of purposes and when, and how the words of exports are read."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.consent.loop import DENY, GRANT, OBJECT, UNREADABLE

_GRANT = (
    "1 1.0 accept accepted active agree agreed allow allowed confirmed consent consented double_opt_in enabled given"
    " grant granted ja on opt_in opted_in optin oui s\u00ed si subscribe subscribed t true y yes"
)
_DENY = (
    "0 0.0 bounced cleaned complained declined denied deny disabled disallowed f false inactive n never nein no non"
    " none not_granted not_subscribed off opt_out opted_out optout reject rejected refuse refused revoked suppressed"
    " unconfirmed unsubscribe unsubscribed withdrawn"
)
_OBJECT = "do_not_contact do_not_profile object objected objection objects"
_WORDS = {word: said for words, said in ((_GRANT, GRANT), (_DENY, DENY), (_OBJECT, OBJECT)) for word in words.split()}
_NAMES = {"grant": GRANT, "deny": DENY, "object": OBJECT}


@dataclass(frozen=True)
class Answers:
    """Answers of identifiers of one kind, in any order; arrays of shape (answers,)."""

    kind: str
    """Of the identifiers."""
    values: pa.Array
    """The identifiers, as text."""
    purpose: NDArray[np.int64]
    """The place in the declaration's purposes, or EVERYTHING."""
    said: NDArray[np.uint8]
    moment: NDArray[np.int64]
    """Microseconds UTC from which on it holds; UNDATED where there is none."""
    source: NDArray[np.int64]
    """The place of its table in the declaration; -1: a signal of a browser."""

    def where(self, rows: NDArray[np.bool_]) -> "Answers":
        """Return some of them, by a mask."""
        columns = (self.purpose[rows], self.said[rows], self.moment[rows], self.source[rows])
        return Answers(self.kind, self.values.filter(pa.array(rows)), *columns)

    def __len__(self) -> int:
        """Return how many answers there are."""
        return int(self.said.size)


def folded(text: str) -> str:
    """Return a word of an export so that its spellings are one: `Opt-In` and `opt in` are `opt_in`."""
    return text.strip().casefold().replace("-", "_").replace(" ", "_")


def read(text: str | None, own: Mapping[str, str]) -> int:
    """Return what the text of an answer says; UNREADABLE where nobody can tell.

    Args:
        text: as the file has it, None where there is none.
        own: further words, each with `grant`, `deny` or `object`.
    """
    word = folded(text or "")
    for other, meant in own.items():
        if folded(other) == word:
            return _NAMES[meant]
    return _WORDS.get(word, UNREADABLE)
