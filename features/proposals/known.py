"""What is known of customers: a table with a row for each customer and no time of an event, as attributes."""

import re
from collections.abc import Iterator, Sequence

import duckdb

from features.proposals import called
from features.proposals.forms import Form
from features.proposals.happened import comment, text
from features.sources.expression import text_of
from features.sources.files.parts import ROW
from features.sources.files.table import relation

_OF_EVENTS = {"amount", "quantity", "discount", "order_id", "product_id", "event_id", "campaign_id", "until", "score"}
"""Columns that a table of customers hardly has."""
_PERSONAL = re.compile(
    "(first|last|full|given|family|sur|user|display)?names?|(vor|nach)name|e?mail(address)?|phone.*|tel.*|mobile.*|.*address[0-9]?|street.*"
)
_NUMBERS = re.compile(".*(zip|post(al)?code|plz|postcode).*")
"""What looks like a number and is text."""
_FROM = re.compile("(valid|effective)(from|since)(utc)?")
_TIME = re.compile(".*(updated|modified|lastseen|lastlogin|lastorder).*|.*(birthday|birthdate|dateofbirth)")


def of_customers(connection: duckdb.DuckDBPyConnection, form: Form) -> bool:
    """Return whether each row is a customer: no id twice, nothing of an event, at most the time since when."""
    who = called.columns(form.types).get("customer_id", "")
    return bool(who) and not may_be_events(form) and (bool(_since(form)) or once(connection, form, who))


def _since(form: Form) -> str:
    """Return the column of the time from which on a row holds; empty where there is none."""
    return called.first(form.types, _FROM)


def may_be_events(form: Form) -> bool:
    """Return whether a table has a column that one of customers hardly has, or the time of an event."""
    columns = called.columns(form.types)
    when = called.word(columns.get("occurred_at", ""))
    timed = bool(when) and not called.SINCE.fullmatch(when)
    return timed or bool(columns.keys() & _OF_EVENTS or called.first(form.types, called.UNTIL))


def once(connection: duckdb.DuckDBPyConnection, form: Form, asked: str, share: float = 1.0) -> bool:
    """Return whether (nearly) no value of a column, or an expression, stands in two rows."""
    parts = []
    for table in form.tables:
        try:
            parts.append(f"SELECT trim({text_of(asked, table.types)}) AS one FROM {relation([table], ROW)}")
        except ValueError:
            return False
    sql = f"SELECT count(one), count(DISTINCT one) FROM ({' UNION ALL '.join(parts)}) WHERE one <> ''"
    ((rows, distinct),) = connection.sql(sql).fetchall()
    return bool(rows) and distinct >= share * rows


def lines(form: Form, head: Sequence[str], who: str) -> Iterator[str]:
    """Yield the table of attributes of the customers that `who` gives."""
    mail = called.mail(form.types)
    kept, left, numbers = _attributes(form, who)
    since = _since(form)
    rows = "each row holds from a time on" if since else "one row for each customer, and no time of an event"
    yield from ("", f"# {rows}: what is known of customers; the sources of events are")
    yield from ("# elsewhere, and their customer_id must be the same as here", "[[attributes]]", *head)
    if numbers:
        yield f"text = [{', '.join(map(text, numbers))}]"
    yield from ("", "[attributes.columns]", f"customer_id = {text(who)}")
    if mail and who != mail:
        yield f"# customer_id = {text(mail)}  # where it is a mail address in the sources"
    yield from (f"valid_from = {text(since)}",) if since else ()
    yield from (f"{name} = {text(column)}" for name, column in kept.items())
    if left:
        yield f"# left out, for they tell persons apart, or are times: {comment(left, 20)}"


def _attributes(form: Form, who: str) -> tuple[dict[str, str], list[str], list[str]]:
    """Return the attributes by column, the columns that are none, and those that are text whatever they look like."""
    kept: dict[str, str] = {}
    left: list[str] = []
    numbers: list[str] = []
    for column, word in called.flat(form.types).items():
        name = re.sub("[^a-z0-9]+", "_", column.casefold()).strip("_")
        if column in {who, _since(form)}:
            continue
        if not name or name in {"customer_id", "valid_from", *kept} or _is_none(word):
            left.append(column)
            continue
        kept[name] = column
        if _NUMBERS.fullmatch(word):
            numbers.append(name)
    return kept, left, numbers


def _is_none(word: str) -> bool:
    """Return whether a column of a name is what tells a person, or a time."""
    of = (_PERSONAL, _TIME, called.SINCE, re.compile(r"id|(customer|client|user)(id|no|nr|number)?"))
    return any(pattern.fullmatch(word) for pattern in of)
