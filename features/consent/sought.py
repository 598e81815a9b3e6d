"""Sought: identifiers of erased people, as proofs look for them and as texts are rid of them.

As bytes only those are looked for that have eight characters or more: shorter ones stand anywhere by chance, and are
looked for as whole values, where a name says that customers are named. A number is not found inside a longer one.
"""

import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from features.consent.suppression import CUSTOMER, Identifier

SHORTEST = 8
"""Characters of what is looked for as bytes."""
NAMING = (CUSTOMER, "customer_ids", "customer", "customers", "excluded")
"""Names of columns, fields and lists that hold identifiers of customers, beside the kinds."""
ERASED = "[erased]"
"""In the place of an identifier in a text."""
_ENCODINGS = ("utf-8", "utf-16-le", "utf-32-le")
_FEW = 32
"""Up to so many are looked for one after the other."""
_WINDOW = 8
_DIGITS = b"0123456789"


@dataclass(frozen=True)
class Sought:
    """Identifiers that are looked for."""

    identifiers: tuple[Identifier, ...]

    @cached_property
    def names(self) -> frozenset[str]:
        """Names under which a whole value counts, in small letters."""
        return frozenset((*NAMING, *(kind for kind, _ in self.identifiers)))

    @cached_property
    def values(self) -> frozenset[str]:
        """The identifiers themselves."""
        return frozenset(value for _, value in self.identifiers)

    @cached_property
    def array(self) -> pa.Array:
        """The identifiers as a column of texts."""
        return pa.array(sorted(self.values), pa.string())

    @cached_property
    def long(self) -> tuple[str, ...]:
        """Those that are looked for anywhere, in all ways in which texts write them."""
        written = (form for value in sorted(self.values) if len(value) >= SHORTEST for form in _written(value))
        return tuple(dict.fromkeys(written))

    @cached_property
    def needles(self) -> tuple[bytes, ...]:
        """What they are as bytes."""
        return tuple(dict.fromkeys(text.encode(encoding) for text in self.long for encoding in _ENCODINGS))

    def names_one(self, name: str, value: str) -> bool:
        """Return whether a whole value, under a name, is one of them."""
        return value in self.values and (len(value) >= SHORTEST or name.lower() in self.names)

    def is_in(self, content: bytes | memoryview) -> bool:
        """Return whether some bytes hold one of those that are looked for anywhere."""
        whole = bytes(content)
        if len(self.needles) <= _FEW:
            return any(_found(whole, needle) for needle in self.needles)
        return any(_stands(whole, at, needle) for at, needle in self._candidates(whole))

    def _candidates(self, whole: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield places at which one of many may stand: eight bytes are compared at once with all beginnings."""
        for shift in range(min(_WINDOW, len(whole))):
            words = np.frombuffer(whole, np.uint64, (len(whole) - shift) // _WINDOW, shift)
            for place in np.flatnonzero(np.isin(words, self._beginnings)).tolist():
                at = shift + place * _WINDOW
                yield from ((at, needle) for needle in self._by_beginning[whole[at : at + _WINDOW]])

    @cached_property
    def _by_beginning(self) -> dict[bytes, list[bytes]]:
        found: dict[bytes, list[bytes]] = {}
        for needle in self.needles:
            found.setdefault(needle[:_WINDOW], []).append(needle)
        return found

    @cached_property
    def _beginnings(self) -> np.ndarray:
        return np.frombuffer(b"".join(self._by_beginning), np.uint64)

    def redacted(self, text: str) -> str:
        """Return a text with ERASED in the place of those that are looked for anywhere."""
        return self._pattern.sub(ERASED, text) if self.long else text

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        longest_first = sorted(self.long, key=len, reverse=True)
        numbers = [text for text in longest_first if text.isdigit()]
        others = [re.escape(text) for text in longest_first if not text.isdigit()]
        parts = [*others, *([rf"(?<![0-9.])(?:{'|'.join(numbers)})(?![0-9])"] if numbers else [])]
        return re.compile("|".join(parts))


def of(identifiers: Iterable[Identifier]) -> Sought:
    """Return identifiers as they are looked for, each once."""
    return Sought(tuple(one for one in dict.fromkeys(identifiers) if one[1]))


def _written(value: str) -> tuple[str, ...]:
    """Return how texts, JSON and HTML write a value."""
    return value, json.dumps(value)[1:-1], html.escape(value)


def _found(whole: bytes, needle: bytes) -> bool:
    at = whole.find(needle)
    while at >= 0:
        if _stands(whole, at, needle):
            return True
        at = whole.find(needle, at + 1)
    return False


def _stands(whole: bytes, at: int, needle: bytes) -> bool:
    """Return whether a needle stands at a place, and is no part of a longer number."""
    end = at + len(needle)
    if whole[at:end] != needle:
        return False
    if not needle.isdigit():
        return True
    return whole[max(at - 1, 0) : at] not in _NUMERIC and whole[end : end + 1] not in _DIGIT


_DIGIT = frozenset(bytes([digit]) for digit in _DIGITS)
_NUMERIC = _DIGIT | {b"."}
