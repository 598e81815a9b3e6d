"""Proposed: pairs of customers as a person is asked about them, in the form of `identity.corrections`."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from features.matching.agreement import DIFFERS, NEARLY, SAME, UNKNOWN
from features.matching.customers import Customers
from features.matching.group import beyond, groups
from features.matching.pairs import Matched
from features.sources.corrections import COLUMNS, OPEN

SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in COLUMNS),
        ("probability", pa.float64()),
        ("reason", pa.string()),
        ("group", pa.int64()),
        ("beyond", pa.string()),
    ]
)
"""The columns of corrections; then how sure it is and why, the group of all proposals that hang together, and what
that would have too many of."""

_WORDS = {SAME: "same", NEARLY: "nearly", DIFFERS: "differs", UNKNOWN: "not known of both"}
_HOUSEHOLD = "perhaps two of one household"


def proposed(found: Matched, customers: Customers) -> pa.Table:
    """Return the pairs, without those that corrections call different: by group, the surest first.

    `customer` is OPEN: until a person has answered, the file has no effect.
    """
    ends = zip(found.one.tolist(), found.other.tolist(), strict=True)
    rows = [row for row, pair in enumerate(ends) if pair not in customers.different]
    one, other, probability = found.one[rows], found.other[rows], found.probability[rows]
    group = groups(one, other, len(customers.names))
    over = beyond(group, customers.held, customers.limits)
    surest = np.zeros(len(customers.names))
    np.maximum.at(surest, group[one], probability)
    order = np.lexsort((other, one, -probability, group[one], -surest[group[one]]))
    numbers = {place: number for number, place in enumerate(dict.fromkeys(group[one][order].tolist()), start=1)}
    values = {name: customers.values[name] for name in found.agreement}
    return pa.table(
        [
            customers.names.take(pa.array(one[order])),
            customers.names.take(pa.array(other[order])),
            pa.array([OPEN] * len(rows), pa.string()),
            pa.array(np.floor(probability[order] * 1e4) / 1e4),  # never 1: nothing is sure
            pa.array([_reason(found, rows[row], values) for row in order.tolist()], pa.string()),
            pa.array([numbers[place] for place in group[one][order].tolist()], pa.int64()),
            pa.array([over.get(place) for place in group[one][order].tolist()], pa.string()),
        ],
        schema=SCHEMA,
    )


def _reason(found: Matched, row: int, values: Mapping[str, pa.Array]) -> str:
    """Return which fields of a pair agree and which differ, those with both values."""
    pair = (int(found.one[row]), int(found.other[row]))
    parts = []
    for level, word in _WORDS.items():
        names = [name for name, levels in found.agreement.items() if levels[row] == level]
        if level in {NEARLY, DIFFERS}:
            names = [f"{name} ({' / '.join(_told(values[name][place]) for place in pair)})" for name in names]
        if names:
            parts.append(f"{word}: {', '.join(names)}")
    return "; ".join([*parts, *([_HOUSEHOLD] if found.household[row] else [])])


def _told(value: pa.Scalar) -> str:
    """Return a value as a person writes it."""
    given = value.as_py()
    return f"{given:.15g}" if isinstance(given, float) else str(given)
