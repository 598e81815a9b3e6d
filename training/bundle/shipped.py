"""Shipped: a bundle as the bytes of its files, and what it makes of whole customers wherever those are.

It is what an engine of several processes sends to each of them: nothing is pickled but bytes and a question.
"""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyarrow as pa

from features.log.as_of import Asked, Moment
from features.log.log import Log
from features.log.spine import NONE, Spine
from training import batch
from training.bundle import bundle as bundles
from training.bundle.bundle import Bundle
from training.panel.campaign import Campaigns

ROWS = 1 << 15
"""Rows that are scored together."""


@dataclass(frozen=True)
class Shipped:
    """The files of a bundle by their paths in its folder."""

    id: str
    files: Mapping[str, bytes]

    @classmethod
    def of(cls, folder: Path) -> "Shipped":
        """Read the files of a bundle's folder."""
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        return cls(bundles.identity(folder), {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths})

    def __hash__(self) -> int:
        """Return the same for the same bundle."""
        return hash(self.id)

    def __eq__(self, other: object) -> bool:
        """Return whether the other is of the same bundle, which the hashes in its manifest tell."""
        return isinstance(other, Shipped) and other.id == self.id


@lru_cache(maxsize=1)
def loaded(shipped: Shipped) -> Bundle:
    """Load a bundle, once in a process; all its checks are made here, the self-test too.

    Raises:
        BundleError: it gives other answers here than where it was made, or is damaged.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name, content in shipped.files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return bundles.load(Path(folder)).bundle


@dataclass(frozen=True)
class Scoring:
    """The question of a batch: a function of logs that can be sent to other processes."""

    shipped: Shipped
    base: Moment
    asked: Asked
    named: Campaigns | None
    """The campaign by which everyone is to be contacted, if one is named."""
    reasons: bool
    language: str

    def __call__(self, log: Log) -> Iterator[pa.Table]:
        """Yield the scores of the customers of whom something is known, as `Scores.to_table`; at least one table."""
        bundle = loaded(self.shipped)
        seen, context = bundle.looks_at(log), NONE if self.named is None else 0
        customers, moments = batch.known(seen, self.base, self.asked)
        for begin in range(0, max(customers.size, 1), ROWS):
            own = slice(begin, begin + ROWS)
            scores = bundle.score(seen, Spine.of(customers[own], moments[own], context), self.named)
            yield scores.to_table(self.language, reasons=self.reasons)
