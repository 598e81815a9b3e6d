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

from features.arrow import literal
from features.clock import SECOND
from features.dataset import EventOf, Source
from features.log.event import MONEY
from features.nearest import nearest
from features.preset import presets
from features.sources import picked, rows
from features.sources.batch import MEASURES, MOMENTS, NO_KIND, NUMBERS, REASONS, UNKNOWN_KIND, UNTOLD, UNTOLD_KIND
from features.sources.canonical import KEYS, session
from features.sources.expression import Reader, condition, number_of, text_of, unreadable
from features.sources.kinds import UNWANTED, by_rules, by_values
from features.sources.picked import Row

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
    """Yield what parts of rows say to a source."""
    asking = picked.tree(_expressions(source))
    texts: list[str] = []
    sound: list[tuple[int, Row]] = []
    for place, row in parts:
        try:
            texts.append(msgspec.json.encode(picked.picked(row, asking)).decode())
            sound.append((place, row))
        except picked.Several as error:
            yield Formed(place, {}, f"{error} holds several values")
    if not texts:
        return
    names, sql = _select(source, asking, kinds)
    with session(zone) as connection:
        told = connection.execute(sql, [texts]).fetchall()
    for number, code, *values in told:
        place, row = sound[number]
        event = dict(zip(names, values, strict=True))
        paid = any(event.get(name) is not None for name in MONEY)
        if code in {UNTOLD_KIND, UNKNOWN_KIND}:
            yield Formed(place, {}, REASONS[UNTOLD if code == UNTOLD_KIND else NO_KIND])
        elif code != UNWANTED and (why := _other_money(row, source.priced_in, own) if paid else ""):
            yield Formed(place, {}, why)
        elif code != UNWANTED:
            event["customer_id"] = None if event["customer_id"] in source.missing_ids else event["customer_id"]
            event |= {name: _moment(event[name]) for name in _TIMES if name in event}
            yield Formed(place, event | {"event": kinds[code]})


def _expressions(source: Source) -> list[str]:
    """Return all that a source asks for of a row."""
    told = [] if isinstance(source.event, str) else [source.event.column, *(one.where for one in source.event.when)]
    return [source.where, *told, *source.columns.values()]


def _select(source: Source, asking: picked.Tree, kinds: Sequence[str]) -> tuple[list[str], str]:
    """Return the canonical columns that a source has, and the SELECT of each row's number, kind and those columns."""
    types = {name: picked.kind(inner) for name, inner in asking.items()}
    fields: dict[str, str] = {}
    for name, text in source.columns.items():
        if name in NUMBERS or name in MEASURES:
            value = number_of(text, types, _READER)
            fields[name] = f"coalesce({value.sql}, CASE WHEN {value.unreadable} THEN 'nan'::DOUBLE END)"
        elif name in (*KEYS, *_TIMES, "customer_id"):
            fields[name] = text_of(text, types, _READER)
    held, untold = "true", "false"
    if source.where:
        held, untold = condition(source.where, types, _READER), unreadable(source.where, types, _READER)
    kind = f"CASE WHEN {untold} THEN {UNTOLD_KIND} ELSE {_kind(source.event, types, kinds)} END"
    shape = literal(msgspec.json.encode(asking).decode())
    given = "SELECT unnest(texts) AS text, unnest(range(len(texts))) AS number FROM (SELECT ?::VARCHAR[] AS texts)"
    typed = f"SELECT number, unnest(json_transform(text::JSON, {shape})) FROM ({given})"
    listed = ", ".join(fields.values())
    return list(fields), f"SELECT number, {kind}, {listed} FROM ({typed}) WHERE {held} OR {untold} ORDER BY number"


def _kind(event: str | EventOf, types: Mapping[str, str], kinds: Sequence[str]) -> str:
    """Return SQL of the code of a row's kind."""
    codes = {kind: code for code, kind in enumerate(kinds)}
    if isinstance(event, str):
        return str(codes[event])
    if event.when:
        return by_rules(event.when, types, _READER, codes)
    return by_values(event.column, event.values, types, _READER, event.ignored, codes)


def _moment(text: str | None) -> Any:
    """Return a time as `rows.instant` takes it: what is a text of digits for an epoch is one."""
    if text is None or not _EPOCH.fullmatch(text.strip()):
        return text
    number = float(text) if "." in text else int(text)
    moment = rows.instant(number, ZoneInfo("UTC"))
    return number if moment is not None and moment >= _FIRST else text


def _other_money(row: Row, priced_in: str, own: str) -> str:
    """Return why a row's money cannot count, if so: it is in another currency than the dataset's."""
    for code in filter(None, map(str.strip, picked.currencies(row, priced_in))):
        if not own:
            return "it says its currency, and the dataset file says none"
        if code.upper() != own.upper():
            return f"its money is in another currency than the dataset's, which is {own}"
    return ""
