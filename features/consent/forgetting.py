"""Forgetting: every store of a table forgets some people, one after the other, and a proof looks for what is left.

Each store forgets in a way that may be broken off anywhere and done again: so a run that was killed is finished by
the same command. The table is given; this room knows no store.
"""

import fnmatch
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from features import settings
from features.consent import proof
from features.consent.sought import Sought
from features.consent.suppression import Holds

T = TypeVar("T")


@dataclass(frozen=True)
class Erasure:
    """Who is to be forgotten, of which dataset."""

    dataset: str
    kinds: tuple[str, ...]
    """Of identifiers, as columns are called."""
    holds: Holds
    """All who are suppressed, those of earlier erasures among them."""
    sought: Sought
    """Those of this erasure."""


@dataclass(frozen=True)
class Store:
    """A place under the home where something is kept."""

    name: str
    files: tuple[str, ...]
    """Patterns of the paths of its files from the home, in which `*` stands for anything, folders too."""
    forget: Callable[[Erasure, Sequence[Path]], int] | None = None
    """Forgets people, given the files that fit the patterns; returns in how many places they were."""
    holds: str = ""
    """Where it forgets nothing: what it holds, and why nobody of the dataset can be known by it."""
    proved: bool = True
    """Whether a proof looks into it."""


@dataclass(frozen=True)
class Left:
    """What a proof found."""

    path: Path
    where: str
    store: str
    """The name of the store that the file is of; empty where no row of the table covers it."""


def files() -> Iterator[Path]:
    """Yield every file under the home that is ours to keep: in `mlruns/` and `.cache/`."""
    for root in (settings.home() / "mlruns", settings.cache()):
        for folder, _, names in os.walk(root):
            yield from (Path(folder, name) for name in sorted(names))


def store_of(path: Path, stores: Sequence[Store]) -> Store | None:
    """Return the first store of a table that a file is of."""
    own = path.relative_to(settings.home()).as_posix()
    return next((one for one in stores if any(fnmatch.fnmatchcase(own, pattern) for pattern in one.files)), None)


def forgotten(store: Store, stores: Sequence[Store], erasure: Erasure) -> int:
    """Let one store of a table forget; return in how many places people were, and only when that is on the disk."""
    assert store.forget is not None
    own = [path for path in files() if store_of(path, stores) is store]
    count = store.forget(erasure, own)
    if count:
        _put_on_disk([path for path in files() if store_of(path, stores) is store])
    return count


def _put_on_disk(paths: Sequence[Path]) -> None:
    """Return only when some files, and that they are in their folders, would outlast a power cut."""
    for path in (*paths, *{path.parent for path in paths}):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def left(stores: Sequence[Store], sought: Sought) -> Iterator[Left]:
    """Look into every file under the home, and yield those that still tell somebody who is sought."""
    for path in files():
        store = store_of(path, stores)
        if store and not store.proved:
            continue
        if found := proof.left(path, sought):
            yield Left(path, found, store.name if store else "")


def step(_: str, work: Callable[[], T]) -> T:
    """Do one step of an erasure, which may be killed before, in and after it."""
    return work()
