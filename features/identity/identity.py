"""Identity: which identifiers a dataset has, and how far they may link what they left behind into one customer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import msgspec

from features.nearest import nearest

KEYS, CORRECTIONS, MATCH = "keys", "corrections", "match"
_WORDS = (KEYS, CORRECTIONS, MATCH)
Form = Literal["name", "family", "email", "phone", "date", "id", "code", "text", "exact"]
"""What an attribute is by which probable matches are told; `features.matching.field` says how each compares."""
SHARED = "shared"
"""Begins the id of what an identifier left behind after it was found to be of several people."""
MOST = 1 << 20
"""A limit that is none."""
_NAME = "[a-z][a-z0-9_]*"


class Key(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of identifier, such as a user's number, a mail address, or a device's cookie."""

    limit: int | None = None
    """How many of this kind one customer may have; by default 1 of the first kind and 5 of the others."""
    clean: Literal["", "email"] = ""
    """`email`: in small letters."""
    block: tuple[str, ...] = ()
    """Values that identify nobody; what begins with `^` is a regular expression that is looked for in the value."""
    shared_after: int | None = None
    """With so many values of the first kind an identifier is of several people: from then on it links nobody."""


@dataclass(frozen=True)
class Identity:
    """The kinds of identifiers, strongest first."""

    keys: Mapping[str, Key] = field(default_factory=dict)
    """By name, in the order of their strength; each has its limit."""
    corrections: str = ""
    """A file of pairs that are always, or never, of one customer."""
    match: Mapping[str, Form] = field(default_factory=dict)
    """Attributes by which probable matches are told, and what they are; empty: their names tell."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the kinds, strongest first."""
        return tuple(self.keys)


def declared(given: Mapping[str, Any], reserved: frozenset[str]) -> Identity:
    """Return what a dataset file says.

    Args:
        given: the table `identity`.
        reserved: words that no kind of identifier may be called.

    Raises:
        ValueError: it says something that is not allowed; the message begins with the place.
    """
    names = given.get(KEYS)
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise ValueError(f"keys: got {names!r}; a list of names is needed, strongest first, such as ['user_id'].")
    for place, name in enumerate(names):
        if not re.fullmatch(_NAME, name) or name in {*_WORDS, SHARED}:
            raise ValueError(f"keys[{place}]: got {name!r}; small letters, digits and '_' are allowed.")
        if name in reserved:
            raise ValueError(f"keys[{place}]: got {name!r}, which is a column of events: give another name.")
        if name in names[:place]:
            raise ValueError(f"keys[{place}]: got {name!r} again; each is allowed once.")
    for name in given:
        if name not in {*_WORDS, *names}:
            raise ValueError(f"unknown key {name!r}.{nearest(name, [*_WORDS, *names])}")
    corrections = given.get(CORRECTIONS, "")
    if not isinstance(corrections, str):
        raise ValueError(f"corrections: got {corrections!r}; the path of a file is needed.")  # noqa: TRY004
    keys = {name: _key(name, given.get(name, {}), name == names[0]) for name in names}
    return Identity(keys, corrections, _match(given.get(MATCH, {})))


def _match(given: Any) -> dict[str, Form]:
    """Return what is said of attributes that tell probable matches."""
    if not isinstance(given, dict):
        raise ValueError(f"{MATCH}: got {given!r}; attributes are needed, such as {{ surname = 'family' }}.")  # noqa: TRY004
    for name, form in given.items():
        if form not in get_args(Form):
            raise ValueError(f"{MATCH}.{name}: got {form!r}; {', '.join(get_args(Form))} are allowed.")
    return given


def _key(name: str, given: Any, strongest: bool) -> Key:
    """Return what is said of one kind, with the limit that it has by default."""
    try:
        key = msgspec.convert(given, Key)
    except msgspec.ValidationError as error:
        raise ValueError(f"{name}: {error}") from None
    for what, number, least in (("limit", key.limit, 1), ("shared_after", key.shared_after, 2)):
        if number is not None and not least <= number < MOST:
            raise ValueError(f"{name}.{what}: got {number}; whole numbers from {least} on are allowed.")
    if strongest and key.shared_after is not None:
        raise ValueError(f"{name}.shared_after: got {key.shared_after}; it is told by values of {name} itself.")
    for pattern in key.block:
        try:
            re.compile(pattern if pattern.startswith("^") else "")
        except re.error as error:
            raise ValueError(f"{name}.block: got {pattern!r}, which is no regular expression: {error}.") from None
    return key if key.limit else msgspec.structs.replace(key, limit=1 if strongest else 5)
