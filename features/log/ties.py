"""Ties: all identifiers of a dataset and what links them, kept beside a log: what a service judges newer links by."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.arrow import to_numpy
from features.compiled import compiled
from features.consent.suppression import CUSTOMER, Holds
from features.identity import names
from features.identity.identity import Identity
from features.identity.links import Identifiers, Ints, Pairs
from features.log import content
from features.once import Once

FILES = ("ties.arrow", "tied.arrow")
"""Of identifiers, and of pairs."""
_META = b"ties"


class Correction(msgspec.Struct, frozen=True):
    """What a person knows better of two identifiers, each called as the customer that it would be."""

    one: str
    other: str
    same: bool
    known: int


class _Told(msgspec.Struct):
    identity: Identity
    corrections: list[Correction]


@dataclass(frozen=True)
class Ties:
    """Identifiers by their numbers, and the links between them, refused ones too."""

    identity: Identity
    corrections: Sequence[Correction]
    identifiers: Identifiers
    values: pa.Array
    """As text; empty where one was forgotten."""
    pairs: Pairs

    def __len__(self) -> int:
        """Return how many identifiers there are."""
        return len(self.values)

    @Once
    def names(self) -> pa.Array:
        """What each is called as a customer."""
        return names.of_each(self.identity.names, self.identifiers.kind, self.values)

    @Once
    def _by_hash(self) -> tuple[NDArray[np.uint64], Ints]:
        hashes = content.of_text(self.names)
        order = np.argsort(hashes, kind="stable")
        return hashes[order], order

    def number(self, name: str) -> int | None:
        """Return the number of the identifier that is called so; None where there is none."""
        hashes, order = self._by_hash
        own = content.of_text(pa.array([name], pa.string()))[0]
        at = int(np.searchsorted(hashes, own))
        return int(order[at]) if at < hashes.size and hashes[at] == own else None

    @Once
    def group(self) -> Ints:
        """Of each identifier, the number of one of those that it has to do with, the same for all of them."""
        found = np.arange(len(self))
        _grouped(found, self.pairs.one, self.pairs.other)
        for one in self.corrections:
            ends = self.number(one.one), self.number(one.other)
            if one.same and ends[0] is not None and ends[1] is not None:
                _grouped(found, np.array(ends[:1], np.int64), np.array(ends[1:], np.int64))
        return found

    @Once
    def _members(self) -> tuple[Ints, Ints]:
        order = np.argsort(self.group, kind="stable")
        return self.group[order], order

    def members(self, group: int) -> Ints:
        """Return the numbers of the identifiers of a group, ascending."""
        groups, order = self._members
        return order[slice(*np.searchsorted(groups, [group, group + 1]).tolist())]

    @Once
    def _linking(self) -> tuple[Ints, Ints]:
        of = self.group[self.pairs.one]
        order = np.argsort(of, kind="stable")
        return of[order], order

    def links(self, group: int) -> Iterator[tuple[tuple[int, int], int]]:
        """Yield the links of a group: the numbers of both ends, and since when each is known."""
        groups, order = self._linking
        own, pairs = order[slice(*np.searchsorted(groups, [group, group + 1]).tolist())], self.pairs
        ends = zip(pairs.one[own].tolist(), pairs.other[own].tolist(), strict=True)
        yield from zip(ends, pairs.known[own].tolist(), strict=True)

    def digest(self) -> str:
        """Return what tells it from others."""
        pairs, of = self.pairs, content.of_text(self.names)
        rows = {"one": of[pairs.one], "other": of[pairs.other], "known": pairs.known}
        whole = content.of_rows(rows, list(rows), len(pairs)).sum(dtype=np.uint64)
        first = content.of_rows({"name": of, "first": self.identifiers.first}, ["name", "first"], len(self))
        told = msgspec.json.encode(_Told(self.identity, list(self.corrections))).decode()
        return f"{int(whole)} {int(first.sum(dtype=np.uint64))} {told}"

    def held(self, holds: Holds) -> NDArray[np.bool_]:
        """Return which identifiers are of people who are to be forgotten, shape (identifiers,)."""
        return holds(CUSTOMER, self.names)

    def without(self, gone: NDArray[np.bool_]) -> "Ties":
        """Return the same without what tells of some identifiers; the others keep their numbers."""
        kept = ~(gone[self.pairs.one] | gone[self.pairs.other])
        pairs = Pairs(self.pairs.one[kept], self.pairs.other[kept], self.pairs.known[kept])
        named = set(self.names.filter(pa.array(gone)).to_pylist())
        return replace(
            self,
            corrections=[one for one in self.corrections if not {one.one, one.other} & named],
            identifiers=replace(self.identifiers, tie=np.where(gone, 0, self.identifiers.tie)),
            values=pa.array([None if out else one for one, out in zip(self.values.to_pylist(), gone, strict=True)])
            .cast(pa.string())
            .fill_null(""),
            pairs=pairs,
        )

    def save(self, folder: Path) -> None:
        """Write it."""
        own, pairs = self.identifiers, self.pairs
        told = msgspec.json.encode(_Told(self.identity, list(self.corrections)))
        of_each = {"kind": pa.array(own.kind), "first": pa.array(own.first), "tie": pa.array(own.tie)}
        batches = (
            pa.record_batch({"value": self.values, **of_each}).replace_schema_metadata({_META: told}),
            pa.record_batch({name: pa.array(getattr(pairs, name)) for name in ("one", "other", "known")}),
        )
        for name, batch in zip(FILES, batches, strict=True):
            with pa.OSFile(str(folder / name), "wb") as sink, pa.ipc.new_file(sink, batch.schema) as file:
                file.write_batch(batch)


def load(folder: Path) -> Ties | None:
    """Map what was written into memory; None where nothing was, as an earlier release wrote none."""
    if not all((folder / name).is_file() for name in FILES):
        return None
    own, pairs = (pa.ipc.open_file(pa.memory_map(str(folder / name))).get_batch(0) for name in FILES)
    told = msgspec.json.decode(own.schema.metadata[_META], type=_Told)
    kind, first, tie = (to_numpy(own.column(name)) for name in ("kind", "first", "tie"))
    linked = Pairs(*(to_numpy(pairs.column(name)) for name in ("one", "other", "known")))
    return Ties(told.identity, told.corrections, Identifiers(kind, first, tie), own.column("value"), linked)


@compiled
def _grouped(group: Ints, one: Ints, other: Ints) -> None:
    """Join the groups of the ends of links; each group has the smallest of its numbers."""
    for link in range(one.size):
        a, b = one[link], other[link]
        while group[a] != a:
            group[a] = group[group[a]]
            a = group[a]
        while group[b] != b:
            group[b] = group[group[b]]
            b = group[b]
        group[max(a, b)] = min(a, b)
    for n in range(group.size):
        group[n] = group[group[n]]
