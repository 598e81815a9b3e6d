"""A proposal: the dataset file for a file of rows, told by its columns alone, for a person to look over."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import msgspec

from features import scratch
from features.arrow import quoted
from features.dataset import Dataset, DatasetError, Rule, Source
from features.log.event import COLUMNS
from features.preset import Preset, presets
from features.sources import negative
from features.sources.canonical import session
from features.sources.expression import number
from features.sources.expression.field import is_there, shown
from features.sources.files import encoding
from features.sources.files.listing import listed
from features.sources.files.parts import ROW
from features.sources.files.table import Asked, Table, relation, tables, types_of
from features.sources.relation import opened

_NUMBER = "(id|nr|no|num|number|nummer|code|key|ref)?"
_MEANS = {
    "customer_id": f"(customer|client|kunden?|user|member|household|buyer|account|contact|cliente|klant){_NUMBER}",
    "occurred_at": "(order|invoice|purchase|transaction|event|created|rechnungs|bestell|buchungs|beleg|auftrags|kauf"
    "|paid|sale|posting|booking|sent|received)?(date|time|datetime|timestamp|ts|datum|at|on|fecha|data|jour)(created|utc)?"
    "|when|day|tag",
    "amount": "(order|line|net|gross|grand|item|sales)?(amount|total|revenue|sales|value|betrag|umsatz|montant|importe"
    "|summe|netto|brutto|spend|turnover)(net|gross|amount|eur|usd|gbp)?",
    "order_id": "(order|invoice|transaction|basket|receipt|document|voucher|bestell|rechnungs?|auftrags?|beleg|facture"
    f"|commande){_NUMBER}",
    "product_id": f"(product|item|article|artikel|sku|stock|produit|producto){_NUMBER}",
    "quantity": "(line|item|order)?(quantity|qty|menge|anzahl|quantite|cantidad|units|pieces)",
    "category": "(product|item)?(category|department|kategorie|warengruppe|categorie|categoria)(name)?",
    "store_id": f"(store|shop|branch|filiale|magasin|tienda){_NUMBER}",
}
"""How columns are called that mean one of ours, in small letters without signs."""
_MAIL = re.compile("(customer|client|user|billing|contact)?e?mail(address)?")
_PRICE = re.compile("(unit|item|einzel|line)?(price|preis|prix|precio)")
_CURRENCY = re.compile("(?i)(order|presentment)?[ _]?(currency|waehrung|währung|devise|moneda|valuta)([ _]?code)?")
_SHOWN = 9
"""As many currencies are listed."""
_SEVERAL = ("STRUCT", "MAP", "UNION")
"""Types of columns that hold several values."""
_REQUIRED = [column.name for column in COLUMNS if column.required]


@dataclass(frozen=True)
class _Seen:
    """What a file holds."""

    path: Path
    tables: tuple[Table, ...]
    rows: str
    """Where in a JSON document the rows are."""
    passed_over: tuple[str, ...]

    @property
    def types(self) -> dict[str, str]:
        """DuckDB's type of each column that any of the files has."""
        return types_of(self.tables)

    @property
    def encoding(self) -> str:
        """The text's where a library believes in it, and the files alone do not tell it; else empty."""
        return next((table.encoding for table in self.tables if table.encoding not in encoding.TOLD), "")


def propose(path: Path) -> str:
    """Return the dataset file that a file, a folder or a pattern of rows would have; comments say what was told.

    Raises:
        DatasetError: there is no such file, or it cannot be read.
    """
    with scratch.folder() as folder, session("UTC") as connection:
        seen = _seen(connection, path, folder)
        fitting = {name: preset for name, preset in presets().items() if _fits(preset, seen)}
        body = _by_presets(seen, fitting) if fitting else _by_names(connection, seen, folder)
        return "\n".join([*_head(seen, _codes(connection, seen)), *body, ""])


def _seen(connection: duckdb.DuckDBPyConnection, path: Path, folder: Path) -> _Seen:
    listing, failed = listed(path.resolve(), str(path)), None
    for rows in dict.fromkeys(["", *(table.get("rows", "") for one in presets().values() for table in one.sources)]):
        try:
            found = tables(connection, listing.files, folder, Asked(str(path), rows=rows, guessed=True))
        except DatasetError as error:
            failed = failed or error
        else:
            return _Seen(path, found, rows, listing.passed_over)
    assert failed is not None
    raise failed


def _fits(preset: Preset, seen: _Seen) -> bool:
    """Return whether a file has the columns by which a preset knows its own."""
    types = {name: kind.removesuffix("[]") for name, kind in seen.types.items()}
    alike = any(table.get("rows", "") == seen.rows for table in (*preset.sources, *preset.attributes))
    return alike and all(is_there(path.split("."), types) for path in preset.known_by)


def _head(seen: _Seen, codes: Sequence[str]) -> Iterator[str]:
    rows = sum(table.rows for table in seen.tables)
    yield f"# {seen.path}: {len(seen.tables)} file{'s' * (len(seen.tables) > 1)}, {rows:,} rows"
    yield f"# columns: {', '.join(''.join(c if c.isprintable() else ' ' for c in name) for name in seen.types)}"
    if seen.passed_over:
        yield f"# not read: {', '.join(seen.passed_over)}"
    name = re.sub("[^a-z0-9]+", "_", seen.path.name.split(".")[0].lower()).strip("_") or "my_shop"
    yield f'name = "{name}"'
    yield 'zone = "UTC"  # where times without an offset are, and whose days count, such as "Europe/Paris"'
    yield from _money(codes)


def _codes(connection: duckdb.DuckDBPyConnection, seen: _Seen) -> list[str]:
    """Return the codes of currencies that a column called so holds, of the first file that has it."""
    for table in seen.tables:
        for name in (one for one, kind in table.types.items() if kind == "VARCHAR" and _CURRENCY.fullmatch(one)):
            given = f"SELECT DISTINCT upper(trim({quoted(name)})) FROM {relation([table], ROW)} LIMIT {_SHOWN}"
            found = sorted(code for (code,) in connection.sql(given).fetchall() if code)
            if found and all(re.fullmatch("[A-Z]{3}", code) for code in found):
                return found
    return []


def _money(codes: Sequence[str]) -> Iterator[str]:
    if len(codes) == 1:
        yield f'currency = "{codes[0]}"'
        return
    yield 'currency = ""  # of the amounts, such as "EUR"'
    if codes:
        yield f"# amounts are in {', '.join(codes)}: their source needs currency = {{ column = ..., rates = ... }}"


def _by_presets(seen: _Seen, fitting: Mapping[str, Preset]) -> Iterator[str]:
    for name, preset in fitting.items():
        for kind in ("sources", "attributes"):
            if preset.tables(kind):
                yield from ("", f"# {preset.title}", f"[[{kind}]]")
                yield f"path = {_text(str(seen.path))}"
                yield f'format = "{name}"'
                yield from _encoded(seen)
                yield from (f"# {key}: {how}" for key, how in preset.asks.items())


def _by_names(connection: duckdb.DuckDBPyConnection, seen: _Seen, folder: Path) -> Iterator[str]:
    columns = _columns(seen.types)
    yield from ("", "[[sources]]", f"path = {_text(str(seen.path))}", *_encoded(seen))
    below = _below_zero(connection, seen, columns, folder)
    if below:
        name, count = below
        yield f"# {count:,} rows have a {name} below zero: taken for refunds"
        yield negative.line([Rule("refund", f"{shown(name)} < 0"), Rule("purchase")])
    else:
        yield 'event = "purchase"'
    yield from ("", "[sources.columns]")
    yield from (f"{ours} = {_text(theirs)}" for ours, theirs in columns.items())
    for ours in _REQUIRED:
        if ours not in columns:
            yield f'{ours} = ""  # no column is called so: which one is it?'


def _encoded(seen: _Seen) -> Iterator[str]:
    """Yield the encoding of text where no file tells it by itself."""
    if seen.encoding:
        yield f'encoding = "{seen.encoding}"  # or is it "{encoding.WINDOWS}"? Look at the names'


def _columns(types: Mapping[str, str]) -> dict[str, str]:
    """Return the columns that are called as ours might be, each once, the first that is."""
    alone = [name for name, kind in types.items() if not kind.startswith(_SEVERAL) and not kind.endswith("]")]
    plain = {name: re.sub(r"[\W_]+", "", name.casefold()) for name in alone}
    found: dict[str, str] = {}
    for ours, pattern in _MEANS.items():
        of = [name for name, word in plain.items() if re.fullmatch(pattern, word) and name not in found.values()]
        if of:
            found[ours] = of[0]
    mail = [name for name, word in plain.items() if _MAIL.fullmatch(word)]
    if "customer_id" not in found and mail:
        found["customer_id"] = f"lower({shown(mail[0])})"
    price = [name for name, word in plain.items() if _PRICE.fullmatch(word)]
    if "amount" not in found and price:
        found["amount"] = shown(price[0]) + (f" * {shown(found['quantity'])}" if "quantity" in found else "")
    return {column.name: found[column.name] for column in COLUMNS if column.name in found}


def _below_zero(
    connection: duckdb.DuckDBPyConnection, seen: _Seen, columns: Mapping[str, str], folder: Path
) -> tuple[str, int] | None:
    """Return the first of quantity and amount that is below zero in some rows, and in how many."""
    numbers = {ours: columns[ours] for ours in ("quantity", "amount") if columns.get(ours, "") in seen.types}
    if numbers:
        source = Source(str(seen.path.resolve()), "", numbers, rows=seen.rows, encoding=seen.encoding)
        read = opened(connection, Dataset(name="proposal", sources=(source,)), source, folder, str(seen.path))
        for theirs in numbers.values():
            count = sum(_count(connection, one.sql, number(theirs, one.types, one.reader)) for one in read.each)
            if count:
                return theirs, count
    return None


def _count(connection: duckdb.DuckDBPyConnection, rows: str, value: str) -> int:
    ((count,),) = connection.sql(f"SELECT count(*) FROM {rows} WHERE {value} < 0").fetchall()
    return int(count)


def _text(value: str) -> str:
    """Return a text as TOML has it."""
    return msgspec.json.encode(value).decode()
