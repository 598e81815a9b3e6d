"""Whose: the identifiers in tables of attributes, and of which customer each row is once they are linked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.arrow import to_numpy
from features.compiled import compiled
from features.identity import names
from features.identity.blocked import blocked
from features.identity.identity import Identity
from features.identity.people import People
from features.log.history import History

PREFIX = "habitus identifier "
"""Begins the columns of identifiers in what is read of a table; no attribute can have such a name."""


@dataclass(frozen=True)
class Beside:
    """Identifiers that stand in one row of a table."""

    values: Mapping[str, pa.Array]
    """By kind, as text, null where there is none that identifies anybody; each of shape (rows,)."""
    known: NDArray[np.int64]
    """Since when each row holds."""


def identified(rows: pa.Table, identity: Identity) -> dict[str, pa.Array]:
    """Return the identifiers of some rows by kind, without those that identify nobody."""
    found = {}
    for name, key in identity.keys.items():
        if PREFIX + name in rows.column_names:
            values = pa.concat_arrays([*rows[PREFIX + name].cast(pa.string()).chunks, pa.array([], pa.string())])
            found[name] = pc.utf8_lower(values) if key.clean else values
    return somebodys(found, identity)


def somebodys(values: Mapping[str, pa.Array], identity: Identity) -> dict[str, pa.Array]:
    """Return identifiers by kind, null where they identify nobody."""
    none = pa.scalar(None, pa.string())
    return {
        kind: pc.if_else(pa.array(blocked(of.fill_null(""), identity.keys[kind].block)), none, of)
        for kind, of in values.items()
    }


def called(values: Mapping[str, pa.Array], kinds: Sequence[str]) -> pa.Array:
    """Return what each row's strongest identifier is called as a customer, null where there is none."""
    return pc.coalesce(*(names.named(place, kinds, values[kind]) for place, kind in enumerate(kinds) if kind in values))


def of_people(history: History, people: People) -> History:
    """Return a history by the customers that its identifiers were linked into, each row from when it was known of them.

    Of several rows that are known of a customer the newest by `valid_from` holds, whenever they came to be known.

    Args:
        history: by what identifiers are called.
        people: who they are of.
    """
    if not history.keys.size:
        return history
    span = history.moments.size + 1
    place = to_numpy(pc.index_in(history.ids, people.names)).astype(np.int64)
    since = history.moments[history.keys % span]
    placed = people.placed(place[history.keys // span], since)
    ids, owner = np.unique(placed.owners, return_inverse=True)
    text = people.names.take(pa.array(ids))
    rank = to_numpy(pc.rank(text, "ascending", tiebreaker="first")).astype(np.int64) - 1
    moments, when = np.unique(placed.late, return_inverse=True)
    order = np.lexsort((history.keys[placed.rows], since[placed.rows], when, rank[owner]))
    keys = (rank[owner] * (moments.size + 1) + when)[order]
    newest = _newest(rank[owner][order], since[placed.rows][order])
    last = np.append(keys[1:] != keys[:-1], True)
    rows = pa.array(placed.rows[order][newest][last])
    columns = {name: values.take(rows) for name, values in history.columns.items()}
    return History(text.take(pc.sort_indices(text)), moments, keys[last], columns)


@compiled
def _newest(owner: NDArray[np.int64], since: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each row, by owner, which row up to it has the newest `valid_from`; the later one of several."""
    best = np.arange(owner.size)
    for row in range(1, owner.size):
        if owner[row] == owner[row - 1] and since[best[row - 1]] > since[row]:
            best[row] = best[row - 1]
    return best
