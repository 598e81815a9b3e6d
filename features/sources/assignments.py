"""Assignments: which customers chance gave which arm of an experiment, when, and how probable that was."""

from dataclasses import dataclass

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features import scratch
from features.arrow import to_numpy
from features.dataset import Dataset, DatasetError, Source
from features.nearest import nearest
from features.sources.canonical import fetched, key, session
from features.sources.relation import column, opened

COLUMNS = ("customer_id", "assigned_at", "experiment", "arm", "probability")
TEXTS = ("customer_id", "experiment", "arm")


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file, or a folder of them, with a row for each assignment; `columns` maps COLUMNS to the source's own."""

    path: str
    columns: dict[str, str]
    time_format: str = ""


@dataclass(frozen=True)
class Assignments:
    """Rows in the order of the files, all of shape (rows,)."""

    customers: pa.Array
    """Ids as text, as events have them."""
    time: NDArray[np.int64]
    """Microseconds UTC."""
    experiment: pa.Array
    arm: pa.Array
    probability: NDArray[np.float64]
    """Of the arm that was given, when it was given."""
    unusable: int
    """Rows that lack a value, or whose probability is not above 0 and at most 1: they are in none of the others."""


def tables(dataset: Dataset) -> tuple[Table, ...]:
    """Return what a dataset declares of assignments.

    Raises:
        DatasetError: a declaration is wrong; the message names the key and what is allowed.
    """
    found = []
    for position, given in enumerate(dataset.assignments):
        where = f"dataset {dataset.name!r}: assignments[{position}]"
        try:
            table = msgspec.convert(given, Table)
        except msgspec.ValidationError as error:
            raise DatasetError(f"{where}: {error}") from None
        for name in table.columns:
            if name not in COLUMNS:
                raise DatasetError(f"{where}.columns: got {name!r}.{nearest(name, COLUMNS)}")
        for name in COLUMNS:
            if name not in table.columns:
                raise DatasetError(f"{where}.columns: {name!r} is required; got {sorted(table.columns)}.")
        found.append(table)
    return tuple(found)


def read(dataset: Dataset) -> Assignments:
    """Return the assignments of a dataset; where it declares none, there are no rows.

    Raises:
        DatasetError: a declaration is wrong, a file is missing or cannot be read, or lacks a column.
    """
    parts = [_SCHEMA.empty_table()]
    with scratch.folder() as folder, session(dataset.zone) as connection:
        for position, table in enumerate(tables(dataset)):
            where = f"dataset {dataset.name!r}: assignments[{position}]"
            source = Source(table.path, "", _read_as(table), time_format=table.time_format)
            for relation in opened(connection, dataset, source, folder, where).each:
                for name, given in table.columns.items():
                    column(relation, given, f"{where}.columns.{name}")
                ids = {name: key(relation, table.columns[name], (), where) for name in TEXTS}
                texts = ", ".join(f"CAST({own} AS VARCHAR) AS {name}" for name, own in ids.items())
                at = relation.instant(table.columns["assigned_at"])
                chance = relation.number(table.columns["probability"])
                sql = f"SELECT {texts}, {at} AS assigned_at, {chance} AS probability FROM {relation.sql}"
                parts.append(fetched(connection, sql, where).select(COLUMNS).cast(_SCHEMA))
    rows = pa.concat_tables(parts).combine_chunks()
    chance = rows["probability"]
    good = pc.and_(pc.greater(chance, 0), pc.less_equal(chance, 1))
    for name in COLUMNS:
        good = pc.and_(good, pc.is_valid(rows[name]))
    kept = rows.filter(pc.fill_null(good, False)).combine_chunks()
    text = {name: pa.concat_arrays([pa.array([], pa.string()), *kept[name].chunks]) for name in TEXTS}
    time = np.concatenate([np.empty(0, np.int64), *map(to_numpy, kept["assigned_at"].chunks)])
    probability = np.concatenate([np.empty(0), *map(to_numpy, kept["probability"].chunks)])
    return Assignments(
        text["customer_id"],
        time,
        text["experiment"],
        text["arm"],
        probability,
        len(rows) - len(kept),
    )


_SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()),
        ("assigned_at", pa.int64()),
        ("experiment", pa.string()),
        ("arm", pa.string()),
        ("probability", pa.float64()),
    ]
)


def _read_as(table: Table) -> dict[str, str]:
    """Return the columns by canonical names, by which their times and numbers are told."""
    names = {"assigned_at": "occurred_at", "probability": "score"}
    return {names[name]: given for name, given in table.columns.items() if name in names}
