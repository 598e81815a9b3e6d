"""What happened: the kinds of event that the values of a column tell."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import duckdb
import msgspec

from features.arrow import quoted
from features.dataset import IGNORED
from features.proposals import called, words
from features.proposals.called import flat
from features.proposals.forms import Form
from features.sources.files.parts import ROW
from features.sources.files.table import relation

_SURE = re.compile("(event|action|activity)(type|name|kind|action)?|ereignis|aktion")
_LIKELY = re.compile("(transaction|record|row|order|interaction|movement|booking)?(type|kind)|typ|art|vorgang|belegart")
_STATE = re.compile("(order|payment|financial|transaction)?(status|state)")
_PAID = re.compile("paid(until|till|through|to).*|.*periodend.*|next(billing|payment|renewal).*|renews.*")
"""How columns are called that only subscriptions have."""
_MOST = 100
"""As many values are looked at, the most frequent first."""
_HALF = 0.5
"""The share of a column's rows from which on known words make it one that tells what happened."""
_OF_MAIL = 2
_LONG = 60


@dataclass(frozen=True)
class Happened:
    """A column that tells what happened, or may do so."""

    column: str
    values: Mapping[str, str]
    """Kinds, or IGNORED, by value."""
    unknown: Mapping[str, int]
    """How many rows have each value that is no known word."""
    empty: int
    """How many rows have no value."""
    state: bool
    """Whether it is the state of an order, and no event."""
    cut: bool
    """Whether there are more values than were looked at."""

    @property
    def kinds(self) -> set[str]:
        """Return the kinds that are told."""
        return {*self.values.values()} - {IGNORED}

    def lines(self) -> Iterator[str]:
        """Yield the table of a dataset file, with comments on what is not known."""
        ignored = [value for value, kind in self.values.items() if kind == IGNORED]
        known = {value: kind for value, kind in self.values.items() if kind != IGNORED}
        yield "[sources.event]"
        yield f"column = {text(self.column)}"
        listed = ", ".join(f"{text(value)} = {text(kind)}" for value, kind in known.items())
        yield f"values = {{ {listed} }}" if known else "values = {}"
        if ignored:
            yield f"# of the orders in a state of {comment(ignored)} nothing is left that was bought: is it so?"
        if self.unknown:
            some = comment([f"{value} ({count:,} rows)" for value, count in self.unknown.items()])
            yield f"# no kind of event is called like {some}: ignored until `values` says a kind, or custom:NAME"
        if self.unknown or ignored:
            yield f"ignored = [{', '.join(map(text, [*ignored, *self.unknown]))}]"
        if self.empty:
            yield f"# {self.empty:,} rows say nothing of it, and will be kept aside"
        if self.cut:
            yield f"# it has more than {_MOST:,} values; rows of the others will be kept aside"


def happened(connection: duckdb.DuckDBPyConnection, form: Form) -> Happened | None:
    """Return the column that tells what happened, the surest first; None where none does."""
    plain = {name: word for name, word in flat(form.types).items() if form.types[name] == "VARCHAR"}
    of_orders = called.columns(form.types).keys() & {"amount", "order_id"}
    for pattern in (_SURE, _LIKELY, _STATE) if of_orders else (_SURE, _LIKELY):
        some = [name for name, word in plain.items() if pattern.fullmatch(word)]
        told = [_told(name, _counted(connection, form, name), form, state=pattern is _STATE) for name in some]
        found = [(_share(connection, form, one), -place, one) for place, one in enumerate(told) if one]
        if found and (pattern is _SURE or max(found)[0] >= _HALF):
            return max(found)[2]
    return None


def doubts(connection: duckdb.DuckDBPyConnection, form: Form) -> Iterator[str]:
    """Yield comments on columns that may tell what happened in words that are not known."""
    for name, word in flat(form.types).items():
        plain = form.types[name] == "VARCHAR" or form.types[name].endswith("INT")
        if plain and any(pattern.fullmatch(word) for pattern in (_SURE, _LIKELY, _STATE)):
            counts = _counted(connection, form, name)
            some = [f"{value} ({count:,} rows)" for value, count in counts.most_common() if value]
            if 1 < len(some) <= _MOST:
                yield f"# {comment([name])} is {comment(some)}: are all of them purchases?"


def _share(connection: duckdb.DuckDBPyConnection, form: Form, found: Happened) -> float:
    """Return the share of the rows with a value that is a known word."""
    counts = _counted(connection, form, found.column)
    given = sum(count for value, count in counts.items() if value)
    return sum(counts[value] for value in found.values) / max(given, 1)


def _counted(connection: duckdb.DuckDBPyConnection, form: Form, column: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for table in form.tables:
        if column in table.types:
            given = f"coalesce(trim(CAST({quoted(column)} AS VARCHAR)), '')"
            sql = f"SELECT {given}, count(*) FROM {relation([table], ROW)} GROUP BY 1 ORDER BY 2 DESC, 1"
            counts.update(dict(connection.sql(f"{sql} LIMIT {_MOST + 2}").fetchall()))
    return counts


def _told(column: str, counts: Counter[str], form: Form, *, state: bool) -> Happened | None:
    """Return what a column's values tell; None where no value is a known word, but for a column that must tell."""
    given = {value: count for value, count in counts.most_common() if value}
    known = words.STATES if state else _vocabulary(given, form)
    values = {value: kind for value in given if (kind := words.kind(value, known))}
    sure = _SURE.fullmatch(flat({column: ""})[column]) is not None
    if not given or not (values or (sure and len(given) <= _MOST)):
        return None
    unknown = {value: count for value, count in list(given.items())[:_MOST] if value not in values}
    return Happened(column, values, unknown, counts[""], state, len(given) > _MOST)


def _vocabulary(values: Mapping[str, int], form: Form) -> Mapping[str, str]:
    """Return the words that count: short ones such as `created` and `open` mean something among their like alone."""
    given = {words.plain(value) for value in values}
    told = " ".join((*given, *form.types, form.names)).casefold()
    if re.search("subscri(ption|bed)|renew|(?<![a-z])abo(?![a-z])", told.replace("unsubscri", "")):
        return words.OF_SUBSCRIPTIONS
    if any(_PAID.fullmatch(word) for word in flat(form.types).values()):
        return words.OF_SUBSCRIPTIONS
    mail = {word for word in given if words.OF_MAIL.get(word, "").startswith("mail_")}
    return words.OF_MAIL if len(mail) >= _OF_MAIL else words.EVENTS


def comment(some: list[str], most: int = 10) -> str:
    """Return values as a comment lists them."""
    listed = ", ".join("".join(c if c.isprintable() else " " for c in one)[:_LONG] for one in some[:most])
    return listed + (f" and {len(some) - most:,} more" if len(some) > most else "")


def text(value: str) -> str:
    """Return a text as TOML has it."""
    return msgspec.json.encode(value).decode()
