"""Suppression: who was erased, known again by a keyed hash, so that no old file brings them back.

The list lies in the home, a line for each identifier: when it was erased, by when bundles of before are to be trained
again, the name of the key, and the HMAC-SHA256 of kind and value. Nobody can tell from it who is on it without the key.
"""

import hmac
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features import settings
from features.arrow import joined, to_numpy
from features.consent import secret
from features.consent.secret import Secret, SecretError

CUSTOMER = "customer_id"
"""The one kind of identifier where a dataset declares none."""
LIST = "suppressed"
_FIELDS = 4
_DIGEST = 64
_HASH = "sha256"

Identifier = tuple[str, str]
"""Its kind, and its value as events have it."""
Holds = Callable[[str, pa.Array], NDArray[np.bool_]]
"""Which values of a kind are of erased people, shape (values,)."""


@dataclass(frozen=True)
class Suppression:
    """Whose rows are refused."""

    hashes: frozenset[str] = frozenset()
    keys: tuple[bytes, ...] = ()
    """All that `hashes` were made with."""
    listed: frozenset[Identifier] = frozenset()
    """Those whom a file of erasures names."""
    deadlines: tuple[tuple[int, int], ...] = field(default=(), repr=False)
    """Of each line of the list, in order: when it was written, and by when bundles are to be trained again."""

    def __bool__(self) -> bool:
        """Return whether anybody is suppressed."""
        return bool(self.hashes or self.listed)

    def has(self, kind: str, value: str) -> bool:
        """Return whether an identifier is suppressed."""
        return (kind, value) in self.listed or self.was_erased(kind, value)

    def was_erased(self, kind: str, value: str) -> bool:
        """Return whether an identifier is on the list, whatever files of erasures say."""
        return bool(self.hashes) and any(hashed(key, kind, value) in self.hashes for key in self.keys)

    def holds(self, kind: str, values: pa.Array) -> NDArray[np.bool_]:
        """Return which values of a kind of identifier are suppressed, shape (values,); a null is not.

        Each different value is hashed once.
        """
        array = joined(values) if isinstance(values, pa.ChunkedArray) else values
        if not self:
            return np.zeros(len(array), np.bool_)
        coded = array.cast(pa.string()).dictionary_encode()
        flags = np.array([*(self.has(kind, value) for value in coded.dictionary.to_pylist()), False], np.bool_)
        found: NDArray[np.bool_] = flags[to_numpy(coded.indices.fill_null(len(flags) - 1))]
        return found


NOBODY = Suppression()
"""Of a dataset of which nobody was erased."""


def hashed(key: bytes, kind: str, value: str) -> str:
    """Return the keyed hash of an identifier: HMAC-SHA256 (RFC 2104) of its kind, a zero byte and its value."""
    return hmac.digest(key, f"{kind}\0{value}".encode(), _HASH).hex()


def path(dataset: str) -> Path:
    """Return the list of a dataset."""
    return settings.erased(dataset) / LIST


def load(dataset: str) -> Suppression:
    """Return who of a dataset was erased; nobody where no list is there.

    Raises:
        SecretError: there is a list, and not all the keys that it was made with: nobody could be told from it.
    """
    lines = _lines(path(dataset))
    if not lines:
        return Suppression()
    names = {name for _, _, name, _ in lines}
    there = secret.found()
    known = there.by_name if there else {}
    if lost := sorted(names - known.keys()):
        raise SecretError(
            f"{path(dataset)}: the key {', '.join(lost)} that this list of erased people was made with is not in"
            f" {there.where if there else f'{secret.KEY} nor in {secret.file()}'}: without it they would come back."
            " Put it there; a new key stands before old ones."
        )
    deadlines = tuple((int(erased_at), int(retrain_by)) for erased_at, retrain_by, _, _ in lines)
    return Suppression(
        frozenset(line[3] for line in lines), tuple(known[name] for name in names), frozenset(), deadlines
    )


def suppress(dataset: str, identifiers: Iterable[Identifier], now: int, retrain_by: int) -> Secret:
    """Add identifiers to the list, but those that are on it; return the keys that were used.

    When this returns the list is on the disk. A line that a killed process left unfinished counts for nothing.

    Args:
        dataset: its name.
        identifiers: whom to suppress.
        now: microseconds UTC.
        retrain_by: by when bundles that were trained before are to be trained again.

    Raises:
        SecretError: there is no key that can be used.
    """
    used = secret.made()
    known = load(dataset)
    name = secret.name(used.keys[0])
    fresh = [one for one in dict.fromkeys(identifiers) if not known.was_erased(*one)]
    lines = "".join(f"{now} {retrain_by} {name} {hashed(used.keys[0], *one)}\n" for one in fresh)
    if lines:
        append(path(dataset), lines)
    return used


def append(file: Path, lines: str) -> None:
    """Append whole lines to a file, which are on the disk when this returns."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab+") as opened:
        if opened.tell():
            opened.seek(-1, os.SEEK_END)
            if opened.read(1) != b"\n":  # whoever wrote last was killed in the middle of a line
                opened.write(b"\n")
        opened.write(lines.encode())
        opened.flush()
        os.fsync(opened.fileno())
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _lines(file: Path) -> list[list[str]]:
    """Return the whole lines of a list."""
    if not file.is_file():
        return []
    split = (line.split() for line in file.read_text(encoding="utf-8").splitlines())
    return [line for line in split if len(line) == _FIELDS and len(line[3]) == _DIGEST]
