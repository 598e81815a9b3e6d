"""Names: what an identifier is called as a customer, so that no two of different kinds are called alike."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.identity.identity import SHARED


def named(kind: int, kinds: Sequence[str], values: pa.Array) -> pa.Array:
    """Return what identifiers of one kind are called: the strongest by their value, others as `kind:value`.

    A value of the strongest kind that looks like the name of another gets its kind before it, too.

    Args:
        kind: its place among the kinds.
        kinds: the names of all, strongest first.
        values: as text.
    """
    full = pc.binary_join_element_wise(pa.scalar(f"{kinds[kind]}:"), values, "")
    if kind:
        return full
    begins = "|".join((*kinds, SHARED))
    return pc.if_else(pc.match_substring_regex(values, f"^({begins}):"), full, values)


def of_each(kinds: Sequence[str], kind: NDArray[np.uint8], values: pa.Array) -> pa.Array:
    """Return what identifiers of any kinds are called.

    Args:
        kinds: the names of all, strongest first.
        kind: of each, the place of its kind.
        values: of each, as text.
    """
    size = len(values)
    every = pa.concat_arrays([named(place, kinds, values) for place in range(len(kinds))])
    return every.take(pa.array(kind.astype(np.int64) * size + np.arange(size)))


def one(identifier: tuple[str, str], kinds: Sequence[str]) -> str:
    """Return what an identifier, its kind and its value, is called as a customer."""
    kind, value = identifier
    return str(named(kinds.index(kind), kinds, pa.array([value], pa.string()))[0])


def parsed(name: str, kinds: Sequence[str]) -> tuple[str, str]:
    """Return the kind and the value of an identifier from what it is called, as `one` calls it."""
    kind, _, value = name.removeprefix(f"{SHARED}:").partition(":")
    return (kind, value) if kind in kinds else (kinds[0], name)


def spellings(name: str, kinds: Sequence[str]) -> list[str]:
    """Return all that somebody may mean who writes a name: as it stands, KIND:VALUE of the strongest, a value alone.

    Args:
        name: as it is written.
        kinds: the names of all kinds, strongest first; none where nothing is linked.
    """
    if not kinds:
        return [name]
    kind, _, value = name.partition(":")
    bare = [value] if kind == kinds[0] and value else []
    return list(dict.fromkeys([name, *bare, *(f"{one}:{name}" for one in kinds)]))


def shared(names: pa.Array) -> pa.Array:
    """Return what the customer is called of whom an identifier speaks that is of several people."""
    return pc.binary_join_element_wise(pa.scalar(f"{SHARED}:"), names, "")
