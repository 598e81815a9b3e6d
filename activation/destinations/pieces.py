"""Pieces: rows as many as one call takes, by items and by bytes, in their order; and what names the rows of a piece."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from activation.destinations.call import Call
from activation.destinations.definition import Poll
from activation.destinations.request import Request
from activation.destinations.row import Row
from activation.destinations.template import Scope


def cut(
    rows: Sequence[Row],
    items: int,
    most: int,
    size: Callable[[Row], tuple[int, int]],
    alike: Callable[[Row], tuple[Any, ...]],
    person: Callable[[Row], str],
) -> Iterator[list[Row]]:
    """Yield rows in pieces, in their order; nobody is twice in one.

    Args:
        rows: to be cut.
        items: that a call takes; 0: as many as there are.
        most: bytes that a body has; 0: as many as it has.
        size: bytes of the body without rows, and those that a row adds.
        alike: what all rows of a piece have in common.
        person: whom a row is about.
    """
    piece: list[Row] = []
    filled, common, there = 0, tuple[Any, ...](), set[str]()
    for row in rows:
        empty, added = size(row) if most else (0, 0)
        full = bool(items) and len(piece) >= items
        if piece and (full or (most and filled + added > most) or alike(row) != common or person(row) in there):
            yield piece
            piece = []
        if not piece:
            filled, common, there = empty, alike(row), set()
        piece.append(row)
        filled += added
        there.add(person(row))
    if piece:
        yield piece


def named(rows: Sequence[Row], told: Callable[[Row], str]) -> Mapping[str, Mapping[str, Sequence[int]]]:
    """Return the places of rows by what an answer may name them by: `identifier`, `id` and `vendor`."""
    found: dict[str, dict[str, list[int]]] = {"identifier": {}, "id": {}, "vendor": {}}
    for place, row in enumerate(rows):
        names = {"identifier": told(row), "id": row.id, "vendor": row.identifiers.get("vendor", "")}
        for kind, name in names.items():
            if name:
                found[kind].setdefault(name.strip().casefold(), []).append(place)
    return found


def polls(poll: Poll, call: Call, base: str, job: str, scope: Scope) -> tuple[Request, ...]:
    """Return the calls that ask for a job, with the headers of the call that began it."""
    headers = call.sent(scope, b"")
    return tuple(
        Request("GET", f"{base}{path.replace('{job}', quote(job, safe=''))}", headers, b"") for path in poll.paths
    )
