"""Pairs: which customers are probably one person, by the model of Fellegi and Sunter (1969) as Splink fits it.

How often a field agrees among the same and among different people is learned from the table itself, without examples:
among different ones from pairs by chance, among the same by expectation maximisation.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features import scratch
from features.arrow import joined, literal, quoted, to_numpy
from features.extra import lacking
from features.identity.blocked import blocked
from features.matching.agreement import agreement, apart, comparison
from features.matching.blocks import LEARNED, Block, blocks, column, lessons, prior
from features.matching.field import LEAST, Field

CHANCE = 2_000_000
"""So many pairs by chance tell how often different people agree."""
SEED = 1


class CannotMatch(ValueError):
    """Nothing can be proposed: Splink is missing, or there is too little to learn from; the message says it."""


@dataclass(frozen=True)
class Matched:
    """Pairs that are probably one person."""

    one: NDArray[np.int64]
    """Places of customers; `one` is below `other`, shape (pairs,)."""
    other: NDArray[np.int64]
    probability: NDArray[np.float64]
    agreement: dict[str, NDArray[np.int64]]
    """By field: SAME, NEARLY, DIFFERS or UNKNOWN."""
    looked_at: list[list[str]]
    """Fields: of the pairs that agree in all of a list all were compared."""
    household: NDArray[np.bool_]
    """Whether of what is a person's own as much differs as agrees, as among twins, or father and son."""
    alike: int
    """How many pairs more are as probable by what a household shares alone: see `apart`."""


def require() -> None:
    """Look whether Splink is there.

    Raises:
        CannotMatch: it is not.
    """
    try:
        import splink  # noqa: F401
    except ModuleNotFoundError:
        raise CannotMatch(f"probable matches need Splink, {lacking('identity')}, and so does `make match`.") from None


def matched(values: Mapping[str, pa.Array], fields: Sequence[Field], least: float, memory: int) -> Matched:
    """Return the pairs of customers that are probably one person; equal values give equal pairs.

    Args:
        values: by name the attributes of each customer, text or float64; each of shape (customers,).
        fields: those that compare.
        least: the probability that a pair has or exceeds.
        memory: bytes that the database may take; what does not fit goes to disk.

    Raises:
        CannotMatch: Splink is missing, or there is too little to learn from.
    """
    require()
    with scratch.folder() as folder, duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '{memory // 2**20}MiB'; SET temp_directory = {literal(str(folder))}")
        connection.execute("SET threads = 1")  # sums in one order, so that equal values give equal pairs
        used = _customers(connection, values, fields)
        found = blocks(connection, used)
        return _scored(connection, used, found, least)


def _customers(
    connection: duckdb.DuckDBPyConnection, values: Mapping[str, pa.Array], fields: Sequence[Field]
) -> list[Field]:
    """Make the table `customers` of cleaned values; return the fields that tell anybody apart.

    Raises:
        CannotMatch: too few do.
    """
    connection.register("given", pa.table({field.name: values[field.name] for field in fields}))
    cleaned = ", ".join(
        f"{field.cleaned(pa.types.is_floating(values[field.name].type))} AS {quoted(field.name)}" for field in fields
    )
    table = connection.sql(f"SELECT {cleaned} FROM given").to_arrow_table()
    of_each = {field: _known(joined(table[field.name])) for field in fields}
    used = [field for field, own in of_each.items() if pc.count_distinct(own).as_py() > 1]
    if len(used) < LEAST:
        got = ", ".join(field.name for field in used) or "none"
        raise CannotMatch(f"attributes with different values are {got}; {LEAST} or more are needed to match by.")
    columns = {column(place): of_each[field] for place, field in enumerate(used)}
    size = table.num_rows
    connection.register("cleaned", pa.table({"unique_id": pa.array(np.arange(size))} | columns))
    connection.execute("CREATE TABLE customers AS SELECT * FROM cleaned ORDER BY unique_id")
    return used


def _known(values: pa.Array) -> pa.Array:
    """Return values without those that programs write where they know nothing."""
    return pc.if_else(pa.array(blocked(values.fill_null(""), ())), pa.scalar(None, pa.string()), values)


def _scored(
    connection: duckdb.DuckDBPyConnection, fields: Sequence[Field], found: Sequence[Block], least: float
) -> Matched:
    """Learn, and return the pairs of the blocks that are probable enough, the most probable first.

    Raises:
        CannotMatch: there is too little to learn from.
    """
    from splink import Linker, SettingsCreator, block_on
    from splink.backends.duckdb import DuckDBAPI
    from splink.internals.exceptions import SplinkException

    learned = lessons(found, fields)
    if not learned:
        raise CannotMatch(
            f"there is too little to learn from: at least {LEARNED} pairs of customers, and not too many, must agree in"
            f" something that is a person's own; got {_listed(found, fields) or 'none'}."
        )
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[comparison(column(place), field) for place, field in enumerate(fields)],
        blocking_rules_to_generate_predictions=[block_on(*block.columns) for block in found],
        probability_two_random_records_match=prior(connection, fields),
        retain_matching_columns=True,  # with them come the levels of agreement
        linker_uid="match",
    )
    logging.getLogger("splink").setLevel(logging.ERROR)
    api = DuckDBAPI(connection)
    try:
        linker = Linker(api.register(connection.sql("FROM customers")), settings, log_level=None)
        linker.training.estimate_u_using_random_sampling(max_pairs=CHANCE, seed=SEED)
        for block in learned:
            linker.training.estimate_parameters_using_expectation_maximisation(block_on(*block.columns))
        table = linker.inference.predict(threshold_match_probability=least).as_pyarrow_table()
    except SplinkException as error:
        raise CannotMatch(f"Splink cannot learn from these attributes: {error}") from None
    return _matched(table, fields, [[fields[place].name for place in block.fields] for block in found])


def _listed(found: Sequence[Block], fields: Sequence[Field]) -> str:
    return ", ".join(
        f"{' and '.join(fields[place].name for place in block.fields)} ({block.pairs:,} pairs)" for block in found
    )


def _matched(table: pa.Table, fields: Sequence[Field], looked_at: list[list[str]]) -> Matched:
    """Return Splink's pairs in order, but those of people who only live together."""
    ends = [to_numpy(table[name]).astype(np.int64) for name in ("unique_id_l", "unique_id_r")]
    one, other = np.minimum(*ends), np.maximum(*ends)
    probability = to_numpy(table["match_probability"]).astype(np.float64)
    levels = {field.name: agreement(table, column(place), field) for place, field in enumerate(fields)}
    alone, household = apart(np.array([levels[field.name] for field in fields if field.own]))
    order = np.lexsort((other, one, -probability))
    order = order[~alone[order]]
    ordered = {name: of[order] for name, of in levels.items()}
    return Matched(one[order], other[order], probability[order], ordered, looked_at, household[order], int(alone.sum()))
