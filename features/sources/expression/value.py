"""Values as SQL: what a part of an expression gives, and whether it is missing or cannot be read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from features.arrow import literal

LARGEST = 200_000
"""Characters of SQL that one expression may become."""
_SPACES = literal(" \t\n\r\u00a0")


@dataclass(frozen=True)
class Value:
    """A value as SQL. `missing` and `unreadable` are conditions that are never NULL, and never hold together.

    A value is missing where the source has nothing: NULL, blank text, NaN or text that says so. It is unreadable where
    there is something that gives no value: no finite number, or no time. A number or time then is NULL.
    """

    sql: str
    missing: str = "false"
    unreadable: str = "false"

    def __post_init__(self) -> None:
        if len(self.sql) + len(self.missing) + len(self.unreadable) > LARGEST:
            raise ValueError("the expression says too much at once: ask for less.")


def number_value(sql: str, missing: str, unreadable: str = "false") -> Value:
    """Return a number that is NULL where it is not finite, and then unreadable where it is not missing.

    DuckDB holds NaN and infinity to be above every number: compared as they are, they would pass for large ones.
    """
    useless = both([negated(missing), f"coalesce(NOT isfinite({sql}), true)"])
    return Value(f"(CASE WHEN isfinite({sql}) THEN {sql} END)", missing, either([unreadable, useless]))


def text_value(sql: str, unreadable: str = "false") -> Value:
    """Return a text, missing where it is NULL or blank."""
    return Value(sql, both([blank(sql), negated(unreadable)]), unreadable)


def computed(sql: str, parts: list[Value]) -> Value:
    """Return what is computed of parts: unreadable where one of them is, else missing where one is."""
    unreadable = either(part.unreadable for part in parts)
    return Value(sql, both([either(part.missing for part in parts), negated(unreadable)]), unreadable)


def first(values: Iterable[Value]) -> Value:
    """Return the first value that is not missing; one that cannot be read is not passed over."""
    *others, found = values
    for value in reversed(others):
        found = Value(
            f"(CASE WHEN {value.missing} THEN {found.sql} ELSE {value.sql} END)",
            both([value.missing, found.missing]),
            either([value.unreadable, both([value.missing, found.unreadable])]),
        )
    return found


def chosen(truth: Value, yes: Value, no: Value) -> Value:
    """Return one value where a condition holds and another where it does not; none where it cannot be said."""

    def case(held: str, not_held: str, unknown: str) -> str:
        return f"(CASE {truth.sql} WHEN true THEN {held} WHEN false THEN {not_held} ELSE {unknown} END)"

    return Value(
        case(yes.sql, no.sql, "NULL"),
        case(yes.missing, no.missing, negated(truth.unreadable)),
        case(yes.unreadable, no.unreadable, truth.unreadable),
    )


def blank(sql: str) -> str:
    """Return the condition that a text is NULL, or white space."""
    return f"coalesce(trim({sql}, {_SPACES}) = '', true)"


def either(conditions: Iterable[str]) -> str:
    """Return the condition that any of some holds."""
    return _joined(" OR ", conditions, "false", "true")


def both(conditions: Iterable[str]) -> str:
    """Return the condition that all of some hold."""
    return _joined(" AND ", conditions, "true", "false")


def negated(condition: str) -> str:
    """Return the condition that another does not hold."""
    return {"false": "true", "true": "false"}.get(condition, f"(NOT {condition})")


def _joined(word: str, conditions: Iterable[str], nothing: str, everything: str) -> str:
    """Join conditions, each once, but those that change nothing; one that decides everything stands alone."""
    told = [condition for condition in dict.fromkeys(conditions) if condition != nothing]
    if everything in told:
        return everything
    return f"({word.join(told)})" if len(told) > 1 else told[0] if told else nothing
