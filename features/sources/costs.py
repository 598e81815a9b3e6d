"""Costs: what was spent by day, for acquisition, on a campaign or on a channel, beside what each contact costs."""

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Any

import duckdb
import msgspec
import numpy as np
from numpy.typing import NDArray

from features import scratch
from features.arrow import quoted, to_numpy
from features.clock import FIRST, LAST
from features.dataset import Currency, Dataset, DatasetError, Source
from features.nearest import nearest
from features.sources import batch, currency
from features.sources.canonical import fetched, filtered, key, session
from features.sources.files.parts import ROW
from features.sources.relation import Relation, column, opened

ACQUISITION, CAMPAIGN, CHANNEL = "acquisition", "campaign_id", "channel"
REQUIRED = ("day", "amount")
ALLOWED = (*REQUIRED, CAMPAIGN, CHANNEL)

REASONS = (
    "good",
    "the day is missing, unreadable, or not in the years 1900 to 2199",
    "the amount is missing, no number below 2.5e11, or in a currency without a rate",
    "whether `where` or `acquisition` holds cannot be told",
)
"""Why a row is not used; the position is the code, and of several reasons the first counts."""


class CostTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file, or a folder of them, with a row for what was spent on a day.

    `columns` maps `day` and `amount`, and perhaps `campaign_id` and `channel`, on which it was spent.
    """

    path: str
    columns: dict[str, str]
    acquisition: bool | str = False
    """Whether it was spent to win customers: all of it, or where a condition on columns holds."""
    where: str = ""
    decimal: str | None = None
    time_format: str = ""
    encoding: str = ""
    rows: str = ""
    currency: Currency | None = None


@dataclass(frozen=True)
class Costs:
    """What was spent; all of shape (rows,). What is for acquisition is for nothing else."""

    day: NDArray[np.int64]
    """When the day began, in microseconds UTC."""
    amount: NDArray[np.float64]
    """In units of the dataset's currency."""
    acquisition: NDArray[np.bool_]
    campaign: tuple[str | None, ...]
    channel: tuple[str | None, ...]
    notes: tuple[str, ...] = ()
    """What is to be told of rows that are not used."""

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self.day.size)


NO_COSTS = Costs(np.empty(0, np.int64), np.empty(0), np.empty(0, np.bool_), (), ())


def read(dataset: Dataset) -> Costs:
    """Read the tables of costs, as those of products are read: encodings, decimals, times and currencies.

    Rows that cannot be used are counted and told; they stop no good row.

    Raises:
        DatasetError: a table is not declared as is allowed, or a file is missing or cannot be read.
    """
    found = [_table(dataset, position, given) for position, given in enumerate(dataset.costs)]
    if not found:
        return NO_COSTS
    day, amount, won = (
        np.concatenate([getattr(one, name) for one in found]) for name in ("day", "amount", ACQUISITION)
    )
    campaign, channel = (sum((getattr(one, name) for one in found), ()) for name in ("campaign", "channel"))
    return Costs(day, amount, won, campaign, channel, sum((one.notes for one in found), ()))


def declared(given: dict[str, Any], where: str) -> CostTable:
    """Return a table as it is declared.

    Raises:
        DatasetError: it is not declared as is allowed.
    """
    for name in given:
        if name not in (allowed := CostTable.__struct_fields__):
            raise DatasetError(f"{where}: unknown key {name!r}.{nearest(name, allowed)}")
    try:
        table = msgspec.convert(given, CostTable)
    except msgspec.ValidationError as error:
        raise DatasetError(f"{where}: {error}") from None
    if table.decimal not in (None, ".", ","):
        raise DatasetError(f"{where}.decimal: got {table.decimal!r}; '.' and ',' are allowed.")
    for name in table.columns:
        if name not in ALLOWED:
            raise DatasetError(f"{where}.columns: got {name!r}.{nearest(name, ALLOWED)}")
    for name in REQUIRED:
        if name not in table.columns:
            raise DatasetError(f"{where}.columns: {name!r} is required; got {sorted(table.columns)}.")
    return table


def _table(dataset: Dataset, position: int, given: dict[str, Any]) -> Costs:
    where = f"dataset {dataset.name!r}: costs[{position}]"
    table = declared(given, where)
    named = {"valid_from": table.columns["day"], "amount": table.columns["amount"]}
    source = Source(
        table.path,
        "",
        named,
        None,
        table.where,
        table.decimal,  # type: ignore[arg-type]  # it is one of both
        table.time_format,
        table.encoding,
        table.rows,
    )
    with scratch.folder() as folder, session(dataset.zone) as connection:
        opens = opened(connection, dataset, source, folder, where)
        if table.currency is None:
            own = partial(_counts, table=table, where=where)
            currency.check(connection, opens.each, [table.columns["amount"]], own, dataset.currency, where)
        return _rows(connection, dataset, table, opens.each, where)


def _counts(relation: Relation, table: CostTable, where: str) -> str:
    """Return SQL of whether a row is wanted, so that its currency counts."""
    return filtered(relation, table.where, where)[0].removeprefix(" WHERE ") or "true"


def _rows(
    connection: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    table: CostTable,
    relations: tuple[Relation, ...],
    where: str,
) -> Costs:
    """Return the rows of a table that can be used, and what is to be told of the others."""
    selects = " UNION ALL ".join(_select(one, dataset, table, where) for one in relations)
    rows = fetched(connection, selects, where)
    reasons = to_numpy(rows["reason"])
    good = rows.filter(reasons == 0)
    won = to_numpy(good[ACQUISITION]) == 1
    campaign, channel = (tuple(good[name].to_pylist()) for name in (CAMPAIGN, CHANNEL))
    counts = Counter(reasons[reasons > 0].tolist())
    shown = {code: rows["shown"][int(np.argmax(reasons == code))].as_py() for code in counts}
    notes = tuple(
        f"costs: {count:,} rows of {table.path} are not used: {REASONS[code]} (such as {shown[code]!r})"
        for code, count in sorted(counts.items())
    )
    return Costs(to_numpy(good["day"]), to_numpy(good["amount"]), won, campaign, channel, notes)


def _select(relation: Relation, dataset: Dataset, table: CostTable, where: str) -> str:
    """Return SQL that reads rows: the reason, what they say, and what to show of one that cannot be used."""
    columns = table.columns
    for name, given in columns.items():
        column(relation, given, f"{where}.columns.{name}")
    day, number = relation.instant(columns["day"]), relation.number(columns["amount"])
    rate = currency.rate(relation, table.currency, dataset.currency, where) if table.currency else "1"
    amount = f"(({number}) * {rate})::DOUBLE"
    wanted, untold = filtered(relation, table.where, where)
    won, unknown = ("true" if table.acquisition else "false"), "false"
    if isinstance(table.acquisition, str):
        held, unknown = filtered(relation, table.acquisition, f"{where}.acquisition")
        won = f"coalesce({held.removeprefix(' WHERE ') or 'false'}, false)"
    bad = (
        f"NOT coalesce({day} BETWEEN {FIRST} AND {LAST}, false)",
        f"NOT coalesce(abs({amount}) < {batch.LARGEST_MONEY}, false)",
        f"({untold}) OR ({unknown})",
    )
    cases = " ".join(f"WHEN {one} THEN {code}" for code, one in enumerate(bad, start=1))
    keys = {
        name: f"CAST({key(relation, columns[name], (), where, 'name') if name in columns else 'NULL'} AS VARCHAR)"
        for name in (CAMPAIGN, CHANNEL)
    }
    shown = f"concat_ws(' ', {quoted(columns['day'])}, {quoted(columns['amount'])})"
    return (
        f"SELECT (CASE {cases} ELSE 0 END)::UTINYINT AS reason, coalesce({day}, 0)::BIGINT AS day, {amount} AS amount,"
        f" ({won})::UTINYINT AS acquisition, {keys[CAMPAIGN]} AS campaign_id, {keys[CHANNEL]} AS channel,"
        f" {shown} AS shown, {quoted(ROW)} AS number FROM {relation.sql}{wanted}"
    )
