"""Excluded: customers who do not count, such as staff, tests, resellers and bots, as `[exclude]` of a dataset says.

They are left out once, behind the sources, so that whatever is learned, counted or answered leaves them out alike.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features import scratch
from features.arrow import joined, to_numpy
from features.consent.suppression import CUSTOMER, Suppression
from features.dataset import Dataset, DatasetError, Source
from features.nearest import nearest
from features.sources import ids
from features.sources.canonical import fetched, key, session
from features.sources.relation import opened


@dataclass(frozen=True)
class Excluded:
    """Who is left out."""

    ids: frozenset[str] = frozenset()
    domains: tuple[str, ...] = ()
    """Of mail addresses that are ids, in small letters."""
    orders_a_day: int = 0
    """Who has more orders than that on one day is left out; 0: nobody for that reason."""
    heads: frozenset[str] = frozenset()
    """How files of ids alone begin: with an id where a customer has it, else with the column's name."""

    def __bool__(self) -> bool:
        """Return whether anybody may be left out."""
        return bool(self.ids or self.heads or self.domains or self.orders_a_day)

    def named(self, customers: pa.ChunkedArray) -> NDArray[np.bool_]:
        """Return which customers are left out for their ids, shape (customers,)."""
        out = _flags(pc.is_in(customers, pa.array(sorted(self.ids | self.heads), pa.string())))
        small = pc.utf8_lower(customers)
        for domain in self.domains:
            out |= _flags(pc.ends_with(small, f"@{domain}"))
        return out

    def without(self, suppressed: Suppression) -> Self:
        """Return the same without the ids of erased people, who are neither looked for nor told."""
        if not suppressed:
            return self
        kept, heads = (
            frozenset(one for one in some if not suppressed.has(CUSTOMER, one)) for some in (self.ids, self.heads)
        )
        return replace(self, ids=kept, heads=heads)


def _flags(values: pa.ChunkedArray) -> NDArray[np.bool_]:
    return to_numpy(joined(values.cast(pa.uint8()))).astype(np.bool_)


def read(dataset: Dataset) -> Excluded:
    """Return whom a dataset leaves out; ids of its file go by the rule of all ids.

    Raises:
        DatasetError: the file is missing or cannot be read, or has no column of customers.
    """
    declared = dataset.exclude
    names, heads = _listed(dataset) if declared.file else ([], [])
    domains = tuple(domain.strip().lower().removeprefix("@") for domain in declared.mail_domains)
    names += [one.strip() for one in declared.ids]
    every, first = (frozenset(map(ids.of_customer, some)) for some in (names, ids.bared(heads)))
    return Excluded(every, domains, declared.orders_a_day, first)


def _listed(dataset: Dataset) -> tuple[list[str], list[str]]:
    """Return the ids in the file of those who are left out, and the heads of its only column, if they may be ids.

    The ids are those of `customer_id`, or of the only column; where that is text, its file may have no head.
    """
    where = f"dataset {dataset.name!r}: exclude.file"
    with scratch.folder() as folder, session(dataset.zone) as connection:
        found = opened(connection, dataset, Source(dataset.exclude.file, "", {}), folder, where)
        found_ids, heads = list[str](), list[str]()
        for relation in found.each:
            names = [name for name in relation.types if not name.startswith("habitus ")]
            name = CUSTOMER if CUSTOMER in names else names[0] if len(names) == 1 else ""
            if not name:
                raise DatasetError(f"{where}: there is no column {CUSTOMER!r}.{nearest(CUSTOMER, names)}")
            if name != CUSTOMER and relation.part.tables[0].file.form == "text":
                heads.append(name)
            sql = f"SELECT {key(relation, name, (), where)} AS id FROM {relation.sql}"
            found_ids += ids.bared(fetched(connection, sql, where)["id"].cast(pa.string()).drop_null().to_pylist())
    return found_ids, heads
