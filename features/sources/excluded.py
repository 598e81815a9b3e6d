"""Excluded: customers who do not count, such as staff, tests, resellers and bots, as `[exclude]` of a dataset says.

They are left out once, behind the sources, so that whatever is learned, counted or answered leaves them out alike.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features import scratch
from features.dataset import Dataset, DatasetError, Source
from features.log.busy import most_orders
from features.log.log import Log
from features.nearest import nearest
from features.sources.canonical import fetched, key, session
from features.sources.relation import opened

_CUSTOMER = "customer_id"


@dataclass(frozen=True)
class Excluded:
    """Who is left out."""

    ids: frozenset[str] = frozenset()
    domains: tuple[str, ...] = ()
    """Of mail addresses that are ids, in small letters."""
    orders_a_day: int = 0
    """Who has more orders than that on one day is left out; 0: nobody for that reason."""

    def __bool__(self) -> bool:
        """Return whether anybody may be left out."""
        return bool(self.ids or self.domains or self.orders_a_day)

    def of(self, log: Log) -> NDArray[np.bool_]:
        """Return which customers of a log are left out, shape (customers,)."""
        names = log.customers.cast(pa.string())
        out = _flags(pc.is_in(names, pa.array(sorted(self.ids), pa.string())))
        small = pc.utf8_lower(names)
        for domain in self.domains:
            out |= _flags(pc.ends_with(small, f"@{domain}"))
        return out | (most_orders(log) > self.orders_a_day) if self.orders_a_day else out


def _flags(values: pa.Array) -> NDArray[np.bool_]:
    return np.asarray(values.to_numpy(zero_copy_only=False), np.bool_)


def read(dataset: Dataset) -> Excluded:
    """Return whom a dataset leaves out; ids of its file go by the rule of all ids.

    Raises:
        DatasetError: the file is missing or cannot be read, or has no column of customers.
    """
    declared = dataset.exclude
    ids: Collection[str] = declared.ids
    if declared.file:
        ids = [*ids, *_listed(dataset)]
    domains = tuple(domain.strip().lower().removeprefix("@") for domain in declared.mail_domains)
    return Excluded(frozenset(one.strip() for one in ids), domains, declared.orders_a_day)


def _listed(dataset: Dataset) -> list[str]:
    """Return the ids in the file of those who are left out: of `customer_id`, or of its only column."""
    where = f"dataset {dataset.name!r}: exclude.file"
    with scratch.folder() as folder, session(dataset.zone) as connection:
        found = opened(connection, dataset, Source(dataset.exclude.file, "", {}), folder, where)
        ids: list[str] = []
        for relation in found.each:
            names = [name for name in relation.types if not name.startswith("habitus ")]
            name = _CUSTOMER if _CUSTOMER in names else names[0] if len(names) == 1 else ""
            if not name:
                raise DatasetError(f"{where}: there is no column {_CUSTOMER!r}.{nearest(_CUSTOMER, names)}")
            sql = f"SELECT {key(relation, name, (), where)} AS id FROM {relation.sql}"
            ids += fetched(connection, sql, where)["id"].cast(pa.string()).drop_null().to_pylist()
    return ids
