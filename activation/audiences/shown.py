"""Shown: what a screen and a file say of an audience."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from activation.audiences import waterfall
from activation.audiences.candidates import Found
from activation.audiences.declared import EXPECTED
from activation.audiences.frozen import IDENTIFIER, Frozen, Step
from activation.audiences.told import BODY, CODE, SUBJECT
from features.consent.groups import said
from features.consent.suppression import CUSTOMER
from features.outputs import output
from training.actions.suggestion import RESPONSE

_FORMULA = re.compile(r"[=+\-@\t\r]")
"""What a spreadsheet takes for the begin of a formula."""
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")
"""But no formula: a phone stays as it is."""
_PREVIEWED = (SUBJECT, BODY, "action", "channel", "timing", "offer_level", CODE, "products", EXPECTED)


def sizes(name: str, found: Found, smallest: int) -> Iterator[str]:
    """Yield how many are in the rule, and in those of other audiences, too."""
    own = found.sizes[name]
    yield f"audience {name}: {said(own, smallest)} of {said(found.known, smallest)} customers are in the rule"
    if found.unknown and all(not 0 < count < smallest for count in (found.unknown, found.known - found.unknown - own)):
        yield f"  of {said(found.unknown, smallest)} others it cannot be told: a prediction or an attribute is unknown"
    for other, both in found.overlaps.items():
        # Of those who are in one rule and not in the other, too, nobody may be told from.
        told = all(not 0 < count < smallest for count in (both, own - both, found.sizes[other] - both))
        yield f"  {said(both, smallest) if told else 'not told how many'} of them are in {other}, too"


def steps(found: Sequence[Step], smallest: int) -> Iterator[str]:
    """Yield the way down, a line for each step."""
    yield from waterfall.told(found, smallest)


def preview(members: pa.Table, most: int) -> Iterator[str]:
    """Yield what the first members are told."""
    for row in members.slice(0, most).to_pylist():
        yield f"{row[CUSTOMER]} ({row[IDENTIFIER]})"
        for name in _PREVIEWED:
            value = _read(row.get(name))
            if name == EXPECTED and value:
                value = f"{value}, {RESPONSE}"
            yield from (f"  {name if not nth else '':<14} {line}" for nth, line in enumerate(value.splitlines()))


def _read(value: Any) -> str:
    """Return a value as people read it; empty where there is none."""
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, float):
        return f"{value:,.2f}"
    return "" if value is None else str(value)


def of_frozen(one: Frozen, smallest: int) -> Iterator[str]:
    """Yield what a frozen audience is."""
    purpose = f", for {one.purpose}" if one.purpose else ""
    yield f"audience {one.name}, frozen as {one.id} at {one.created}{purpose}: {said(len(one.rows), smallest)} members"
    if one.lost:
        yield f"  {said(one.lost, smallest)} of {said(one.about.rows, smallest)} were erased since"


def write(members: pa.Table, path: Path) -> None:
    """Write members to a file that nobody but its owner can read; a CSV holds nothing that a spreadsheet computes.

    Raises:
        ValueError: the file's ending is none that is known.
    """
    table = pa.table({name: _plain(members[name], path) for name in members.schema.names})
    with _private():
        output.write(table, path)


@contextmanager
def _private() -> Iterator[None]:
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def _plain(column: pa.ChunkedArray, path: Path) -> pa.Array:
    """Return a column as the file has it: a CSV has lists as text, and its texts begin no formula."""
    if path.suffix != ".csv":
        return column
    values = column.to_pylist()
    if pa.types.is_list(column.type):
        values = [None if one is None else ", ".join(one) for one in values]
    elif not pa.types.is_string(column.type):
        return column
    return pa.array([None if one is None else _safe(one) for one in values], pa.string())


def _safe(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text
