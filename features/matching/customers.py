"""Customers: those of a dataset's tables of attributes, as they are linked today, with what is known of them last."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.arrow import to_numpy
from features.buckets import intake
from features.clock import LAST
from features.consent.consent import PROFILING
from features.dataset import Dataset
from features.identity.people import People
from features.sources import attributes as all_attributes
from features.sources import corrections as all_corrections
from features.sources import erased as all_erased
from features.sources import excluded as all_excluded
from features.sources.attributes import Attributes
from features.sources.corrections import Correction


@dataclass(frozen=True)
class Customers:
    """Customers, the attributes by which they may be compared, and the identifiers that each has already."""

    names: pa.Array
    """As text, sorted."""
    values: dict[str, pa.Array]
    """By name the newest of each attribute of text or numbers; each of shape (customers,)."""
    held: NDArray[np.int64]
    """How many identifiers of each kind they have, shape (customers, kinds)."""
    limits: dict[str, int]
    """By kind, how many one customer may have."""
    different: frozenset[tuple[int, int]] = field(default_factory=frozenset)
    """Places of two customers that are never one, the smaller first: corrections say so."""
    told: tuple[str, ...] = ()
    """What to tell of those who are not there, a line each."""


def taken(dataset: Dataset, memory: int, now: int | None = None) -> Customers:
    """Read the tables of attributes; where identifiers are linked, the identifiers of all sources with them.

    Who is excluded, and who may not be profiled, is not there.

    Args:
        dataset: what is read.
        memory: bytes that the process may take.
        now: when permission is asked for, in microseconds UTC; by default the clock on the wall.

    Raises:
        DatasetError: the sources cannot be read as declared.
    """
    if dataset.identified is None and dataset.consent is None:
        known, _ = all_attributes.read(dataset, all_erased.read(dataset))
        names = _names(known)
        return _of_each(known, names.filter(_counting(names, dataset, frozenset())))
    with intake.opened(dataset, memory, frozenset(), by_value=False, now=now) as read:
        people, known, permitted = read.people, read.attributes, read.permitted
        names = _names(known)
        if people is not None:
            own = np.flatnonzero(people.forest.roots() == np.arange(len(people.values)))
            names = names.filter(pc.is_in(names, people.names.take(pa.array(own))))
        names = names.filter(_counting(names, dataset, read.excluded))
        if permitted is not None:
            names = names.filter(pa.array(permitted.permissions.allowed(PROFILING, permitted.now, names)))
    told = () if permitted is None else (permitted.profiled.said(),)
    if people is None or dataset.identified is None:
        return replace(_of_each(known, names), told=told)
    places = to_numpy(pc.index_in(names, people.names)).astype(np.int64)
    limits = {kind: key.limit or 1 for kind, key in dataset.identified.keys.items()}
    different = _different(all_corrections.read(dataset).pairs, people, places)
    return Customers(_strongest(people, places), _values(known, names), _held(people)[places], limits, different, told)


def _of_each(known: Attributes, names: pa.Array) -> Customers:
    """Return customers of whom nothing is linked, so that there is no limit either."""
    return Customers(names, _values(known, names), np.zeros((len(names), 0), np.int64), {})


def _counting(names: pa.Array, dataset: Dataset, excluded: Collection[str]) -> pa.Array:
    """Return which customers the dataset does not leave out, by name or because of what they did."""
    by_name = all_excluded.read(dataset).named(pa.chunked_array([names]))
    return pc.invert(pc.or_(pa.array(by_name), pc.is_in(names, pa.array(sorted(excluded), pa.string()))))


def _names(known: Attributes) -> pa.Array:
    """Return whom the tables speak of, sorted."""
    every = pa.concat_arrays([pa.array([], pa.string()), *(history.ids for history in known.histories)])
    distinct = every.unique()
    return distinct.take(pc.sort_indices(distinct))


def _values(known: Attributes, names: pa.Array) -> dict[str, pa.Array]:
    """Return the newest of each attribute of text or numbers."""
    table = known.at(names, LAST + 1).drop_columns(["customer_id"])
    wanted = [name for name in table.column_names if not pa.types.is_boolean(table[name].type)]
    return {name: pa.concat_arrays(table[name].chunks) for name in wanted}


def _strongest(people: People, places: NDArray[np.int64]) -> pa.Array:
    """Return what the strongest identifier of each customer is called, the one known first: a correction speaks of it.

    The customer may be called by a device that was known before; that one and somebody else are seldom the same.
    """
    told, roots = people.identifiers, people.forest.roots()
    order = np.lexsort((told.tie, told.first, told.kind, people.blocked, roots))
    root, first = np.unique(roots[order], return_index=True)
    return people.names.take(pa.array(order[first][np.searchsorted(root, places)]))


def _held(people: People) -> NDArray[np.int64]:
    """Return how many identifiers of each kind the customer of each number has, shape (identifiers, kinds)."""
    kinds, size = len(people.kinds), len(people.values)
    good = ~people.blocked
    place = people.forest.roots()[good] * kinds + people.identifiers.kind[good]
    return np.bincount(place, minlength=size * kinds).reshape(size, kinds).astype(np.int64)


def _different(pairs: Sequence[Correction], people: People, own: NDArray[np.int64]) -> frozenset[tuple[int, int]]:
    """Return which two of some customers are never one."""
    ends = [[getattr(pair, end) for pair in pairs if not pair.same] for end in ("one", "other")]
    numbers = [to_numpy(pc.index_in(pa.array(end, pa.string()), people.names).fill_null(-1)) for end in ends]
    place = np.full(people.person.size + 1, -1)
    place[own] = np.arange(own.size)
    root = np.append(people.person, people.person.size)
    a, b = (place[root[number]] for number in numbers)
    there = (a >= 0) & (b >= 0)
    return frozenset(zip(np.minimum(a, b)[there].tolist(), np.maximum(a, b)[there].tolist(), strict=True))
