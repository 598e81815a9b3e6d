"""Readings: the ways in which text can be a number or a time, each as SQL, and how a column's values decide.

`{t}` stands for the trimmed text. A reading says what it can read, strictly, so that a value is read rightly or not at
all: 12.50 is no number with a decimal comma.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from features.arrow import literal

_SPACES = r"'\x{2019}\x{00A0}\x{202F} "
_EXPONENT = "([eE][-+]?[0-9]+)?"

ASIDE = 0.01
"""A reading wins that leaves fewer than that of the values aside,"""
OTHERS = 0.1
"""and at most that of what any other leaves."""


@dataclass(frozen=True)
class Reading:
    """One way to read text."""

    name: str
    """What the dataset file says to ask for it, as a line of TOML."""
    reads: str
    """SQL: whether a value can be read."""
    value: str
    """SQL: the value, NULL where it cannot be read: a DOUBLE, or microseconds UTC."""


def _grouped(decimal: str, group: str) -> str:
    """Return the pattern of a number whose thousands may be grouped by one sign, or by spaces and apostrophes."""
    whole = rf"([0-9]+|[0-9]{{1,3}}([{group}][0-9]{{3}})+|[0-9]{{1,3}}([{_SPACES}][0-9]{{3}})+)"
    return rf"[-+]?({whole}([{decimal}][0-9]*)?|[{decimal}][0-9]+){_EXPONENT}"


def _number(name: str, decimal: str, group: str) -> Reading:
    reads = f"regexp_full_match({{t}}, {literal(_grouped(decimal, group))})"
    bare = f"regexp_replace({{t}}, {literal(f'[{group}{_SPACES}]')}, '', 'g')"
    point = bare if decimal == "." else f"replace({bare}, ',', '.')"
    return Reading(name, reads, f"CASE WHEN {reads} THEN TRY_CAST({point} AS DOUBLE) END")


POINT = _number('decimal = "."', ".", ",")
COMMA = _number('decimal = ","', ",", ".")
NUMBERS = (POINT, COMMA)
PLAIN = Reading(POINT.name, "TRY_CAST({t} AS DOUBLE) IS NOT NULL", "TRY_CAST({t} AS DOUBLE)")
"""What POINT reads where no value has its thousands grouped, at a fifth of the cost."""

_ISO = (
    r"[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}([T ]+[0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2}([.,][0-9]*)?)?"
    r"( ?([zZ]|UTC|GMT|[-+][0-9]{2}(:?[0-9]{2}(:[0-9]{2})?)?))?)?"
)
_ISO_SHORT = r"[0-9]{8}(T?[0-9]{4}([0-9]{2}([.,][0-9]+)?)?([zZ]|[-+][0-9]{2}(:?[0-9]{2})?)?)?"
_TIGHT = r"replace(regexp_replace(regexp_replace({t}, ' *(UTC|GMT|[zZ])$', 'Z'), ' +([-+])', '\1'), ',', '.')"
_SPELT = (
    "regexp_replace(regexp_replace(regexp_replace("
    + _TIGHT
    + r", '^(.{4})(..)(..)', '\1-\2-\3'), '^(.{10})T?([0-9]{2})([0-9]{2})', '\1T\2:\3'), '^(.{16})([0-9]{2})', '\1:\2')"
)


def _cast(text: str, pattern: str) -> tuple[str, str]:
    """Return what is read and the value of a time that DuckDB reads when it is written as `text`."""
    value = f"epoch_us(CASE WHEN regexp_full_match({{t}}, {literal(pattern)}) THEN TRY_CAST({text} AS TIMESTAMPTZ) END)"
    return f"{value} IS NOT NULL", value


ISO = Reading('time_format = "iso"', *_cast(_TIGHT, _ISO))
ISO_PLAIN = Reading(ISO.name, "TRY_CAST({t} AS TIMESTAMPTZ) IS NOT NULL", "epoch_us(TRY_CAST({t} AS TIMESTAMPTZ))")
"""What ISO reads where no value has a space before its offset or a decimal comma, at less cost."""

_CLOCKS = ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p", "%I:%M:%S%p")
_BETWEEN = (" ", ", ", "T")


def written(date: str) -> tuple[str, ...]:
    """Return the formats of a date by itself, and with each way to write the time of day behind it."""
    return (date, *(date + between + clock for between, clock in product(_BETWEEN, _CLOCKS)))


def formatted(*formats: str, name: str = "") -> Reading:
    """Return the reading of one format of strptime, or of several that cannot be confused."""
    parsed = [f"epoch_us(CAST(try_strptime({{t}}, {literal(one)}) AS TIMESTAMPTZ))" for one in formats]
    if not any("%z" in one for one in formats):
        listed = ", ".join(literal(one) for one in formats)
        parsed = [f"epoch_us(CAST(try_strptime({{t}}, [{listed}]) AS TIMESTAMPTZ))"]
    value = parsed[0] if len(parsed) == 1 else f"coalesce({', '.join(parsed)})"
    return Reading(name or f'time_format = "{formats[0]}"', f"{value} IS NOT NULL", value)


def _dated(date: str) -> Reading:
    long = formatted(*written(date))
    zoned = formatted(*(f"{one} %z" for one in written(date)[1:4]))
    return Reading(
        long.name, f"coalesce({long.value}, {zoned.value}) IS NOT NULL", f"coalesce({long.value}, {zoned.value})"
    )


_LONG = r"regexp_matches({t}, '^[0-9]{1,2}[^0-9][0-9]{1,2}[^0-9][0-9]{4}')"
_YEAR = r"regexp_matches({t}, '^[0-9]{4}[^0-9]')"
_NAMED = r"regexp_matches({t}, '[a-zA-Z].*[0-9]|[0-9].*[a-zA-Z]')"
"""`epoch` and `infinity` are times to DuckDB."""
_SHORT = r"regexp_matches({t}, '^[0-9]{1,2}[^0-9][0-9]{1,2}[^0-9][0-9]{2}([^0-9]|$)')"


def _only(reading: Reading, condition: str) -> Reading:
    """Return a reading of those values alone for which a condition holds."""
    value = f"CASE WHEN {condition} THEN {reading.value} END"
    return Reading(reading.name, f"{value} IS NOT NULL", value)


def _epoch(unit: str, least: float, to_microseconds: str) -> Reading:
    number = "TRY_CAST({t} AS DECIMAL(38, 9))"
    most = f"{least * 1000:.0f}"
    sized = f"regexp_full_match({{t}}, '[0-9]{{9,20}}([.][0-9]+)?') AND {number} >= {least:.0f} AND {number} < {most}"
    value = f"CASE WHEN {sized} THEN CAST(floor({number} {to_microseconds}) AS BIGINT) END"
    return Reading(f'time_format = "epoch_{unit}"', f"{value} IS NOT NULL", value)


EPOCHS = {
    "epoch_s": _epoch("s", 1e8, "* 1000000"),
    "epoch_ms": _epoch("ms", 1e11, "* 1000"),
    "epoch_us": _epoch("us", 1e14, ""),
    "epoch_ns": _epoch("ns", 1e17, "* 0.001"),
}
"""Seconds since 1970 and their fractions, told by size: of each, what lies between the years 1973 and 5138."""

TIMES = (
    ISO,
    Reading('time_format = "%Y%m%d"', *_cast(_SPELT, _ISO_SHORT)),
    *EPOCHS.values(),
    *(_only(_dated(f"%d{s}%m{s}%Y"), _LONG) for s in "/.- "),
    *(_only(_dated(f"%m{s}%d{s}%Y"), _LONG) for s in "/.- "),
    *(_only(_dated(f"%Y{s}%m{s}%d"), _YEAR) for s in "-./"),
    *(_only(_dated(f"%d{s}%m{s}%y"), _SHORT) for s in "/.-"),
    *(_only(_dated(f"%m{s}%d{s}%y"), _SHORT) for s in "/.-"),
    *(_only(_dated(f"%y{s}%m{s}%d"), _SHORT) for s in "/.-"),
    *(
        _only(_dated(date), _NAMED)
        for date in ("%d %b %Y", "%d-%b-%Y", "%d %B %Y", "%b %d %Y", "%b %d, %Y", "%B %d, %Y")
    ),
)


@dataclass(frozen=True)
class Undecided:
    """Several readings are as good as each other, and say different things."""

    readings: tuple[Reading, ...]


def decided(
    counts: Mapping[Reading, int], total: int, differ: Callable[[Reading, Reading], bool]
) -> Reading | Undecided | None:
    """Return the reading that a column's values decide on.

    Args:
        counts: by reading, how many of the values it can read.
        total: how many values there are, but for those that no reading could ever read.
        differ: whether the second of two readings reads a value that the first does not read, or reads otherwise.

    Returns:
        The winner; those between which the values cannot decide; or None where nothing can be read.
    """
    best = max(counts, key=lambda reading: counts[reading], default=None)
    if best is None or not counts[best]:
        return None
    aside = total - counts[best]
    rivals = []
    for other, count in counts.items():
        left = total - count
        close = aside > OTHERS * left or aside == left or aside >= ASIDE * total
        if other is not best and count and close and differ(best, other):
            rivals.append(other)
    return Undecided((best, *rivals)) if rivals else best


def shown(readings: Sequence[Reading]) -> str:
    """Return how a dataset file asks for each of some readings."""
    return " or ".join(reading.name for reading in readings)
