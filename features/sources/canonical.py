"""Canonical events: how DuckDB reads the columns of a business's own files."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import duckdb
import pyarrow as pa

from features.arrow import literal, quoted
from features.consent.consent import ADS
from features.dataset import Dataset, DatasetError, EventOf, Source
from features.log.event import MONEY, MOST_KINDS
from features.log.products import Products
from features.nearest import nearest
from features.sources import currency, ids, machine
from features.sources.batch import MEASURES, MOMENTS, NUMBERS, UNRATED, UNREADABLE, UNTOLD_KIND
from features.sources.categories import NO_PRODUCTS, categorised
from features.sources.expression import condition, number_of, unreadable
from features.sources.files.parts import ROW
from features.sources.files.told import trimmed
from features.sources.kinds import by_rules, by_values
from features.sources.relation import Relation, Relations, column, opened, text_from, translated

KEYS = ("event_id", "order_id", "product_id", "category", "store_id", "channel", "campaign_id")
Kind = Literal["id", "customer", "name"]
_KINDS: Mapping[str, Kind] = {"category": "name", "channel": "name"}
"""What keys are that are no ids of things."""
_TIMES = ("occurred_at", *MOMENTS)
_IN_QUOTES = r"""'(?s)^(["'']) *(.*?) *["'']$', '\2'"""
"""What a key in quotes is, and what it becomes."""
_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")


SIGNAL = "gpc"
"""The column of signals, beside those of events."""
UNTOLD_SIGNAL = 2
"""A signal of which nobody can tell what it says: it counts as one."""
OPTED_OUT_OF = ADS
"""The purpose that a signal opts out of."""


@dataclass(frozen=True)
class Canonical:
    """The rows of all sources of a dataset as canonical events."""

    sql: str
    """The SELECT of what `batch.Given` has, each row with its `source` and `row`."""
    sources: tuple[Relations, ...]


def canonical(
    connection: duckdb.DuckDBPyConnection, dataset: Dataset, folder: Path, products: Products = NO_PRODUCTS
) -> Canonical:
    """Open the sources of a dataset; copies of files that are easier to read are written into a folder.

    Events of a source without categories take those of their `products`.

    Raises:
        DatasetError: a file is missing or cannot be read, or a mapping names a column that its files lack.
    """
    selects, sources = [], []
    for position, source in enumerate(dataset.sources):
        where = f"dataset {dataset.name!r}: sources[{position}]"
        found = opened(connection, dataset, source, folder, where)
        sources.append(found)
        if source.currency is None and (amounts := [source.columns[name] for name in MONEY if name in source.columns]):
            counts = partial(_counts, source=source, where=where, dataset=dataset)
            currency.check(connection, found.each, amounts, counts, dataset.currency, where, source.priced_in)
        before = 0
        for relation in found.each:
            select = _select(relation, source, position, before, where, dataset)
            selects.append(categorised(connection, select, products) if dataset.of_products(source) else select)
            before += sum(table.rows for table in relation.part.tables)
    if dataset.consent and (name := dataset.consent.gpc):
        names = [known for source in sources for relation in source.each for known in relation.types]
        if name not in names:
            raise DatasetError(
                f"dataset {dataset.name!r}: consent.gpc: no source has a column {name!r}.{nearest(name, names)}"
            )
    return Canonical(" UNION ALL BY NAME ".join(selects), tuple(sources))


@contextmanager
def session(zone: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory, whose naive times are in `zone`."""
    with duckdb.connect() as connection:
        connection.execute(f"SET TimeZone = {literal(zone)}")
        # Casts that may fail must not be moved into the readers, where they would end everything.
        connection.execute("SET disabled_optimizers = 'type_pushdown'")
        try:
            yield connection
        except duckdb.Error as error:
            raise DatasetError(f"the sources cannot be read: {first_line(error)}") from None


def first_line(error: Exception) -> str:
    """Return the first line of an error's message."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def fetched(connection: duckdb.DuckDBPyConnection, sql: str, where: str) -> pa.Table:
    """Return what a query answers; `where` begins the message of a DatasetError."""
    try:
        return connection.sql(sql).to_arrow_table()
    except duckdb.Error as error:
        raise DatasetError(f"{where}: the sources cannot be read: {first_line(error)}") from None


def _select(relation: Relation, source: Source, position: int, before: int, where: str, dataset: Dataset) -> str:
    """Return the SELECT that gives a relation's columns the names and types of canonical events.

    A number that cannot be read is NaN and one of MOMENTS is UNREADABLE, so that they are not taken for missing.
    """
    columns = source.columns
    fields = {"source": f"{position}::BIGINT", "row": f"{quoted(ROW)} + {before}"}
    fields["kind"] = _kind(source.event, relation, where, dataset.codes)
    for name in (name for name in dataset.identifiers if name in columns):
        fields[name] = _identifier(name, relation, source, where, dataset)
    for name in (name for name in KEYS if name in columns):
        fields[name] = key(relation, columns[name], (), f"{where}.columns.{name}", _KINDS.get(name, "id"))
    fields |= {name: _instant(relation, columns[name], f"{where}.columns.{name}") for name in _TIMES if name in columns}
    for name in (name for name in MOMENTS if name in columns):
        given = text_from(relation, columns[name], f"{where}.columns.{name}")
        bad = f"CASE WHEN {given} IS NOT NULL THEN {UNREADABLE + 1} - 1 END"
        fields[name] = f"coalesce({fields[name]}, {bad})"
    for name in (name for name in (*NUMBERS, *MEASURES) if name in columns):
        fields[name] = _number(relation, columns[name], f"{where}.columns.{name}")
    if source.currency:
        fields |= _worth(fields, relation, source, where, dataset)
    if source.by_machine.where:
        fields["kind"] = machine.kind(source.by_machine.where, relation, fields["kind"], f"{where}.machine")
    if dataset.consent and dataset.consent.gpc in relation.types:
        fields[SIGNAL] = _signal(relation, dataset.consent.gpc)
    wanted, untold = filtered(relation, source.where, where)
    if untold != "false":
        fields["kind"] = f"(CASE WHEN {untold} THEN {UNTOLD_KIND} ELSE {fields['kind']} END)::UTINYINT"
    listed = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in fields.items())
    return f"SELECT {listed} FROM {relation.sql}{wanted}"


def _identifier(name: str, relation: Relation, source: Source, where: str, dataset: Dataset) -> str:
    return identifier(name, relation, source.columns[name], source.missing_ids, f"{where}.columns.{name}", dataset)


def identifier(name: str, relation: Relation, text: str, missing: Collection[str], where: str, dataset: Dataset) -> str:
    """Return SQL for one of a row's identifiers, cleaned as the dataset says.

    Args:
        name: its kind.
        relation: the rows.
        text: the column, or an expression.
        missing: what stands for no identifier.
        where: the beginning of an error's message.
        dataset: the declaration.
    """
    clean = dataset.identified.keys[name].clean if dataset.identified else ""
    kind: Kind = "id" if clean else "customer"  # where all becomes small, mail addresses need not be looked for
    found = key(relation, text, missing, where, kind)
    return f"lower(CAST({found} AS VARCHAR))" if clean else found


def _signal(relation: Relation, name: str) -> str:
    """Return SQL of whether a row holds a signal of Global Privacy Control: 0, 1, or UNTOLD_SIGNAL."""
    given = f"coalesce(lower(trim({text_from(relation, name, name)})), '')"
    no, yes = (", ".join(map(literal, words)) for words in (("", *machine.NO, "0.0", "nan"), (*machine.YES, "1.0")))
    return f"(CASE WHEN {given} IN ({no}) THEN 0 WHEN {given} IN ({yes}) THEN 1 ELSE {UNTOLD_SIGNAL} END)::UTINYINT"


def _counts(relation: Relation, source: Source, where: str, dataset: Dataset) -> str:
    """Return SQL of whether a row's money counts: it is there, and the row is wanted, known and no machine's."""
    amounts = [_number(relation, source.columns[name], where) for name in MONEY if name in source.columns]
    there = " OR ".join(f"({sql}) IS NOT NULL" for sql in amounts)
    kind = _kind(source.event, relation, f"{where}.event", dataset.codes)
    if source.by_machine.where:
        kind = machine.kind(source.by_machine.where, relation, kind, f"{where}.machine")
    held = filtered(relation, source.where, where)[0].removeprefix(" WHERE ") or "true"
    return f"({there}) AND {kind} <= {MOST_KINDS} AND ({held})"


def filtered(relation: Relation, text: str, where: str) -> tuple[str, str]:
    """Return SQL that keeps the rows of which a condition holds, or of which that cannot be told; and which those are.

    Raises:
        DatasetError: the text is no condition.
    """
    if not text:
        return "", "false"
    held = translated(lambda: condition(text, relation.types, relation.reader), f"{where}.where")
    untold = translated(lambda: unreadable(text, relation.types, relation.reader), f"{where}.where")
    return f" WHERE {held}" if untold == "false" else f" WHERE ({held} OR {untold})", untold


def _worth(
    fields: Mapping[str, str], relation: Relation, source: Source, where: str, dataset: Dataset
) -> dict[str, str]:
    """Return SQL for money in the dataset's currency; the kind of a row whose money has no rate says so."""
    assert source.currency is not None
    rate = currency.rate(relation, source.currency, dataset.currency, where)
    money = {name: fields[name] for name in MONEY if name in fields}
    if not money:
        return {}
    there = " OR ".join(f"({sql}) IS NOT NULL" for sql in money.values())
    kind = f"CASE WHEN {fields['kind']} < {UNRATED} AND {rate} IS NULL AND ({there})"
    kinds = f"({kind} THEN {UNRATED}::UTINYINT ELSE {fields['kind']} END)::UTINYINT"
    return {"kind": kinds} | {name: f"({sql}) * {rate}" for name, sql in money.items()}


def key(relation: Relation, text: str, missing: Collection[str], where: str, kind: Kind = "id") -> str:
    """Return SQL for a key: whole numbers as they are, text without blanks and quotes around it.

    Args:
        relation: the rows.
        text: the column, or an expression.
        missing: what stands for no key.
        where: the beginning of an error's message.
        kind: an id may not be NaN, which a name may be; the id of a customer may be a mail address.
    """
    if relation.types.get(text) in _INTEGERS and not missing:
        return quoted(text)
    given = text_from(relation, text, where)
    bare = trimmed(given)
    bare = f"CASE WHEN {bare}[1] IN ('\"', '''') THEN regexp_replace({bare}, {_IN_QUOTES}) ELSE {bare} END"
    if kind == "customer":
        bare = ids.customers_sql(f"({bare})")
    none = ("", *missing, *(ids.NAN if kind != "name" else ()))
    listed = ", ".join(literal(value) for value in none)
    careful = f"nullif({bare}, '')" if len(none) == 1 else f"CASE WHEN ({bare}) NOT IN ({listed}) THEN ({bare}) END"
    odd = [_ends_oddly(given), *(f"{given} = {literal(value)}" for value in none if value)]
    odd += [f"contains({given}, '@')"] if kind == "customer" else []
    return f"CASE WHEN {' OR '.join(odd)} THEN {careful} ELSE {given} END"


def _ends_oddly(given: str) -> str:
    """Return SQL of whether something may have to be taken off a text, NULL where there is none.

    It is told at a glance and holds for few. A null must not make the row one of those that are looked at with care.
    """
    return f"NOT ({given} >= '(' AND {given} < chr(127) AND ascii({given}[-1]) BETWEEN ascii('!') AND ascii('~'))"


def _instant(relation: Relation, text: str, where: str) -> str:
    """Return SQL for a time in microseconds UTC."""
    if text in relation.part.readings:
        return relation.part.value(text)
    return relation.instant(column(relation, text, where))


def _number(relation: Relation, text: str, where: str) -> str:
    """Return SQL for a number; one that is there and cannot be read is NaN."""
    if relation.types.get(text) in _INTEGERS:
        return f"{quoted(text)}::BIGINT"
    value = translated(lambda: number_of(text, relation.types, relation.reader), where)
    bad = value.unreadable
    # Whether there is something that cannot be read is asked only where there is no number, which costs far less.
    return value.sql if bad == "false" else f"coalesce({value.sql}, CASE WHEN {bad} THEN 'nan'::DOUBLE END)"


def _kind(event: str | EventOf, relation: Relation, where: str, codes: Mapping[str, int]) -> str:
    """Return SQL for the code of a row's kind."""
    if isinstance(event, str):
        return f"{codes[event]}::UTINYINT"
    types, reader = relation.types, relation.reader
    if event.when:
        return translated(lambda: by_rules(event.when, types, reader, codes), f"{where}.event")
    if event.column.isidentifier():
        column(relation, event.column, f"{where}.event.column")
    ignored = event.ignored
    return translated(lambda: by_values(event.column, event.values, types, reader, ignored, codes), f"{where}.event")
