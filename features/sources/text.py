"""Text as numbers and times: how a column is written, told by the data where the dataset does not say."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from features.arrow import literal, quoted
from features.dataset import DatasetError

_DATES = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y%m%d")
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f")
_COMMA = r"[-+]?[0-9][0-9.\s\x{00A0}\x{202F}]*,[0-9]{1,2}|[-+]?[0-9]{1,3}(\.[0-9]{3})+,[0-9]+"
_POINT = r"[-+]?[0-9][0-9,\s]*\.[0-9]+"
_EITHER = r"[-+]?[0-9]{1,3},[0-9]{3}|[-+]?[0-9]{1,3}\.[0-9]{3}"
"""One thousand, or one and a bit: only the other values of the column can tell."""


@dataclass(frozen=True)
class Writing:
    """How a relation's text columns are written."""

    connection: duckdb.DuckDBPyConnection
    relation: str
    types: dict[str, str]
    where: str
    """The beginning of an error's message."""
    decimal: str | None = None
    time_format: str = ""

    def number(self, column: str) -> str:
        """Return SQL that reads a column as a number, NULL where it is none."""
        name = quoted(column)
        if self.types[column] != "VARCHAR":
            return f"TRY_CAST({name} AS DOUBLE)"
        bare = f"regexp_replace({name}, '[\\s\\x{{00A0}}\\x{{202F}}'']', '', 'g')"
        if (self.decimal or self._told_decimal(column)) == ",":
            return f"TRY_CAST(replace(replace({bare}, '.', ''), ',', '.') AS DOUBLE)"
        grouped = f"regexp_full_match({bare}, '[-+]?[0-9]{{1,3}}(,[0-9]{{3}})+(\\.[0-9]*)?')"
        return f"TRY_CAST(CASE WHEN {grouped} THEN replace({bare}, ',', '') ELSE {bare} END AS DOUBLE)"

    def instant(self, column: str) -> str:
        """Return SQL that reads a column as microseconds UTC, NULL where it is no time.

        A time without an offset is in the session's time zone.
        """
        name = quoted(column)
        if self.types[column] == "TIMESTAMP" and self._in_utc():
            return f"epoch_us({name})"  # the same, without asking the calendar of the zone for each row
        if self.types[column] != "VARCHAR":
            return f"epoch_us(TRY_CAST({name} AS TIMESTAMPTZ))"
        formats = [self.time_format] if self.time_format else self._told_formats(column)
        if not formats:
            return f"epoch_us(TRY_CAST(trim({name}) AS TIMESTAMPTZ))"
        listed = ", ".join(literal(form) for form in formats)
        return f"epoch_us(CAST(try_strptime(trim({name}), [{listed}]) AS TIMESTAMPTZ))"

    def _in_utc(self) -> bool:
        ((zone,),) = self.connection.sql("SELECT current_setting('TimeZone')").fetchall()
        return bool(zone == "UTC")

    def _count(self, *conditions: str) -> tuple[int, ...]:
        counts = ", ".join(f"count(*) FILTER ({condition})" for condition in conditions)
        found: tuple[int, ...] = self.connection.sql(f"SELECT {counts} FROM {self.relation}").fetchall()[0]
        return found

    def _told_decimal(self, column: str) -> str:
        name = f"trim({quoted(column)})"
        comma, point, either = self._count(
            *(f"regexp_full_match({name}, {literal(form)})" for form in (_COMMA, _POINT, _EITHER))
        )
        if comma > point or (comma and either and point == either):
            return ","
        if either and not comma and not point:
            raise DatasetError(f"{self.where}: {column!r} may have a decimal comma or grouped thousands: say decimal.")
        return "."

    def _told_formats(self, column: str) -> list[str]:
        """Return the formats that read the most; none where ISO 8601 does.

        Raises:
            DatasetError: day and month could be either way round.
        """
        name = f"trim({quoted(column)})"
        families = [[date + clock for clock in _CLOCKS] for date in _DATES]
        readings = [
            f"try_strptime({name}, [{', '.join(literal(form) for form in family)}]) IS NOT NULL" for family in families
        ]
        iso, rest = self._count(
            f"TRY_CAST({name} AS TIMESTAMPTZ) IS NOT NULL", f"TRY_CAST({name} AS TIMESTAMPTZ) IS NULL AND {name} <> ''"
        )
        if iso >= rest:
            return []
        counts = self._count(*readings)
        best = max(counts)
        if iso >= best:
            return []
        tied = [family[0] for family, count in zip(families, counts, strict=True) if count == best]
        if len(tied) > 1:
            both = " or ".join(tied)
            raise DatasetError(f"{self.where}: {column!r} may be written {both}: say which by time_format.")
        return families[counts.index(best)]
