"""Assignments: which customers chance gave which arm of an experiment, when, and how probable that was."""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features import scratch
from features.arrow import joined, to_numpy
from features.clock import FIRST, LAST
from features.consent.suppression import CUSTOMER
from features.dataset import Dataset, DatasetError, Source
from features.nearest import nearest
from features.sources.canonical import fetched, identifier, key, session
from features.sources.relation import Relation, column, opened
from features.sources.whose import PREFIX, called, identified

MOMENT, EXPERIMENT, ARM, PROBABILITY = "assigned_at", "experiment", "arm", "probability"
REQUIRED = (MOMENT, EXPERIMENT, ARM, PROBABILITY)
"""Beside what says who it was: `customer_id`, or identifiers where they are linked."""
REASONS = (
    "good",
    "the customer is missing",
    "the moment is missing, unreadable, or not in the years 1900 to 2199",
    "the arm is missing",
    "the probability is missing, no number, or not above 0 and at most 1",
    "the experiment is missing",
)
"""Why a row is not used; the position is the code, and of several reasons the first counts."""


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file, or a folder of them, with a row for each assignment; `columns` maps REQUIRED to the source's own."""

    path: str
    columns: dict[str, str]
    time_format: str = ""


@dataclass(frozen=True)
class Assignments:
    """Rows in the order of the files, all of shape (rows,)."""

    customers: pa.Array
    """What each is called as a customer, as events have it."""
    time: NDArray[np.int64]
    """Microseconds UTC."""
    experiment: pa.Array
    arm: pa.Array
    probability: NDArray[np.float64]
    """Of the arm that was given, when it was given."""
    unusable: Mapping[str, Mapping[str, int]]
    """By experiment, empty where it is missing, and by reason: how many rows are in none of the others."""

    @property
    def names(self) -> list[str]:
        """The experiments, sorted."""
        return sorted({*pc.unique(self.experiment).to_pylist(), *filter(None, self.unusable)})

    def of(self, experiment: str) -> "Assignments":
        """Return those of one experiment, with the unusable rows that may be of it."""
        own = pc.equal(self.experiment, experiment)
        rows = np.flatnonzero(to_numpy(own.cast(pa.uint8())))
        texts = (one.filter(own) for one in (self.customers, self.experiment, self.arm))
        customers, names, arm = texts
        unusable = {name: counts for name, counts in self.unusable.items() if name in {experiment, ""}}
        return Assignments(customers, self.time[rows], names, arm, self.probability[rows], unusable)


def tables(dataset: Dataset) -> tuple[Table, ...]:
    """Return what a dataset declares of assignments.

    Raises:
        DatasetError: a declaration is wrong; the message names the key and what is allowed.
    """
    found, kinds = [], dataset.identifiers
    for position, given in enumerate(dataset.assignments):
        where = f"dataset {dataset.name!r}: assignments[{position}]"
        try:
            table = msgspec.convert(given, Table)
        except msgspec.ValidationError as error:
            raise DatasetError(f"{where}: {error}") from None
        for name in table.columns:
            if name not in (allowed := (*kinds, *REQUIRED)):
                raise DatasetError(f"{where}.columns: got {name!r}.{nearest(name, allowed)}")
        for name in REQUIRED:
            if name not in table.columns:
                raise DatasetError(f"{where}.columns: {name!r} is required; got {sorted(table.columns)}.")
        if not any(kind in table.columns for kind in kinds):
            needed = f"{CUSTOMER!r} is required" if kinds == (CUSTOMER,) else f"one of {', '.join(kinds)} is needed"
            raise DatasetError(f"{where}.columns: {needed}; got {sorted(table.columns)}.")
        found.append(table)
    return tuple(found)


def read(dataset: Dataset) -> Assignments:
    """Return the assignments of a dataset; where it declares none, there are no rows.

    Who it was is read as events are: mail addresses and cleaned identifiers in small letters.

    Raises:
        DatasetError: a declaration is wrong, a file is missing or cannot be read, or lacks a column.
    """
    parts = [_SCHEMA.empty_table()]
    with scratch.folder() as folder, session(dataset.zone) as connection:
        for position, table in enumerate(tables(dataset)):
            where = f"dataset {dataset.name!r}: assignments[{position}]"
            source = Source(table.path, "", _read_as(table), time_format=table.time_format)
            every = opened(connection, dataset, source, folder, where).each
            parts += [_rows(connection, dataset, table, relation, where) for relation in every]
    rows = pa.concat_tables(parts)
    chance = rows[PROBABILITY]
    wrong = (
        pc.is_null(rows[CUSTOMER]),
        pc.invert(
            pc.fill_null(pc.and_(pc.greater_equal(rows[MOMENT], FIRST), pc.less_equal(rows[MOMENT], LAST)), False)
        ),
        pc.is_null(rows[ARM]),
        pc.invert(pc.fill_null(pc.and_(pc.greater(chance, 0), pc.less_equal(chance, 1)), False)),
        pc.is_null(rows[EXPERIMENT]),
    )
    reason = np.zeros(len(rows), np.int64)
    for code, each in reversed(list(enumerate(wrong, start=1))):
        reason[to_numpy(joined(each.cast(pa.uint8()))) == 1] = code
    good = rows.filter(pa.array(reason == 0))
    text = {name: joined(good[name]) for name in (CUSTOMER, EXPERIMENT, ARM)}
    return Assignments(
        text[CUSTOMER],
        to_numpy(joined(good[MOMENT])),
        text[EXPERIMENT],
        text[ARM],
        to_numpy(joined(good[PROBABILITY])),
        _counted(joined(rows[EXPERIMENT]), reason),
    )


_TEXTS = (CUSTOMER, EXPERIMENT, ARM)
_SCHEMA = pa.schema([*((name, pa.string()) for name in _TEXTS), (MOMENT, pa.int64()), (PROBABILITY, pa.float64())])


def _rows(
    connection: duckdb.DuckDBPyConnection, dataset: Dataset, table: Table, relation: Relation, where: str
) -> pa.Table:
    """Return what the rows of some files say, null where that is missing or cannot be read."""
    columns = table.columns
    for name, given in columns.items():
        column(relation, given, f"{where}.columns.{name}")
    kinds = [kind for kind in dataset.identifiers if kind in columns]
    who = {kind: identifier(kind, relation, columns[kind], (), f"{where}.columns.{kind}", dataset) for kind in kinds}
    named = {name: key(relation, columns[name], (), f"{where}.columns.{name}", "name") for name in (EXPERIMENT, ARM)}
    texts = ({PREFIX + kind: sql for kind, sql in who.items()} | named).items()
    told = ", ".join(f'CAST({sql} AS VARCHAR) AS "{name}"' for name, sql in texts)
    at, chance = relation.instant(columns[MOMENT]), relation.number(columns[PROBABILITY])
    sql = f"SELECT {told}, {at} AS {MOMENT}, {chance} AS {PROBABILITY} FROM {relation.sql}"
    rows = fetched(connection, sql, where)
    if dataset.identified:
        owner = called(identified(rows, dataset.identified), dataset.identifiers)
    else:
        owner = joined(rows[PREFIX + CUSTOMER])
    return rows.append_column(CUSTOMER, owner).select(_SCHEMA.names).cast(_SCHEMA)


def _counted(experiment: pa.Array, reason: NDArray[np.int64]) -> dict[str, dict[str, int]]:
    """Return how many rows are not used, by experiment and reason."""
    found: dict[str, dict[str, int]] = {}
    for row in np.flatnonzero(reason).tolist():
        own = found.setdefault(experiment[row].as_py() or "", {})
        own[REASONS[reason[row]]] = own.get(REASONS[reason[row]], 0) + 1
    return found


def _read_as(table: Table) -> dict[str, str]:
    """Return the columns by canonical names, by which their times and numbers are told."""
    names = {MOMENT: "occurred_at", PROBABILITY: "score"}
    return {names[name]: given for name, given in table.columns.items() if name in names}
