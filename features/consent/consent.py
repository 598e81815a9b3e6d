"""Consent: what a dataset declares of purposes, of answers to them, and of how long and how small data may be."""

from typing import Annotated, Literal

import msgspec

PROFILING = "profiling"
"""The purpose that everything needs: who may not be profiled is neither learned from nor answered for."""

ADS = "ads"
"""The purpose that Global Privacy Control opts out of."""

IGNORED = "ignored"
"""In place of a purpose: answers that concern nothing that is declared."""

DEFAULT = "default"
"""In `unknown`, what holds for the purposes that it does not name."""

Basis = Literal["consent", "legitimate_interest", "contract"]
Unknown = Literal["allow", "deny"]
Word = Literal["grant", "deny", "object"]
_Days = Annotated[int, msgspec.Meta(ge=1, le=36_500)]


class AnswerTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file, or a folder of them, of what customers answered: a row for each answer.

    `columns` maps an identifier, `purpose`, `answer` and `valid_from` to the file's own columns.
    """

    path: str
    columns: dict[str, str]
    purpose: str = ""
    """Of all rows, where no column tells it."""
    purposes: dict[str, str] = {}
    """The file's own words for purposes; what is none of ours is IGNORED."""
    answers: dict[str, Word] = {}
    """The file's own words for answers, beside those that are known."""
    time_format: str = ""
    encoding: str = ""


class Consent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Purposes and their basis, and what holds where nothing was said."""

    purposes: dict[str, Basis]
    unknown: dict[str, Unknown] = {}
    valid_days: dict[str, _Days] = {}
    """By purpose, for how long a consent holds."""
    minimum_age: Annotated[int, msgspec.Meta(ge=0, le=120)] = 0
    """Years; whoever is younger may be contacted for a contract alone. 0: age does not count."""
    age: str = ""
    """The attribute that tells the age: a date of birth, or years."""
    smallest_group: Annotated[int, msgspec.Meta(ge=0, le=100_000)] = 0
    """Nothing is written in a report of fewer customers than that; 0: nothing is cut."""
    retention_days: _Days | None = None
    """Events older than that before the as-of are not read."""
    sensitive: tuple[str, ...] = ()
    """Attributes that are used only with consent to a purpose of their own name."""
    sources: tuple[AnswerTable, ...] = ()
    erasures: str = ""
    """A file of identifiers whose people are to be forgotten."""
    retrain_days: _Days = 30
    """Within so many days of an erasure the bundles of before are to be trained again."""
    overdue: Literal["refuse", "warn"] = "refuse"
    """What a service does with a bundle that was not trained again by then."""
    gpc: str = ""
    """The column of event sources that carries Global Privacy Control."""

    def silent(self, purpose: str) -> bool:
        """Return whether a purpose is allowed where nothing was said.

        Where the declaration does not say, its basis does: consent must be given, so silence is none (GDPR art. 4(11));
        a legitimate interest and a contract hold until somebody objects (art. 6(1)b and f, art. 21).
        """
        said = self.unknown.get(purpose, self.unknown.get(DEFAULT))
        return said == "allow" if said else self.purposes[purpose] != "consent"

    def marketing(self, purpose: str) -> bool:
        """Return whether an objection stops a purpose: it stops all but what a contract needs (GDPR art. 21(2, 3))."""
        return purpose == PROFILING or self.purposes[purpose] != "contract"
