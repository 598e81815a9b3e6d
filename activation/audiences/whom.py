"""Whom: what a destination knows customers by, found in their identifiers or in what is known of them."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.consent.suppression import CUSTOMER
from features.dataset import Dataset, DatasetError
from features.identity import names
from features.log.linked import Linked
from features.nearest import nearest


def kind(dataset: Dataset, wanted: str, where: str) -> str:
    """Return what customers are known by.

    Raises:
        DatasetError: the dataset has no such identifier, and no such attribute.
    """
    attributes = [name for table in dataset.attributes for name in table.attributes]
    allowed = [CUSTOMER, *(dataset.identifiers if dataset.identified else ()), *attributes]
    if wanted not in allowed:
        raise DatasetError(
            f"{where}: got {wanted!r}, which is neither a key of [identity] nor an attribute.{nearest(wanted, allowed)}"
        )
    return wanted


def identifiers(
    dataset: Dataset,
    which: str,
    customers: Sequence[str],
    linked: Linked | None,
    places: NDArray[np.int64],
    known: pa.Table,
) -> list[str | None]:
    """Return what each customer is known by; None where that is not known.

    Args:
        dataset: whose customers they are.
        which: as `kind` gives it.
        customers: what they are called.
        linked: which identifiers are whose, where identifiers are linked.
        places: of each customer, the place among those of `linked`.
        known: the attributes of each.
    """
    if which == CUSTOMER:
        return list(customers)
    if dataset.identified is not None and which in dataset.identifiers and linked is not None:
        first = _first(linked, which, set(places.tolist()))
        return [first.get(place) for place in places.tolist()]
    return [None if one is None or str(one) == "" else str(one) for one in known[which].to_pylist()]


def _first(linked: Linked, which: str, wanted: set[int]) -> dict[int, str]:
    """Return the first identifier of a kind of each customer who has one, in alphabetical order, by their places."""
    found: dict[int, str] = {}
    for name, place in zip(linked.names.to_pylist(), linked.places.tolist(), strict=True):
        if place not in wanted:
            continue
        own, value = names.parsed(name, linked.kinds)
        if own == which and (place not in found or value < found[place]):
            found[place] = value
    return found
