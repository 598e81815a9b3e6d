"""Formed: rows in the form of a known tool, which a program posts, as canonical events by the declarations of files.

Each row is read by itself: to DuckDB all that it holds is text, so that no other row tells what a value is. A time is
read as rows of a request have it, from its own text; a form whose rows say something together only is refused.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from features.arrow import literal, quoted
from features.clock import SECOND
from features.dataset import Source
from features.nearest import nearest
from features.preset import presets
from features.sources import currency, rows
from features.sources.batch import MEASURES, MOMENTS, NO_KIND, NUMBERS, REASONS, UNKNOWN_KIND, UNTOLD, UNTOLD_KIND
from features.sources.canonical import KEYS, session
from features.sources.expression import Reader, condition, number_of, paths, text_of, unreadable
from features.sources.kinds import UNWANTED, by_rules, by_values

Row = Mapping[str, Any]
_TIMES = ("occurred_at", *MOMENTS)
_EPOCH = re.compile(r"\d{10,19}(\.\d+)?", re.ASCII)
_FIRST = 10**9 * SECOND
"""A text of digits that would be an epoch of an earlier moment is rather a date."""
_READER = Reader()


class NotFormed(ValueError):
    """Rows cannot be read in a form; the message says why, and never repeats a row."""


@dataclass(frozen=True)
class Form:
    """A form of rows, each of which tells its events by itself."""

    name: str
    sources: tuple[Source, ...]

    def rows(self, body: Any) -> list[Any]:
        """Return the rows of a body: a list, one row, or a document in which the form says where they are."""
        for key in filter(None, self.sources[0].rows.split(".")):
            body = body[key] if isinstance(body, dict) and isinstance(body.get(key), list) else body
        return body if isinstance(body, list) else [body]


@dataclass(frozen=True)
class Formed:
    """What one row, or one part of it, says."""

    row: int
    """The place of the row, from 0."""
    event: dict[str, Any]
    """Canonical columns by name and the kind as `event`, as `posted.read` takes them; empty where there is a reason."""
    reason: str = ""
    """Why it cannot be used."""


@cache
def form(name: str) -> Form:
    """Return the form of a preset.

    Raises:
        NotFormed: there is none of that name, or its rows cannot be read one by one.
    """
    fitting = [one for one in presets() if _why_not(one) == ""]
    if name not in presets():
        raise NotFormed(f"there is no such format.{nearest(name, fitting)}")
    if why := _why_not(name):
        raise NotFormed(f"rows of the format {name!r} cannot be posted: {why}")
    declared = [msgspec.convert({"path": name, **table}, Source) for table in presets()[name].sources]
    return Form(name, tuple(declared))


def _why_not(name: str) -> str:
    preset = presets()[name]
    if not preset.sources:
        return "it holds what is known of customers, and no events"
    return preset.alone or "; ".join(
        f"a dataset file has to say its {key!r}: {how}" for key, how in preset.asks.items()
    )


def formed(
    asked: Form, given: Sequence[Any], zone: str, kinds: Sequence[str], own: str = "", most: int | None = None
) -> list[Formed]:
    """Return what rows say, in their order; of a row that holds no event that counts, nothing.

    Args:
        asked: the form.
        given: the rows, as JSON has them.
        zone: the dataset's.
        kinds: the kinds of event that there are.
        own: the dataset's currency: money in another is refused.
        most: so many parts may rows have together.

    Raises:
        NotFormed: they have more parts.
    """
    found: list[tuple[int, int, Formed]] = []
    for number, source in enumerate(asked.sources):
        parts, wrong = _parts(source, given)
        if most is not None and len(parts) > most:
            raise NotFormed(f"got {len(parts):,} parts of rows; at most {most:,} are allowed")
        told = {(one.row, one.reason) for *_, one in found}
        found += [(row, number, Formed(row, {}, why)) for row, why in wrong.items() if (row, why) not in told]
        found += [(one.row, number, one) for one in _read(source, parts, zone, kinds, own)]
    return [one for *_, one in sorted(found, key=lambda each: each[:2])]


def _parts(source: Source, given: Sequence[Any]) -> tuple[list[tuple[int, Row]], dict[int, str]]:
    """Return the parts of rows that a source reads, each with its row's place; and what is wrong with other rows."""
    parts: list[tuple[int, Row]] = []
    wrong: dict[int, str] = {}
    for place, row in enumerate(given):
        each = row.get(source.each, []) if isinstance(row, dict) and source.each else [None]
        if not isinstance(row, dict):
            wrong[place] = "it is no object"
        elif not isinstance(each, list) or not all(one is None or isinstance(one, dict) for one in each):
            wrong[place] = f"{source.each} is no list of objects"
        else:
            parts += [(place, row if one is None else row | {source.each: one}) for one in each]
    return parts, wrong


def _read(
    source: Source, parts: Sequence[tuple[int, Row]], zone: str, kinds: Sequence[str], own: str
) -> Iterator[Formed]:
    tree = _tree(source)
    picked: list[str] = []
    sound: list[tuple[int, Row]] = []
    for place, row in parts:
        try:
            picked.append(msgspec.json.encode(_picked(row, tree)).decode())
            sound.append((place, row))
        except _SeveralError as error:
            yield Formed(place, {}, f"{error} holds several values")
    if not picked:
        return
    names, sql = _select(source, tree, kinds)
    with session(zone) as connection:
        told = connection.execute(sql, [picked]).fetchall()
    for number, code, *values in told:
        place, row = sound[number]
        event = dict(zip(names, values, strict=True))
        if code in {UNTOLD_KIND, UNKNOWN_KIND}:
            yield Formed(place, {}, REASONS[UNTOLD if code == UNTOLD_KIND else NO_KIND])
        elif event.get("amount") is not None and (why := _priced(row, source.priced_in, own)):
            yield Formed(place, {}, why)
        elif code != UNWANTED:
            event["customer_id"] = None if event["customer_id"] in source.missing_ids else event["customer_id"]
            event |= {name: _moment(event[name]) for name in _TIMES if name in event}
            yield Formed(place, event | {"event": kinds[code]})


def _select(source: Source, tree: Mapping[str, Any], kinds: Sequence[str]) -> tuple[list[str], str]:
    """Return the canonical columns that a source has, and the SELECT of each row's number, kind and those columns."""
    types = {name: _type(inner) for name, inner in tree.items()}
    codes = {kind: code for code, kind in enumerate(kinds)}
    fields: dict[str, str] = {}
    for name, text in source.columns.items():
        if name in NUMBERS or name in MEASURES:
            value = number_of(text, types, _READER)
            fields[name] = f"coalesce({value.sql}, CASE WHEN {value.unreadable} THEN 'nan'::DOUBLE END)"
        elif name in (*KEYS, *_TIMES, "customer_id"):
            fields[name] = text_of(text, types, _READER)
    event, held, untold = source.event, "true", "false"
    if isinstance(event, str):
        kind = str(codes[event])
    elif event.when:
        kind = by_rules(event.when, types, _READER, codes)
    else:
        kind = by_values(event.column, event.values, types, _READER, event.ignored, codes)
    if source.where:
        held, untold = condition(source.where, types, _READER), unreadable(source.where, types, _READER)
    kind = f"CASE WHEN {untold} THEN {UNTOLD_KIND} ELSE {kind} END"
    shape = literal(msgspec.json.encode(tree).decode())
    rows_ = f"SELECT number, unnest(json_transform(text::JSON, {shape})) FROM given"
    given = "SELECT unnest(texts) AS text, unnest(range(len(texts))) AS number FROM (SELECT ?::VARCHAR[] AS texts)"
    listed = ", ".join(fields.values())
    sql = f"WITH given AS ({given}) SELECT number, {kind}, {listed} FROM ({rows_}) WHERE {held} OR {untold}"
    return list(fields), f"{sql} ORDER BY number"


def _tree(source: Source) -> dict[str, Any]:
    """Return all names that a source asks for, those inside others below them."""
    told = [source.event.column, *(one.where for one in source.event.when)] if not isinstance(source.event, str) else []
    tree: dict[str, Any] = {}
    for text in filter(None, [source.where, *told, *source.columns.values()]):
        for *above, last in paths(text):
            inner = tree
            for name in above:
                found = inner.get(name)
                inner[name] = inner = found if isinstance(found, dict) else {}
            inner.setdefault(last, "VARCHAR")
    return tree


def _type(tree: Any) -> str:
    if not isinstance(tree, dict):
        return "VARCHAR"
    return f"STRUCT({', '.join(f'{quoted(name)} {_type(inner)}' for name, inner in tree.items())})"


class _SeveralError(ValueError):
    """There are several values where one is asked for."""


def _picked(row: Row, tree: Mapping[str, Any], where: str = "") -> dict[str, Any]:
    """Return what is asked for of a row, all values as text.

    Raises:
        _SeveralError: one holds several.
    """
    found: dict[str, Any] = {}
    for name, inner in tree.items():
        value = row.get(name)
        if isinstance(inner, dict):
            found[name] = _picked(value if isinstance(value, dict) else {}, inner, f"{where}{name}.")
        elif isinstance(value, dict | list):
            raise _SeveralError(f"{where}{name}")
        else:
            found[name] = _text(value)
    return found


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else repr(value)


def _moment(text: str | None) -> Any:
    """Return a time as `rows.instant` takes it: what is a text of digits for an epoch is one."""
    if text is None or not _EPOCH.fullmatch(text.strip()):
        return text
    number = float(text) if "." in text else int(text)
    moment = rows.instant(number, ZoneInfo("UTC"))
    return number if moment is not None and moment >= _FIRST else text


def _priced(row: Row, priced_in: str, own: str) -> str:
    """Return why a row's money cannot count, if so: it is in another currency than the dataset's."""
    for code in filter(None, map(str.strip, _currencies(row, priced_in))):
        if not own:
            return "it says its currency, and the dataset file says none"
        if code.upper() != own.upper():
            return f"its money is in another currency than the dataset's, which is {own}"
    return ""


def _currencies(row: Row, priced_in: str) -> Iterator[str]:
    left: list[Row] = [row]
    while left:
        for name, value in left.pop().items():
            if isinstance(value, str) and currency.CALLED.fullmatch(name):
                yield value
            elif isinstance(value, dict):
                left.append(value)
            elif isinstance(value, list) and priced_in.startswith(f"{name}["):
                yield from _keyed(value, priced_in)


def _keyed(pairs: Sequence[Any], priced_in: str) -> Iterator[str]:
    """Yield the text of a pair in a list of keys and values, as `event_params['currency']` asks for it."""
    for pair in pairs:
        if isinstance(pair, dict) and priced_in.endswith(f"[{pair.get('key')!r}]"):
            value = pair.get("value")
            values = value.values() if isinstance(value, dict) else [value]
            yield from (one for one in values if isinstance(one, str))
