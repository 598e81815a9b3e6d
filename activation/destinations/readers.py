"""Readers: where an answer's JSON tells of single rows. One function for each shape, over data."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from activation.destinations.definition import Reading, When

_INDEX = re.compile(r"/(?:data|inputs|input|events|profiles|contacts|members)/(\d+)(?:/|$)|\[(\d+)\]|^/?(\d+)(?:/|$)")
_LONGEST = 200

Named = Iterator[tuple[int | None, Any]]
"""The index of a row, None where an entry names none of the rows; and the entry."""
Keys = Mapping[str, Sequence[int]]
"""The indices of rows by what names them."""


def at(body: Any, pointer: str) -> Any:
    """Return what stands at a JSON pointer (RFC 6901); None where nothing does. `*` is the first element."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(body, Mapping):
            body = body.get(name)
        elif isinstance(body, list) and (name == "*" or name.isdigit()):
            place = 0 if name == "*" else int(name)
            body = body[place] if place < len(body) else None
        else:
            return None
    return body


def every(body: Any, pointer: str) -> Iterator[Any]:
    """Yield all that stands at a JSON pointer in which `*` is each element of a list."""
    head, star, rest = pointer.partition("/*")
    found = at(body, head)
    if not star:
        yield found
    elif isinstance(found, list):
        for one in found:
            yield from every(one, rest)


def holds(body: Any, when: When) -> bool:
    """Return whether what a condition says stands in an answer."""
    told = [one for one in every(body, when.at) if one is not None]
    if when.there:
        return bool(told)
    if not when.values:
        return any(one not in (False, 0, "", [], {}) for one in told)
    return any(_same(one, value) for one in told for value in when.values)


def _same(told: Any, value: Any) -> bool:
    return told is value if isinstance(told, bool) or isinstance(value, bool) else str(told) == str(value)


def _entries(body: Any, reading: Reading) -> list[Any]:
    found = at(body, reading.list) if reading.list else body
    return found if isinstance(found, list) else []


def _pointer(body: Any, reading: Reading, _: Keys) -> Named:
    """Entries that name the place in the body that was sent: `/data/attributes/profiles/data/3/attributes/email`."""
    for entry in _entries(body, reading):
        found = _INDEX.findall(str(at(entry, reading.at) or ""))
        digits = next((one for one in (found[-1] if found else ()) if one), None)
        yield (int(digits) if digits is not None else None), entry


def _listed(body: Any, reading: Reading, keys: Keys) -> Named:
    """Entries that name a row, or several, by its identifier, its id or the vendor's."""
    for entry in _entries(body, reading):
        told = at(entry, reading.at) if reading.at else entry
        for one in told if isinstance(told, list) else [told]:
            places = keys.get(str(one).strip().casefold(), ()) if one is not None else ()
            yield from ((place, entry) for place in places or (None,))


def _indexed(body: Any, reading: Reading, _: Keys) -> Named:
    """Entries that name a row, or several, by its place among those sent."""
    for entry in _entries(body, reading):
        told = at(entry, reading.at) if reading.at else entry
        for one in told if isinstance(told, list) else [told]:
            yield (int(one) if str(one).isdigit() else None), entry


def _ordered(body: Any, reading: Reading, _: Keys) -> Named:
    """One entry for each row, in the order in which they were sent."""
    yield from enumerate(_entries(body, reading))


def _grouped(body: Any, reading: Reading, _: Keys) -> Named:
    """Lists of places by what is wrong there: `{"time": [0, 3]}`."""
    found = at(body, reading.list)
    for name, places in found.items() if isinstance(found, Mapping) else ():
        for one in places if isinstance(places, list) else [places]:
            yield (int(one) if str(one).isdigit() else None), {"name": name}


READERS: Mapping[str, Callable[[Any, Reading, Keys], Named]] = {
    "pointer": _pointer,
    "listed": _listed,
    "indexed": _indexed,
    "ordered": _ordered,
    "grouped": _grouped,
}
"""By name."""


def word(entry: Any, pointer: str) -> str:
    """Return a short word of an entry; text that may hold something personal is left out."""
    told = at(entry, pointer) if pointer else None
    text = "" if told is None else str(told)
    return "" if "@" in text or len(text) > _LONGEST or re.search(r"\d{7}", text) else text
