"""Scored: everybody's segments at the ends of months out of tables of scores, one for each month; no event is read."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features import clock
from features.arrow import joined, quoted, to_numpy
from features.dataset import Dataset
from training.bundle.bundle import Bundle
from training.migration.membership import OUTSIDE, Membership
from training.migration.months import Month, NoMonths, months
from training.scored import rows
from training.scored.known import Known
from training.scored.table import OWN, SCORES, Table, Unfit
from training.targets.column import AS_OF, CUSTOMER, SEGMENT

_NUMBER = "habitus month"
_TOGETHER = 1 << 17
"""Rows that are looked at together."""


def by_month(tables: Sequence[Table], dataset: Dataset) -> dict[Month, Table]:
    """Return tables by the months at whose ends they ask about everybody, the oldest first; none is missing between.

    Raises:
        Unfit: one is of another moment, two are of one, a month is missing, or nobody can tell how far back is looked.
    """
    zone = ZoneInfo(dataset.zone)
    if dataset.retention is not None:
        raise Unfit(f"{SCORES}: consent.retention_days says which months are kept, which events tell: leave it out.")
    if own := next((one for one in tables if one.as_of == OWN), None):
        raise Unfit(f"{SCORES}: {own.path} is as of {OWN}; the end of a month is allowed, such as AS_OF=2026-02-01.")
    found = {clock.parse(one.as_of, ZoneInfo("UTC")): one for one in tables}
    if len(found) != len(tables):
        raise Unfit(f"{SCORES}: {len(tables)} tables are as of {len(found)} moments; one for each month is allowed.")
    try:
        every = months(min(found) - 1, max(found), zone)
    except NoMonths:
        every = ()
    ends = {month.as_of for month in every}
    if odd := sorted(found.keys() - ends):
        raise Unfit(f"{SCORES}: {found[odd[0]].path} is as of {clock.iso(odd[0], zone)}, which ends no month.")
    if missing := [month for month in every if month.as_of not in found]:
        then = clock.iso(missing[0].as_of, zone)[:10]
        raise Unfit(f"{SCORES}: there is no table of {missing[0].name}: make score AS_OF={then}.")
    late = next((one for moment, one in found.items() if moment > clock.parse(one.base, ZoneInfo("UTC"))), None)
    if late:
        raise Unfit(f"{SCORES}: {late.path} is as of {late.as_of}, and the data end at {late.base}.")
    return {month: found[month.as_of] for month in every}


def membership(
    bundle: Bundle, tables: dict[Month, Table], beside: Known, now: int, memory: int
) -> Iterator[Membership]:
    """Yield in which segments customers were, some whole customers at a time, in the order of their ids.

    Args:
        bundle: the one that the tables are of.
        tables: by month.
        beside: who is told of at all.
        now: what the clock shows.
        memory: bytes that the process may take.

    Raises:
        Unfit: a table cannot be read, or has rows that it may not have.
    """
    listed = ", ".join(quoted(SEGMENT.format(one.name)) for one in bundle.segmenters)
    each = f"SELECT {CUSTOMER}::VARCHAR AS {CUSTOMER}, epoch_us({AS_OF}) AS {AS_OF}, {listed}"
    parts = (f"{each}, {nth} AS {quoted(_NUMBER)} FROM {rows.read_sql(one)}" for nth, one in enumerate(tables.values()))
    sql = f"{' UNION ALL '.join(parts)} ORDER BY {CUSTOMER} NULLS FIRST"
    with rows.session(memory) as connection:
        kept: pa.Table | None = None
        try:
            for batch in connection.sql(sql).to_arrow_reader(_TOGETHER):
                some = pa.Table.from_batches([batch])
                some = pa.concat_tables([kept, some]) if kept is not None else some
                begin = _last(some)
                kept = some.slice(begin)
                if begin:
                    yield _of(bundle, tables, beside.told(some.slice(0, begin), now))
        except duckdb.Error as error:
            raise rows.unreadable(next(iter(tables.values())), error) from None
        if kept is not None:
            yield _of(bundle, tables, beside.told(kept, now))


def _last(some: pa.Table) -> int:
    """Return where the rows of the last customer begin."""
    ids = some[CUSTOMER]
    if ids.null_count:
        raise Unfit(f"{SCORES}: {ids.null_count:,} rows have no {CUSTOMER}.")
    begin, last = int(some.num_rows) - 1, ids[-1]
    while begin and ids[begin - 1] == last:
        begin -= 1
    return begin


def _of(bundle: Bundle, tables: dict[Month, Table], some: pa.Table) -> Membership:
    """Return the segments of whole customers."""
    every, of = tuple(tables), list(tables.values())
    coded = joined(some[CUSTOMER]).dictionary_encode()
    owner, number = to_numpy(coded.indices.cast(pa.int64())), to_numpy(joined(some[_NUMBER]).cast(pa.int64()))
    _require(owner, number, to_numpy(joined(some[AS_OF])), every, of)
    found = {}
    for one in bundle.segmenters:
        places = np.full((len(coded.dictionary), len(every)), OUTSIDE, np.int16)
        places[owner, number] = rows.places(one, some, of[0])
        found[one.name] = places
    return Membership(coded.dictionary, every, found)


def _require(
    owner: NDArray[np.int64],
    number: NDArray[np.int64],
    as_of: NDArray[np.int64],
    every: Sequence[Month],
    of: Sequence[Table],
) -> None:
    """Refuse customers who stand twice in a table, and rows of another moment than the table says.

    Raises:
        Unfit: there are some.
    """
    cell = owner * len(every) + number
    if np.unique(cell).size != cell.size:
        first = np.flatnonzero(np.bincount(cell) > 1)[0] % len(every)
        raise Unfit(f"{SCORES}: {of[first].path} has several rows of one customer; one for each is allowed.")
    moments = np.array([month.as_of for month in every], np.int64)
    if (odd := as_of != moments[number]).any():
        wrong = of[number[np.flatnonzero(odd)[0]]]
        raise Unfit(f"{SCORES}: {wrong.path} has rows of another moment than {wrong.as_of}.")
