"""Linked: which customer of today an identifier is of, and who was found to be somebody else."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.arrow import to_numpy
from features.identity.links import FOREVER
from features.log import content

FILE = "linked.arrow"
_KINDS = "kinds"


@dataclass(frozen=True)
class Linked:
    """Identifiers by the hash of what they are called, and the customers of today that they are of."""

    names: pa.Array
    """What identifiers are called, in the order of their hashes."""
    places: NDArray[np.int64]
    """The place of each one's customer in the log, shape (names,)."""
    kinds: tuple[str, ...] = ()
    """The names of the kinds of identifiers, strongest first."""

    @cached_property
    def _hashes(self) -> NDArray[np.uint64]:
        return content.of_text(self.names)

    @classmethod
    def of(cls, names: pa.Array, people: pa.Array, customers: pa.Array, kinds: Sequence[str] = ()) -> Self:
        """Return who is whose.

        Args:
            names: what identifiers are called, each once.
            people: of each, what its customer of today is called.
            customers: those of the log, in its order; identifiers of nobody there are left out.
            kinds: their names, strongest first.
        """
        found = pc.index_in(people, customers)
        there = pc.is_valid(found)
        names = names.filter(there)
        order = np.argsort(content.of_text(names))
        places = to_numpy(found.drop_null()).astype(np.int64)[order]
        return cls(names.take(pa.array(order)), places, tuple(kinds))

    def place(self, name: str) -> int | None:
        """Return the place of the customer of today that an identifier is of; None where it is of none."""
        own = content.of_text(pa.array([name], pa.string()))[0]
        at = int(np.searchsorted(self._hashes, own))
        return int(self.places[at]) if at < self.places.size and self._hashes[at] == own else None

    def person(self, customers: pa.Array, until: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the place of each customer's person of today, shape (customers,).

        Args:
            customers: those of the log.
            until: `Log.absorbed`.
        """
        found = np.arange(len(customers))
        gone = np.flatnonzero(until != FOREVER)
        hashes = content.of_text(customers.take(pa.array(gone)))
        found[gone] = self.places[np.searchsorted(self._hashes, hashes)]
        return found

    def without(self, out: NDArray[np.bool_]) -> "Linked":
        """Return the identifiers of customers who are not left out, by their places among those; shape (customers,)."""
        kept = ~out[self.places]
        places = np.cumsum(~out) - 1
        return Linked(self.names.filter(pa.array(kept)), places[self.places[kept]], self.kinds)

    def of_place(self, place: int) -> list[str]:
        """Return what all identifiers of a customer are called, sorted."""
        own = np.flatnonzero(self.places == place)
        return sorted(self.names.take(pa.array(own)).to_pylist())

    def save(self, folder: Path) -> None:
        """Write it."""
        batch = pa.record_batch({"customer": self.names, "place": pa.array(self.places)})
        batch = batch.replace_schema_metadata({_KINDS: json.dumps(self.kinds)})
        with pa.OSFile(str(folder / FILE), "wb") as sink, pa.ipc.new_file(sink, batch.schema) as file:
            file.write_batch(batch)


def load(folder: Path) -> Linked | None:
    """Map what was written into memory, None where nothing was."""
    if not (folder / FILE).is_file():
        return None
    batch = pa.ipc.open_file(pa.memory_map(str(folder / FILE))).get_batch(0)
    kinds = json.loads((batch.schema.metadata or {}).get(_KINDS.encode(), b"[]"))
    return Linked(batch.column(0), to_numpy(batch.column(1)), tuple(kinds))
