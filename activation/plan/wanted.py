"""What is wanted: the rows of an audience that may be told, each with the hash of what is told of it."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from activation.destinations.vendor import Vendor
from activation.plan.gate import Gate
from features.consent.suppression import CUSTOMER

IDENTIFIER = "identifier"
ARM = "arm"
NO_IDENTIFIER = "has no identifier"
NO_FORM = "its identifier is none that the destination knows"
TWICE, SHARED = "stands in the audience twice", "another customer has the same identifier"
_ROWS = 50_000


@dataclass(frozen=True)
class Audience:
    """An audience, as it is to be at a destination."""

    name: str
    key: str
    """The destination's key of it."""
    kind: str
    """What its identifiers are."""
    purpose: str
    campaign: str
    """Which freezing of it: contacts are told by it."""
    members: pa.Table = field(repr=False)
    """`customer_id`, `identifier`, and what is told."""
    tell: tuple[str, ...] = ()
    """The columns that are told."""
    experiment: str = ""
    """The experiment that decided what is told, and whether it was stopped; empty: none."""
    policies: Mapping[str, str] = field(default_factory=dict)
    """By name, the versions of the policies that were asked."""


@dataclass(frozen=True)
class Wanted:
    """The rows of an audience that may be told."""

    members: pa.Table
    """`customer_id`, `identifier` in the destination's form, and what is told."""
    hashes: list[bytes]
    """Of what is told of each."""
    left_out: Mapping[str, int]
    """How many are not told of, by why."""
    arms: Sequence[str] = ()
    """Which variant each was given; empty where there is none."""


def wanted(audience: Audience, vendor: Vendor, gate: Gate, now: int) -> Wanted:
    """Return which rows of an audience may be told, and of the others why not: the first reason counts.

    Args:
        audience: whose rows they are.
        vendor: where they are told.
        gate: who may not be told of.
        now: microseconds UTC.
    """
    table = audience.members.combine_chunks()
    customers = _flat(table[CUSTOMER].cast(pa.string()))
    given = _flat(table[IDENTIFIER].cast(pa.string())) if IDENTIFIER in table.column_names else customers
    reasons = gate.reasons(customers, given, audience.kind, audience.purpose, now)
    normal = _normal(given, vendor, reasons)
    _unique(_flat(customers).to_pylist(), reasons, TWICE)
    _unique(normal, reasons, SHARED)
    fine = reasons == ""
    columns = {CUSTOMER: customers, IDENTIFIER: pa.array(normal, pa.string())}
    columns |= {name: table[name] for name in sorted(audience.tell)}
    members = pa.table(columns).filter(pa.array(fine.astype(bool)))
    form = vendor.form(audience.tell).encode()
    arms = table[ARM].to_pylist() if ARM in table.column_names else [None] * len(table)
    left_out = Counter(reasons[~fine.astype(bool)].tolist())
    return Wanted(
        members, [_hash(row, form) for row in rows(members)], dict(sorted(left_out.items())), _left(arms, fine)
    )


def _left(arms: Sequence[str | None], fine: NDArray[np.bool_]) -> list[str]:
    return [arm or "" for arm, goes in zip(arms, fine.tolist(), strict=True) if goes]


def rows(members: pa.Table, places: Sequence[int] | None = None) -> Iterator[dict[str, Any]]:
    """Yield rows as plain data without what is not known, by their places or all in their order."""
    table = members if places is None else members.take(pa.array(places, pa.int64()))
    for batch in table.to_batches(max_chunksize=_ROWS):
        for row in batch.to_pylist():
            yield {name: value for name, value in row.items() if value is not None}


def told(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is told of a customer: absent is what is not known, and never null."""
    return {name: value for name, value in row.items() if name not in {CUSTOMER, IDENTIFIER}}


def _hash(row: Mapping[str, Any], form: bytes) -> bytes:
    """Return the hash of what is told and of its form: columns by name, without nulls."""
    return hashlib.blake2b(form + b"\0" + _encoded(row), digest_size=16).digest()


_encoded = msgspec.json.Encoder().encode


def _normal(given: pa.Array, vendor: Vendor, reasons: NDArray[np.object_]) -> list[str]:
    found = [vendor.normal(value) if value else "" for value in given.to_pylist()]
    for place, (value, form) in enumerate(zip(given.to_pylist(), found, strict=True)):
        if not form and not reasons[place]:
            reasons[place] = NO_FORM if value else NO_IDENTIFIER
    return found


def _unique(values: Sequence[str], reasons: NDArray[np.object_], why: str) -> None:
    """Let the first row of each value stand."""
    seen: set[str] = set()
    for place, value in enumerate(values):
        if reasons[place]:
            continue
        if value in seen:
            reasons[place] = why
        seen.add(value)


def _flat(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(values.chunks) if isinstance(values, pa.ChunkedArray) else values
