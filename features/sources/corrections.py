"""Corrections: pairs of identifiers that are always, or never, of one customer, whatever the rows say."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features import scratch
from features.arrow import quoted
from features.clock import FIRST, LAST
from features.dataset import Dataset, DatasetError, Source
from features.identity import names
from features.identity.links import EVER
from features.nearest import nearest
from features.sources.canonical import fetched, key, session
from features.sources.relation import opened

COLUMNS = ("one", "other", "customer")
WORDS = ("same", "different")
"""What `customer` says: that both are of one, or never are."""
OPEN = "?"
"""What it says of a pair that was proposed and that nobody has answered: it has no effect, and stops the reading."""


@dataclass(frozen=True)
class Correction:
    """A pair, each called as the customer that it would be: by its value if it is of the strongest kind."""

    one: str
    other: str
    same: bool
    known: int = EVER
    """Since when a pair is known to be the same."""


@dataclass(frozen=True)
class Corrections:
    """What a file says."""

    pairs: tuple[Correction, ...] = ()
    strangers: list[str] = field(default_factory=list)
    """Identifiers that no row has; after `numbered`."""

    def numbered(
        self, kinds: Sequence[str], kind: NDArray[np.uint8], values: pa.Array
    ) -> tuple[list[tuple[int, int]], list[tuple[int, int, int]]]:
        """Return the pairs that are never of one customer, and those that always are, by the numbers of identifiers.

        Args:
            kinds: the names of the kinds, strongest first.
            kind: of each identifier, the place of its kind.
            values: of each, as text.
        """
        if not self.pairs:
            return [], []
        called = names.of_each(kinds, kind, values)
        ends = [pa.array([getattr(pair, end) for pair in self.pairs], pa.string()) for end in COLUMNS[:2]]
        one, other = (pc.index_in(end, called).to_pylist() for end in ends)
        self.strangers[:] = [
            text
            for end, found in zip(ends, (one, other), strict=True)
            for text, place in zip(end.to_pylist(), found, strict=True)
            if place is None
        ]
        never, always = [], []
        for pair, a, b in zip(self.pairs, one, other, strict=True):
            if a is None or b is None:
                continue
            if pair.same:
                always.append((a, b, pair.known))
            else:
                never.append((a, b))
        return never, always


NO_CORRECTIONS = Corrections()


def read(dataset: Dataset) -> Corrections:
    """Return the corrections of a dataset: rows of `one`, `other`, `customer`, and perhaps `known`, since when.

    Raises:
        DatasetError: the file is missing or cannot be read, lacks a column, or says something else of a pair.
    """
    if dataset.identified is None or not dataset.identified.corrections:
        return Corrections()
    where = f"dataset {dataset.name!r}: identity.corrections"
    found: list[Correction] = []
    with scratch.folder() as folder, session(dataset.zone) as connection:
        source = Source(dataset.identified.corrections, "", {}, optional=("known",))
        for relation in opened(connection, dataset, source, folder, where).each:
            for name in COLUMNS:
                if name not in relation.types:
                    raise DatasetError(f"{where}: there is no column {name!r}.{nearest(name, relation.types)}")
            ends = [key(relation, name, (), where, "customer") for name in COLUMNS[:2]]
            known, given = "NULL", "NULL"
            if "known" in relation.types:
                known = relation.instant("known")
                given = f"nullif(trim(CAST({quoted('known')} AS VARCHAR)), '')"
            says = f"lower(trim(CAST({quoted('customer')} AS VARCHAR)))"
            listed = f"{ends[0]} AS one, {ends[1]} AS other, {says} AS says, {known} AS known, {given} AS given"
            rows = fetched(connection, f"SELECT {listed} FROM {relation.sql}", where).to_pylist()
            found += [_correction(row, where) for row in rows]
    return Corrections(tuple(found))


def _correction(row: dict[str, object], where: str) -> Correction:
    one, other, says, known = row["one"], row["other"], row["says"], row["known"]
    if one is None or other is None:
        raise DatasetError(f"{where}: got a row with {one!r} and {other!r}; both are needed.")
    if says == OPEN:
        raise DatasetError(
            f"{where}: customer: nobody has answered yet for {one} and {other}: write {' or '.join(WORDS)} in the place"
            f" of {OPEN!r}, or delete the row."
        )
    if says not in WORDS:
        raise DatasetError(f"{where}: customer: got {says!r} for {one} and {other}; {' or '.join(WORDS)} is needed.")
    if row["given"] is not None and not (isinstance(known, int) and FIRST <= known <= LAST):
        raise DatasetError(f"{where}: known: got {row['given']!r} for {one} and {other}; a time is needed.")
    return Correction(str(one), str(other), says == WORDS[0], known if isinstance(known, int) else EVER)
