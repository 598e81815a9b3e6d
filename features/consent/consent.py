"""Consent: what a dataset declares of purposes, of answers to them, and of how long and how small data may be."""

from typing import Annotated, Literal

import msgspec

PROFILING = "profiling"
"""The purpose that everything needs: who may not be profiled is neither learned from nor answered for."""

DEFAULT = "default"
"""In `unknown`, what holds for the purposes that it does not name."""

Basis = Literal["consent", "legitimate_interest", "contract"]
Unknown = Literal["allow", "deny"]
_Days = Annotated[int, msgspec.Meta(ge=1, le=36_500)]


class AnswerTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file, or a folder of them, of what customers answered: a row for each answer.

    `columns` maps an identifier, `purpose`, `answer` and `valid_from` to the file's own columns.
    """

    path: str
    columns: dict[str, str]
    purpose: str = ""
    """Of all rows, where no column tells it."""
    time_format: str = ""
    encoding: str = ""


class Consent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Purposes and their basis, and what holds where nothing was said."""

    purposes: dict[str, Basis]
    unknown: dict[str, Unknown] = {}
    valid_days: dict[str, _Days] = {}
    """By purpose, for how long a consent holds."""
    minimum_age: Annotated[int, msgspec.Meta(ge=0, le=120)] = 0
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
