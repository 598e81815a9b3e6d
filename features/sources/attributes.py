"""Attributes: what is known of a customer from a date on, such as region or consent.

Profiles and rules look them up. No feature sees them: in a panel they tell customers apart, and predictions get worse.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features import scratch
from features.arrow import joined, literal, quoted, to_numpy
from features.clock import FIRST, LAST
from features.consent.suppression import CUSTOMER, NOBODY, Suppression
from features.dataset import AttributeTable, Dataset, HistoryTable, Source
from features.identity.people import People
from features.log.history import EVER, History, at
from features.sources import batch, cleaned, currency, rejects, values
from features.sources.canonical import Kind, fetched, filtered, key, session
from features.sources.files.parts import ROW
from features.sources.relation import Relation, Relations, Where, column, opened, text_from
from features.sources.whose import PREFIX, Beside, called, identified, of_people

REASONS = (
    "good",
    "attributes: customer_id is missing",
    "attributes: valid_from is unreadable, or not in the years 1900 to 2199",
    "attributes: a number is infinite",
    "attributes: whether `where` holds cannot be told: a value that it asks for is unreadable",
    "attributes: an earlier row of the customer has the same valid_from and other values",
)
"""Why a row is kept aside; the position is the code, and of several reasons the first counts."""

NOT_A_ROW = f"attributes: {batch.NOT_A_ROW}"


KINDS = {"string": "text", "double": "number", "bool": "yes or no"}
"""The types that attributes have, and how a person calls them."""

_OTHER = len(REASONS) - 1
_REASON = "habitus reason"
"""A column beside ROW; no attribute can have its name."""
_COLUMN, _VALUE = "habitus column", "habitus value"
"""What is at fault in a row that cannot be used, and what stands there."""
_KEY = 4
"""The place of the id's column, behind ROW, the reason, and what is at fault."""
_KIND: Mapping[str, Kind] = {"customer_id": "customer", "product_id": "id"}
_NUMBERS = ("number", "money")
_NUMERIC = {"FLOAT", "DOUBLE"} | {f"{u}{size}INT" for u in ("", "U") for size in ("TINY", "SMALL", "BIG", "HUGE")}
_NUMERIC |= {"INTEGER", "UINTEGER"}
_PLAIN = r"[-+]?(0|[1-9][0-9]*)([.,][0-9]+)?"
"""Text that is a number, and no code: those may begin with zeros."""


Allowed = Callable[[pa.ChunkedArray], pa.Array]
"""Tells of rows, by whose they are, which may be read at all."""
Allows = Callable[[str, pa.Array], NDArray[np.bool_]]
"""Tells of customers, by their ids, who allows now what a purpose is for; shape (customers,)."""


def nobody(purpose: str, customers: pa.Array) -> NDArray[np.bool_]:  # noqa: ARG001
    """Return that no customer allows anything: what holds of sensitive attributes where no answer is known."""
    return np.zeros(len(customers), np.bool_)


@dataclass(frozen=True)
class Attributes:
    """The attributes of a dataset; each is in one of its tables."""

    histories: tuple[History, ...] = ()
    beside: tuple[Beside, ...] = ()
    """The identifiers that stand in one row, where identifiers are linked."""
    sensitive: frozenset[str] = frozenset()
    """Those that are looked at only of customers who allow the purpose of the same name."""
    allows: Allows = nobody
    """Who does; permission is that of now, whatever moment is asked about."""
    born: frozenset[str] = frozenset()
    """Those that are kept as dates of birth, and told as the age at the moment."""
    refused: int = 0
    """How many rows are of erased people."""

    @property
    def names(self) -> tuple[str, ...]:
        """The attributes, in the order of their declaration."""
        return tuple(name for history in self.histories for name in history.columns)

    def at(self, customers: pa.Array | Sequence[str], as_of: int | NDArray[np.int64]) -> pa.Table:
        """Return what was known of customers before a moment: a row for each, null where nothing was known.

        Args:
            customers: their ids as text, in any order; unknown ones and repetitions are fine.
            as_of: microseconds UTC, for all or for each.

        Returns:
            `customer_id` as asked, then the attributes: text, float64 or bool. A sensitive one is null of whoever does
            not allow it.
        """
        ids = customers if isinstance(customers, pa.Array) else pa.array(customers, pa.string())
        found = at(self.histories, ids, as_of)
        found |= {name: cleaned.age(found[name], as_of) for name in self.born & found.keys()}
        for name in self.sensitive & found.keys():
            allowed = pa.array(self.allows(name, ids))
            found[name] = pc.if_else(allowed, found[name], pa.scalar(None, found[name].type))
        return pa.table({"customer_id": ids} | found)

    def of_people(self, people: People) -> "Attributes":
        """Return them by the customers that identifiers were linked into."""
        return replace(self, histories=tuple(of_people(history, people) for history in self.histories), beside=())


def read(dataset: Dataset, suppressed: Suppression = NOBODY) -> tuple[Attributes, pa.Table]:
    """Read the tables of attributes; return them, and the rejects as `source.read` does.

    In the rejects, `source` goes on counting after the sources of events. Suppressed customers' rows are counted.

    Raises:
        DatasetError: a file is missing or cannot be read, or a mapping names a column that its file lacks.
    """
    before, refused = len(dataset.sources), list[int]()

    def allowed(whose: pa.ChunkedArray) -> pa.Array:
        held = suppressed.holds(CUSTOMER, whose)
        refused.append(int(held.sum()))
        return pa.array(~held)

    found, beside, rejected = histories(dataset, "attributes", dataset.attributes, before, REASONS, NOT_A_ROW, allowed)
    born = {name for table in dataset.attributes for name, kind in table.clean.items() if kind == "birth_date"}
    sensitive = frozenset(dataset.consent.sensitive if dataset.consent else ())
    return Attributes(found, beside, sensitive, born=frozenset(born), refused=sum(refused)), rejected


def _all(whose: pa.ChunkedArray) -> pa.Array:
    return pa.array(np.ones(len(whose), np.bool_))


def histories(
    dataset: Dataset,
    named: str,
    tables: Sequence[HistoryTable],
    before: int,
    reasons: Sequence[str],
    not_a_row: str,
    allowed: Allowed = _all,
) -> tuple[tuple[History, ...], tuple[Beside, ...], pa.Table]:
    """Read some tables of a dataset; return what each tells, the identifiers in it, and the rejects of all.

    Args:
        dataset: whose they are.
        named: the key of the dataset file that lists them.
        tables: the declarations.
        before: how many sources and tables stand before them, after which `source` of the rejects goes on counting.
        reasons: why a row is kept aside, by the codes of REASONS.
        not_a_row: why a line is.
        allowed: which rows of a table may be read at all.

    Raises:
        DatasetError: a file is missing or cannot be read, or a mapping names a column that its file lacks.
    """
    found, besides = list[History](), list[Beside]()
    parts = [rejects.SCHEMA.empty_table()]
    if tables:
        with scratch.folder() as folder, session(dataset.zone) as connection:
            for position, table in enumerate(tables):
                where = f"dataset {dataset.name!r}: {named}[{position}]"
                history, beside, rejected = _history_of(connection, dataset, table, folder, where, allowed)
                found.append(history)
                besides += [beside] if beside else []
                parts.append(rejected.table(before + position, table.path, reasons, not_a_row))
    return tuple(found), tuple(besides), pa.concat_tables(parts)


@dataclass(frozen=True)
class Unclean:
    """Values of one column that are not of its kind."""

    column: str
    rows: NDArray[np.int64]
    """The numbers of their rows."""
    values: pa.ChunkedArray
    reason: str

    def table(self, source: int, path: str, found: Relations) -> pa.Table:
        """Return them as rejects."""
        count = self.rows.size
        tables, lines = found.places(self.rows)
        files = pa.array([one.file.name for one in found.tables], pa.string()).take(pa.array(tables))
        said = (pa.array([text] * count, pa.string()) for text in (self.column, self.reason))
        column, reason = said
        return rejects.rows(source, path, files, self.rows, lines, column, joined(self.values), reason)


@dataclass(frozen=True)
class Rejected:
    """Rows of a table that cannot be used."""

    found: Relations
    rows: pa.Table
    """Of each its number, its reason's code, what is at fault, and what stands there."""
    unclean: tuple[Unclean, ...] = ()
    """Values that are left out of rows that stay."""

    def table(self, source: int, path: str, reasons: Sequence[str], not_a_row: str) -> pa.Table:
        """Return them as rejects, with the reasons in words."""
        parts = [one.table(source, path, self.found) for one in self.unclean]
        return pa.concat_tables([_rejects(source, path, self.found, self.rows, reasons, not_a_row), *parts])


def _history_of(
    connection: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    table: HistoryTable,
    folder: Path,
    where: str,
    allowed: Allowed,
) -> tuple[History, Beside | None, Rejected]:
    """Return the history that a table tells, the identifiers in it where some are linked, and what cannot be used.

    Raises:
        DatasetError: a file is missing or cannot be read, or a mapping names a column that its file lacks.
    """
    if isinstance(table, AttributeTable) and table.clean:
        cleaned.require(list(table.clean.values()), f"{where}.clean")
    found, kinds = _opened(connection, dataset, table, folder, where)
    if table.worth is None and table.money:
        currency.check(
            connection, found.each, table.money, partial(_counts, table=table, where=where), dataset.currency, where
        )
    rates = [_rate(relation, table, dataset.currency, where) for relation in found.each]
    every, values = _rows(connection, table, found, kinds, rates, where), dict[str, pa.Array]()
    if table.identifiers and dataset.identified:
        values = identified(every, dataset.identified)
        every = _called(every, values, table.identifiers)
    kept = allowed(every.column(_KEY))
    every, values = every.filter(kept), {kind: of.filter(kept) for kind, of in values.items()}
    every, unclean = _cleaned(every, table)
    history, rows = _history(every, _whose(table)[0])
    good = np.flatnonzero(to_numpy(every[_REASON]) == 0)
    some = {kind: of.take(pa.array(good)) for kind, of in values.items()}
    beside = Beside(some, to_numpy(every["valid_from"])[good]) if values else None
    return history, beside, Rejected(found, rows, unclean)


def _whose(table: HistoryTable) -> list[str]:
    """Return the columns that say of whom or what a row speaks, the strongest identifier first."""
    return [table.columns[name] for name in (table.identifiers or (table.key,)) if name in table.columns]


def _called(rows: pa.Table, values: Mapping[str, pa.Array], kinds: Sequence[str]) -> pa.Table:
    """Return rows with what each one's strongest identifier is called in the place of the key; some may have none."""
    names = called(values, kinds)
    nobody = pc.and_(pc.is_null(names), pc.equal(joined(rows[_REASON]), 0))
    reasons = pc.if_else(nobody, pa.scalar(1, pa.uint8()), joined(rows[_REASON]))
    kept = rows.set_column(_KEY, rows.column_names[_KEY], names).drop_columns([PREFIX + kind for kind in values])
    return kept.set_column(1, _REASON, reasons)


def _cleaned(rows: pa.Table, table: HistoryTable) -> tuple[pa.Table, tuple[Unclean, ...]]:
    """Return a table's rows with values in one form, and what is none of its kind, of rows that can be used."""
    if not isinstance(table, AttributeTable):
        return rows, ()
    regions: pa.ChunkedArray | str = table.region
    unclean, good = [], pc.equal(rows[_REASON], 0)
    for name, kind in sorted(table.clean.items(), key=lambda one: one[1] != "country"):  # phones and postcodes need it
        values, wrong = cleaned.cleaned(kind, rows[name], regions)
        if kind == "country":
            regions = pa.chunked_array([values.fill_null(table.region)])
        told = rows.select([ROW, name]).filter(pc.and_(good, wrong))
        texts = pc.utf8_slice_codeunits(told[name].cast(pa.string()), 0, rejects.LONGEST)
        unclean.append(Unclean(table.columns[name], to_numpy(told[ROW]).astype(np.int64), texts, cleaned.INVALID[kind]))
        rows = rows.set_column(rows.column_names.index(name), name, values)
    return rows, tuple(unclean)


def _counts(relation: Relation, table: HistoryTable, where: str) -> str:
    """Return SQL of whether a row's amounts count: one is there, and the row is wanted."""
    there = " OR ".join(f"{_text(quoted(given))} IS NOT NULL" for given in table.money)
    held = filtered(relation, table.where, where)[0].removeprefix(" WHERE ") or "true"
    return f"({there}) AND ({held})"


def _rate(relation: Relation, table: HistoryTable, own: str, where: str) -> str:
    """Return SQL for what one of each row's currency is worth; 1 where nothing is said."""
    return currency.rate(relation, table.worth, own, where) if table.worth else "1"


def _opened(
    connection: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    table: HistoryTable,
    folder: Path,
    where: str,
) -> tuple[Relations, dict[str, str]]:
    """Return the rows of a table's files, and what each attribute is."""
    kinds: dict[str, str] = {}

    def numbers(having: Where) -> set[str]:
        kinds.update(_kinds(connection, table, having))
        return {table.columns[name] for name, kind in kinds.items() if kind in _NUMBERS}

    fixed = {table.key, "valid_from", *table.identifiers}
    known = {name: given for name, given in table.columns.items() if name in fixed}
    source = Source(
        table.path,
        "",
        known,
        table.join,
        table.where,
        table.decimal,
        table.time_format,
        table.encoding,
        table.rows,
        optional=table.optional,
    )
    return opened(connection, dataset, source, folder, where, numbers, table.columns.values()), kinds


def _rejects(
    source: int, path: str, found: Relations, rejected: pa.Table, reasons: Sequence[str], not_a_row: str
) -> pa.Table:
    rows, codes, columns, values_of = (joined(column) for column in rejected.columns)
    numbers = to_numpy(rows).astype(np.int64)
    tables, lines = found.places(numbers)
    files = pa.array([one.file.name for one in found.tables], pa.string()).take(pa.array(tables))
    said = pa.array(reasons, pa.string()).take(codes)
    own = rejects.rows(source, path, files, numbers, lines, columns, values_of, said)
    return pa.concat_tables([own, rejects.broken(source, path, found, not_a_row)])


def _rows(
    connection: duckdb.DuckDBPyConnection,
    table: HistoryTable,
    found: Relations,
    kinds: dict[str, str],
    rates: Sequence[str],
    where: str,
) -> pa.Table:
    """Return a table's rows in its files' order: number, reason's code, the key, `valid_from`, attributes."""
    selects, before = [], 0
    for relation, rate in zip(found.each, rates, strict=True):
        for name, given in table.columns.items():
            column(relation, given, f"{where}.columns.{name}")
        selects.append(_select(relation, table, kinds, rate, before, where))
        before += sum(one.rows for one in relation.part.tables)
    return fetched(connection, f"{' UNION ALL BY NAME '.join(selects)} ORDER BY 1", where)


def _select(relation: Relation, table: HistoryTable, kinds: dict[str, str], rate: str, before: int, where: str) -> str:
    values_of = {name: _value(relation, table.columns[name], kind) for name, kind in kinds.items()}
    values_of |= {name: f"({values_of[name]}) * {rate}" for name, kind in kinds.items() if kind == "money"}
    keys = [key(relation, own, (), where, _KIND[table.key]) for own in _whose(table)]
    since, bad_since = _since(relation, table.columns.get("valid_from"))
    wanted, untold = filtered(relation, table.where, where)
    bad = [
        " AND ".join(f"({one}) IS NULL" for one in keys),
        bad_since,
        " OR ".join(_unusable(table.columns[name], sql, kinds[name]) for name, sql in values_of.items()) or "false",
        untold,
    ]
    cases = " ".join(f"WHEN {reason} THEN {code}" for code, reason in enumerate(bad, start=1))
    fields = {ROW: f"{quoted(ROW)} + {before}", _REASON: f"(CASE {cases} ELSE 0 END)::UTINYINT"}
    fields |= _at_fault(relation, table, bad, {name: (values_of[name], kinds[name]) for name in kinds}, rate)
    fields |= {table.key: keys[0], "valid_from": since} | values_of
    kinds_of = [name for name in table.identifiers if name in table.columns]
    fields |= {PREFIX + name: f"CAST({one} AS VARCHAR)" for name, one in zip(kinds_of, keys, strict=False)}
    listed = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in fields.items())
    return f"SELECT {listed} FROM {relation.sql}{wanted}"


def _at_fault(
    relation: Relation, table: HistoryTable, bad: list[str], values_of: dict[str, tuple[str, str]], rate: str
) -> dict[str, str]:
    """Return SQL for the column at fault in a row that cannot be used, and for what stands there.

    Args:
        relation: the rows.
        table: the declaration.
        bad: SQL of the reasons, but the last one.
        values_of: SQL and kind of each attribute.
        rate: SQL of what one of the row's currency is worth.
    """
    suspects = [(bad[0], _whose(table)[0], "NULL")]
    if "valid_from" in table.columns:
        suspects.append((bad[1], table.columns["valid_from"], _text(quoted(table.columns["valid_from"]))))
    if table.worth:
        given = table.worth.column
        there = " OR ".join(f"{_text(quoted(one))} IS NOT NULL" for one in table.money)
        suspects.append((f"{rate} IS NULL AND ({there})", given, text_from(relation, given, "")))
    for name, (sql, kind) in values_of.items():
        given = table.columns[name]
        suspects.append((_unusable(given, sql, kind), given, f"CAST({quoted(given)} AS VARCHAR)"))
    if table.where:
        suspects += [(one.fault, one.column, one.value) for one in values.asked([table.where], relation)]
    told = [(fault, literal(column), text) for fault, column, text in suspects if fault != "false"]
    columns = " ".join(f"WHEN {fault} THEN {column}" for fault, column, _ in told)
    texts = " ".join(f"WHEN {fault} THEN {text}" for fault, _, text in told)
    return {
        _COLUMN: f"(CASE {columns} END)::VARCHAR",
        _VALUE: f"left((CASE {texts} END)::VARCHAR, {rejects.LONGEST})",
    }


def _unusable(given: str, sql: str, kind: str) -> str:
    """Return SQL that is true where a number is infinite, or money is none or too large."""
    if kind == "number":
        return f"coalesce(isinf({sql}), false)"
    if kind == "money":
        there = f"{_text(quoted(given))} IS NOT NULL AND lower({_text(quoted(given))}) != 'nan'"
        return f"({there} AND NOT coalesce(abs({sql}) < {batch.LARGEST_MONEY}, false))"
    return "false"


def _since(relation: Relation, given: str | None) -> tuple[str, str]:
    """Return SQL for `valid_from` in microseconds UTC, and SQL that is true where it cannot be read."""
    if given is None:
        return f"({EVER + 1} - 1)", "false"  # the smallest integer itself is too large before its sign
    there, instant = f"{_text(quoted(given))} IS NOT NULL", relation.instant(given)
    return (
        f"coalesce({instant}, {EVER + 1} - 1)",
        f"{there} AND NOT coalesce({instant} BETWEEN {FIRST} AND {LAST}, false)",
    )


def _text(name: str) -> str:
    """Return SQL that reads a column as text, NULL where it is blank."""
    return f"nullif(trim(CAST({name} AS VARCHAR), ' \t\n\r'), '')"


def _kinds(connection: duckdb.DuckDBPyConnection, table: HistoryTable, having: Where) -> dict[str, str]:
    """Return what each attribute is: its name or its type tells, and where that is text, all its values."""
    kinds = {name: table.fixed.get(name, "") for name in table.attributes}
    for name in (name for name in table.attributes if not kinds[name]):
        given = table.columns[name]
        found = having(given)
        of = {_kind(type_) for _, type_ in found}
        text = name in table.text or (isinstance(table, AttributeTable) and name in table.clean)
        kinds[name] = of.pop() if len(of) == 1 and not text else "text"
        if kinds[name] == "text" and found and not text:
            kinds[name] = _as_all_say(connection, found, given)
    return kinds


def _kind(type_: str) -> str:
    if type_ == "BOOLEAN":
        return "yes or no"
    return "number" if type_ in _NUMERIC or type_.startswith("DECIMAL") else "text"


def _as_all_say(connection: duckdb.DuckDBPyConnection, found: list[tuple[str, str]], given: str) -> str:
    """Return what a column of text is when all its values are looked at."""
    if any(type_ != "VARCHAR" for _, type_ in found):
        return "text"
    text = _text(quoted(given))
    tests = (f"lower({text}) IN ('true', 'false')", f"regexp_full_match({text}, '{_PLAIN}')")
    all_of = ", ".join(f"bool_and({test})" for test in tests)  # NULL, so neither, where nothing is known
    rows = " UNION ALL ".join(f"SELECT {quoted(given)} FROM {sql}" for sql, _ in found)
    ((truths, numbers),) = connection.sql(f"SELECT {all_of} FROM ({rows})").fetchall()
    return "yes or no" if truths else "number" if numbers else "text"


def _value(relation: Relation, given: str, kind: str) -> str:
    """Return SQL that reads a column as what it is."""
    name, type_ = quoted(given), relation.types[given]
    if kind == "key":
        return f"CAST({key(relation, given, (), given, 'name')} AS VARCHAR)"
    if type_.endswith("[]"):
        return f"nullif(array_to_string({name}, ', '), '')"
    if kind == "yes or no":
        return f"CAST({_text(name)} AS BOOLEAN)" if type_ != "BOOLEAN" else name
    if kind in _NUMBERS:
        number = relation.number(given)
        return f"CASE WHEN NOT isnan({number}) THEN {number} END"
    return _text(name)


def _history(table: pa.Table, given: str) -> tuple[History, pa.Table]:
    """Put good rows in order; return them, and number, reason's code, column at fault and value of the others.

    Args:
        table: the rows.
        given: the column of the ids.
    """
    reasons = to_numpy(table[_REASON]).copy()
    good = np.flatnonzero(reasons == 0)
    kept = table.take(pa.array(good))
    names, place = _places(kept.column(_KEY).cast(pa.string()))
    moments, when = np.unique(to_numpy(kept["valid_from"]), return_inverse=True)
    keys = place.astype(np.int64) * (moments.size + 1) + when
    order = np.argsort(keys, kind="stable")
    known = kept.drop_columns([*kept.column_names[: _KEY + 1], "valid_from"])
    others = _others(keys[order], [to_numpy(_coded(column).indices)[order] for column in known.columns])
    reasons[good[order[others]]] = _OTHER
    order = order[~others]
    columns = {name: joined(known[name]).take(pa.array(order)) for name in known.column_names}
    return History(names, moments, keys[order], columns), _unused(table, reasons, given)


def _unused(table: pa.Table, reasons: NDArray[np.uint8], given: str) -> pa.Table:
    """Return number, reason's code, column at fault and value of the rows that have a reason."""
    rejected = np.flatnonzero(reasons)
    rows, codes = table.take(pa.array(rejected)), reasons[rejected]
    other = pa.array(codes == _OTHER)
    ids = pc.utf8_slice_codeunits(rows.column(_KEY).cast(pa.string()), 0, rejects.LONGEST)
    return pa.table(
        {
            ROW: rows[ROW],
            _REASON: codes,
            _COLUMN: pc.if_else(other, pa.scalar(given, pa.string()), rows[_COLUMN]),
            _VALUE: pc.if_else(other, ids, rows[_VALUE]),
        }
    )


def _others(keys: NDArray[np.int64], codes: list[NDArray[np.int32]]) -> NDArray[np.bool_]:
    """Return which rows, in the order of their keys, have other values than the first with the same key."""
    first = np.searchsorted(keys, keys)
    differs = np.zeros(keys.size, bool)
    for code in codes:
        differs |= code != code[first]
    return differs


def _places(ids: pa.ChunkedArray) -> tuple[pa.Array, NDArray[np.int64]]:
    """Return the distinct ids, sorted, and each row's place among them."""
    coded = _coded(ids)
    order = to_numpy(pc.sort_indices(coded.dictionary)).astype(np.int64)
    place = np.empty(order.size, np.int64)
    place[order] = np.arange(order.size)
    return coded.dictionary.take(pa.array(order)), place[to_numpy(coded.indices)]


def _coded(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """Return a column as codes, where a null has one of its own."""
    return pc.dictionary_encode(joined(column), null_encoding="encode")
