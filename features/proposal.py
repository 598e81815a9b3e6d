"""A proposal: the dataset file for a file or a folder of rows, told by what they hold, for a person to look over."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import duckdb

from features import scratch
from features.arrow import quoted
from features.dataset import Dataset, Rule, Source
from features.proposals import called, customer, known, offsets, order, subscribed
from features.proposals.forms import REQUIRED, Form, forms
from features.proposals.happened import Happened, comment, doubts, happened, text
from features.sources import negative
from features.sources.canonical import session
from features.sources.expression import number
from features.sources.expression.field import shown
from features.sources.files import encoding
from features.sources.files.parts import ROW
from features.sources.files.table import relation
from features.sources.relation import opened

_CURRENCY = re.compile("(?i)(order|presentment)?[ _]?(currency|waehrung|währung|devise|moneda|valuta)([ _]?code)?")
_OURS = "canonical_table"
"""The preset of tables whose columns are called as ours: all rows are purchases where no column `event` says else."""
_SHOWN = 9
"""As many currencies are listed."""


def propose(path: Path) -> str:
    """Return the dataset file that a file, a folder or a pattern of rows would have; comments say what was told.

    Files of different forms are sources of their own: no source has columns that no file has together.

    Raises:
        DatasetError: there is no such file, it cannot be read, or an archive holds files of different forms.
    """
    with scratch.folder() as folder, session("UTC") as connection:
        found, passed_over = forms(connection, path, folder)
        bodies = [body for form in found for body in _bodies(connection, form, found, folder)]
        return "\n".join([*_head(connection, path, found, passed_over), *bodies, ""])


def _head(
    connection: duckdb.DuckDBPyConnection, path: Path, found: Sequence[Form], passed_over: Sequence[str]
) -> Iterator[str]:
    files, rows = sum(len(form.tables) for form in found), sum(form.count for form in found)
    yield f"# {path}: {files} file{'s' * (files > 1)}, {rows:,} rows"
    if len(found) > 1:
        yield f"# {len(found)} forms of files that share too little to be one source: each has a table of its own"
    else:
        yield _listed(found[0])
    if passed_over:
        named = (f"{one} (a folder: look at it by itself)" if (path / one).is_dir() else one for one in passed_over)
        yield f"# not read: {', '.join(named)}"
    yield from customer.lines(found)
    name = re.sub("[^a-z0-9]+", "_", path.name.split(".")[0].lower()).strip("_") or "my_shop"
    yield f'name = "{name}"'
    times = sum((offsets.seen(connection, form, _time(form)) for form in found), offsets.Seen())
    yield from offsets.lines(times)
    yield from _money(sorted({code for form in found for code in _codes(connection, form)})[:_SHOWN])


def _listed(form: Form) -> str:
    return f"# columns: {', '.join(''.join(c if c.isprintable() else ' ' for c in name) for name in form.types)}"


def _time(form: Form) -> str:
    """Return the column of the times of a form's events; empty where there is none."""
    if not form.presets and not known.may_be_events(form):
        return ""
    declared = [table.get("columns", {}) for preset in form.presets.values() for table in preset.sources]
    return next((str(one["occurred_at"]) for one in declared), called.columns(form.types).get("occurred_at", ""))


def _codes(connection: duckdb.DuckDBPyConnection, form: Form) -> set[str]:
    """Return the codes of currencies that columns called so hold."""
    codes: set[str] = set()
    for table in form.tables:
        for name in (one for one, kind in table.types.items() if kind == "VARCHAR" and _CURRENCY.fullmatch(one)):
            given = f"SELECT DISTINCT upper(trim({quoted(name)})) FROM {relation([table], ROW)} LIMIT {_SHOWN}"
            found = {code for (code,) in connection.sql(given).fetchall() if code}
            codes |= found if all(re.fullmatch("[A-Z]{3}", code) for code in found) else set()
    return codes


def _money(codes: Sequence[str]) -> Iterator[str]:
    if len(codes) == 1:
        yield f'currency = "{codes[0]}"'
        return
    yield 'currency = ""  # of the amounts, such as "EUR"'
    if codes:
        yield f"# amounts are in {', '.join(codes)}: their source needs currency = {{ column = ..., rates = ... }}"


def _bodies(connection: duckdb.DuckDBPyConnection, form: Form, every: Sequence[Form], folder: Path) -> Iterator[str]:
    """Yield the tables of a form, for each path that it needs."""
    others = [one for one in every if one is not form]
    presets = form.presets if form.presets.keys() != {_OURS} or _is_plain(form, happened(connection, form)) else {}
    for path in form.paths:
        if others:
            yield from ("", _listed(form))
        if presets:
            yield from _by_presets(form, path)
        elif others and not customer.who(form, others):
            yield "# none of them is called like a customer: no source of events, unless one of them is"
            yield from (f"# {line}" for line in _by_names(connection, form, path, others, folder) if line)
        else:
            yield from _by_names(connection, form, path, others, folder)


def _is_plain(form: Form, told: Happened | None) -> bool:
    """Return whether a table whose columns are called as ours holds no more than its preset reads."""
    if told:
        return told.column == "event" and not told.unknown and all(value == kind for value, kind in told.values.items())
    (source,) = form.presets[_OURS].sources
    columns = called.columns(form.types)
    return "amount" in columns and columns.keys() <= source["columns"].keys()


def _by_presets(form: Form, path: str) -> Iterator[str]:
    for name, preset in form.presets.items():
        for kind in ("sources", "attributes"):
            if preset.tables(kind):
                yield from ("", f"# {preset.title}", f"[[{kind}]]")
                yield f"path = {text(path)}"
                yield f'format = "{name}"'
                yield from _encoded(form)
                yield from (f"# {key}: {how}" for key, how in preset.asks.items())


def _by_names(
    connection: duckdb.DuckDBPyConnection, form: Form, path: str, others: Sequence[Form], folder: Path
) -> Iterator[str]:
    rows = (f"rows = {text(form.rows)}",) if form.rows else ()
    head, told = (f"path = {text(path)}", *rows, *_encoded(form)), happened(connection, form)
    if not told and known.of_customers(connection, form):
        yield from known.lines(form, head, customer.who(form, others))
        return
    columns, said = order.without_totals(connection, form, _mapped(form, others), folder)
    if until := called.first(form.types, called.UNTIL):
        if (not told or told.state) and subscribed.is_snapshot(connection, form, columns):
            better = [one.names for one in others if subscribed.is_history(happened(connection, one))]
            yield from subscribed.snapshot(form, head, columns, until, better)
            return
        if told and subscribed.is_history(told):
            columns.setdefault("until", until)
    yield from ("", "[[sources]]", *head)
    if told:
        yield from ("", *told.lines())
    else:
        yield from _purchases(connection, form, columns, folder)
    yield from ("", "[sources.columns]", *_columns(columns), *([said] if said else []))
    if until and "until" not in columns:
        yield f"# until = {text(until)}  # where rows start or renew a subscription that is paid up to it"


def _mapped(form: Form, others: Sequence[Form]) -> dict[str, str]:
    """Return ours by the columns of a form."""
    who = customer.who(form, others)
    return ({"customer_id": who} if who else {}) | {
        ours: theirs for ours, theirs in called.columns(form.types).items() if ours != "customer_id"
    }


def _columns(columns: Mapping[str, str]) -> Iterator[str]:
    yield from (f"{ours} = {text(theirs)}" for ours, theirs in columns.items())
    for ours in REQUIRED:
        if ours not in columns:
            yield f'{ours} = ""  # no column is called so: which one is it?'


def _purchases(
    connection: duckdb.DuckDBPyConnection, form: Form, columns: Mapping[str, str], folder: Path
) -> Iterator[str]:
    """Yield the kind of rows of which no column tells what happened."""
    yield from doubts(connection, form)
    below = _below_zero(connection, form, columns, folder)
    if below:
        name, count = below
        yield f"# {count:,} rows have a {comment([name])} below zero: taken for refunds"
        yield negative.line([Rule("refund", f"{shown(name)} < 0"), Rule("purchase")])
        return
    if "amount" not in columns:
        yield "# no column is called like an amount, and none tells what happened: are these rows purchases, or what?"
    yield 'event = "purchase"'


def _encoded(form: Form) -> Iterator[str]:
    """Yield the encoding of text where no file tells it by itself."""
    if form.encoding:
        yield f'encoding = "{form.encoding}"  # or is it "{encoding.WINDOWS}"? Look at the names'


def _below_zero(
    connection: duckdb.DuckDBPyConnection, form: Form, columns: Mapping[str, str], folder: Path
) -> tuple[str, int] | None:
    """Return the first of quantity and amount that is below zero in some rows, and in how many."""
    numbers = {ours: columns[ours] for ours in ("quantity", "amount") if columns.get(ours, "") in form.types}
    counts = dict.fromkeys(numbers.values(), 0)
    for path in form.paths if numbers else ():
        source = Source(str(Path(path).resolve()), "", numbers, rows=form.rows, encoding=form.encoding)
        for one in opened(connection, Dataset(name="proposal", sources=(source,)), source, folder, path).each:
            for theirs in counts:
                counts[theirs] += _count(connection, one.sql, number(theirs, one.types, one.reader))
    return next(((name, count) for name, count in counts.items() if count), None)


def _count(connection: duckdb.DuckDBPyConnection, rows: str, value: str) -> int:
    ((count,),) = connection.sql(f"SELECT count(*) FROM {rows} WHERE {value} < 0").fetchall()
    return int(count)
