"""A table file as a trial: one row a customer, with arm, probability, outcome and what was known before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.arrow import to_numpy
from features.nearest import nearest
from training.uplift.trial import Floats, Ints, NoTrial, Trial

MOST_VALUES = 30
"""A text with more values is no feature."""
ALL = "all"
"""The segment of everybody where nobody says another."""


@dataclass(frozen=True)
class Columns:
    """Which columns of a table say what."""

    arm: str
    outcome: str
    features: tuple[str, ...]
    """What was known at the assignment: named one by one, since a column of later would tell the outcome."""
    probability: str = ""
    """Of the arm that was given, as it was logged."""
    shares: Mapping[str, float] | None = None
    """By arm, where the probabilities were the same for all and are not logged by row."""
    segment: str = ""
    control: str = ""
    """The arm that effects are told against; empty: the first by name."""


def read(path: Path) -> pa.Table:
    """Return a CSV or Parquet file.

    Raises:
        NoTrial: it is missing, or cannot be read.
    """
    import pyarrow.csv
    import pyarrow.parquet

    try:
        return pyarrow.parquet.read_table(path) if path.suffix == ".parquet" else pyarrow.csv.read_csv(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise NoTrial(
            f"{path}: it cannot be read ({str(error).splitlines()[0]}); CSV and Parquet are allowed."
        ) from None


def trial(table: pa.Table, columns: Columns) -> Trial:
    """Return the trial of a table.

    Raises:
        NoTrial: there is no such column, a value is missing, or nobody says how probable arms were.
    """
    wanted = [columns.arm, columns.outcome, columns.probability, columns.segment, *columns.features]
    for name in filter(None, wanted):
        if name not in table.column_names:
            raise NoTrial(f"there is no column {name!r}.{nearest(name, table.column_names)}")
    if not len(table):
        raise NoTrial("the table has no row; one for each customer is needed.")
    told = (columns.arm, columns.outcome, columns.probability)
    for where, name in (*(("features", one) for one in columns.features), ("segment", columns.segment)):
        if name and name in told:
            raise NoTrial(
                f"{where}: got {name!r}, which is the arm, the outcome or the probability, and would tell it."
            )
    if not columns.features:
        raise NoTrial("features: got none; at least one column that was known at the assignment is needed.")
    names, arm = _coded(table, columns.arm)
    if columns.control and columns.control not in names:
        raise NoTrial(f"control: got {columns.control!r}; arms are {', '.join(names)}.")
    arms, arm = _first(names, arm, columns.control or names[0])
    probability = _probability(table, columns, arms, arm)
    segments, segment = _coded(table, columns.segment) if columns.segment else ((ALL,), np.zeros(len(table), np.int64))
    features = [pair for name in columns.features for pair in _features(table, name)]
    x = np.column_stack([values for _, values in features]).astype(np.float32)
    y = _numbers(table, columns.outcome)
    return Trial(arms, arm, probability, y, tuple(name for name, _ in features), x, segments, segment)


def _first(names: tuple[str, ...], codes: Ints, first: str) -> tuple[tuple[str, ...], Ints]:
    """Return names, and codes of them, with one name before the others."""
    order = (first, *(name for name in names if name != first))
    return order, np.array([order.index(name) for name in names], np.int64)[codes]


def _coded(table: pa.Table, name: str) -> tuple[tuple[str, ...], Ints]:
    """Return the values of a column as text, sorted, and each row's place among them."""
    text = pc.cast(table[name], pa.string()).combine_chunks()
    if text.null_count:
        raise NoTrial(f"column {name!r}: got {text.null_count} rows without a value; none is allowed.")
    values = sorted(pc.unique(text).to_pylist())
    return tuple(values), to_numpy(pc.index_in(text, pa.array(values, pa.string()))).astype(np.int64)


def _numbers(table: pa.Table, name: str) -> Floats:
    try:
        column = pc.cast(table[name], pa.float64()).combine_chunks()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise NoTrial(f"column {name!r}: got {table[name].type}; numbers are needed.") from None
    return to_numpy(pc.fill_null(column, float("nan"))).astype(np.float64)


def _probability(table: pa.Table, columns: Columns, arms: Sequence[str], arm: Ints) -> Floats:
    if columns.probability:
        return _numbers(table, columns.probability)
    shares = columns.shares
    if not shares:
        raise NoTrial("probability: got none; a column of it, or the share of each arm, is needed: nothing is guessed.")
    if sorted(shares) != sorted(arms):
        raise NoTrial(f"shares: got those of {', '.join(shares)}; arms are {', '.join(arms)}.")
    if abs(sum(shares.values()) - 1) > 1e-3:  # noqa: PLR2004  thirds are written in few digits
        raise NoTrial(f"shares: got {sum(shares.values()):g} together; 1 is allowed.")
    return np.array([shares[name] for name in arms])[arm]


def _features(table: pa.Table, name: str) -> list[tuple[str, NDArray[np.float64]]]:
    """Return a column as features: numbers as they are, text as one column for each value, missing ones of no value."""
    column = table[name]
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return [(name, _numbers(table, name))]
    values = sorted(value for value in pc.unique(column).to_pylist() if value is not None)
    if len(values) > MOST_VALUES:
        raise NoTrial(f"column {name!r}: got {len(values)} texts; at most {MOST_VALUES} are a feature.")
    return [
        (
            f"{name}={value}",
            to_numpy(pc.cast(pc.fill_null(pc.equal(column, value), False), pa.float64()).combine_chunks()),
        )
        for value in values
    ]
