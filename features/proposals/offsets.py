"""Offsets: what the times of files say of the zone that they were written in."""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb

from features.arrow import literal, quoted
from features.proposals.forms import Form
from features.sources.files.parts import ROW
from features.sources.files.table import relation

_ZONES = (
    "Europe/London",
    "Europe/Paris",
    "Europe/Helsinki",
    "Europe/Istanbul",
    "Africa/Johannesburg",
    "Africa/Lagos",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Halifax",
    "America/Sao_Paulo",
    "America/Bogota",
    "America/Santiago",
    "Asia/Dubai",
    "Asia/Karachi",
    "Asia/Kolkata",
    "Asia/Bangkok",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Australia/Brisbane",
    "Australia/Sydney",
    "Australia/Adelaide",
    "Pacific/Auckland",
)
"""One for each way in which offsets go through the year; others have the same."""
_WRITTEN = r"([-+][0-9]{2}:?[0-9]{2}|[-+][0-9]{2}|[zZ]|UTC|GMT)$"
_UTC = {"Z", "UTC", "GMT", "+0000", "-0000", "+00"}
_CLOCK = re.compile(r"([-+])(\d\d)(\d\d)?")
_WRONG = 0.01
"""The share of the rows that a zone may not fit: the hours of a change are told by their day alone."""

Seen = Counter[tuple[str, str]]
"""How many rows have a day and an offset, each as text; an empty offset is none."""


def seen(connection: duckdb.DuckDBPyConnection, form: Form, column: str) -> Seen:
    """Return the days and offsets of a column of times."""
    found: Seen = Counter()
    for table in form.tables:
        if table.types.get(column) == "VARCHAR":
            given = f"trim({quoted(column)})"
            offset = (
                f"CASE WHEN contains({given}, ':') THEN regexp_extract({given}, {literal(_WRITTEN)}, 1) ELSE '' END"
            )
            sql = f"SELECT substr({given}, 1, 10), {offset}, count(*) FROM {relation([table], ROW)} WHERE {given} <> ''"
            for day, one, count in connection.sql(f"{sql} GROUP BY ALL").fetchall():
                found[day, one.replace(":", "").upper()] += count
    return found


def lines(found: Seen) -> Iterator[str]:
    """Yield the line of the zone with what was seen of it."""
    counts: Counter[str] = Counter()
    for (_, offset), count in found.items():
        counts["" if not offset else "+0000" if offset in _UTC else offset] += count
    away = sorted(offset for offset in counts if offset not in {"", "+0000"})
    said = ", ".join(f"{_shown(offset)} ({counts[offset]:,})" for offset in sorted(counts, reverse=True))
    if not away:
        if counts["+0000"]:
            yield f"# offsets of the times, and in how many rows: {said}"
        yield 'zone = "UTC"  # where times without an offset are, and whose days count, such as "Europe/Paris"'
        return
    yield f"# offsets of the times, and in how many rows: {said}"
    fitting = list(_fitting(found, {*away, "+0000", "+00"})) or list(_fitting(found, {*away}))
    if len(fitting) == 1:
        yield f'zone = "{fitting[0]}"  # has these offsets on these days, as others may: whose days count?'
    elif fitting:
        such = ", ".join(fitting)
        yield f'zone = "UTC"  # these offsets are not UTC\'s, but such as those of {such}: whose days count?'
    else:
        yield 'zone = "UTC"  # these offsets are not UTC\'s, nor known as those of one zone: whose days count?'


def _fitting(found: Seen, asked: Collection[str]) -> Iterator[str]:
    """Yield the zones that have some offsets on the days on which times are written with them."""
    dated = [
        (datetime.fromisoformat(day), _read(one), n) for (day, one), n in found.items() if _is_asked(day, one, asked)
    ]
    for name in _ZONES if dated else ():
        zone = ZoneInfo(name)
        wrong = sum(n for day, own, n in dated if day.replace(hour=12, tzinfo=zone).utcoffset() != own)
        if wrong <= _WRONG * sum(n for _, _, n in dated):
            yield name


def _is_asked(day: str, offset: str, asked: Collection[str]) -> bool:
    """Return whether a day is written so that it can be read, of those that every month has, and its offset counts."""
    return offset in asked and re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])", day) is not None


def _read(offset: str) -> timedelta | None:
    found = _CLOCK.fullmatch(offset)
    if not found:
        return None
    sign, hours, minutes = found.groups()
    return (-1 if sign == "-" else 1) * timedelta(hours=int(hours), minutes=int(minutes or 0))


def _shown(offset: str) -> str:
    return f"{offset[:3]}:{offset[3:] or '00'}" if offset else "none"
