"""How text can be a number or a time, and what a column's values decide: values computed by hand."""

from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pytest

from features.arrow import literal
from features.clock import iso
from features.sources.files import told
from features.sources.files.readings import COMMA, EPOCHS, NUMBERS, POINT, TIMES, Reading, Undecided


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("SET TimeZone = 'Europe/Paris'")
        yield opened


def column(connection: duckdb.DuckDBPyConnection, values: list[str]) -> told.Column:
    connection.register("given", pa.table({"c": pa.array(values, pa.string())}))
    return told.Column(connection, "given", "c", told.text("c", "VARCHAR"))


def value(connection: duckdb.DuckDBPyConnection, reading: Reading, text: str) -> float | None:
    ((found,),) = connection.sql(f"SELECT {reading.value.replace('{t}', literal(text))}").fetchall()
    return None if found is None else float(found)


@pytest.mark.parametrize(
    ("text", "point", "comma"),
    [
        ("12", 12, 12),
        ("-5", -5, -5),
        ("12.50", 12.5, None),  # never 1250
        ("12,50", None, 12.5),
        ("1.234", 1.234, 1234),
        ("1,234", 1234, 1.234),
        ("1.234,50", None, 1234.5),
        ("1,234.50", 1234.5, None),
        ("1.234.567", None, 1234567),
        ("1'234.5", 1234.5, None),
        ("1 234,5", None, 1234.5),
        ("1\u00a0234", 1234, 1234),
        ("1\u202f234,5", None, 1234.5),
        (".5", 0.5, None),
        ("1e3", 1000, 1000),
        ("1,2,3", None, None),
        ("12,345,6", None, None),
        ("1_000", None, None),
        ("nan", None, None),
        ("inf", None, None),
        ("0x1F", None, None),
        ("", None, None),
    ],
)
def test_a_number_is_read_rightly_or_not_at_all(
    connection: duckdb.DuckDBPyConnection, text: str, point: float | None, comma: float | None
) -> None:
    assert [value(connection, reading, text) for reading in (POINT, COMMA)] == [point, comma]


JANUARY = "2024-01-01T10:00:00"
"""In Paris, an hour ahead of UTC."""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-01", {"iso": "2023-12-31T23:00:00Z"}),
        ("2024-01-01 10:00", {"iso": "2024-01-01T09:00:00Z"}),
        ("2024-01-01 10:00:00 +0200", {"iso": "2024-01-01T08:00:00Z"}),
        ("2024-01-01T10:00:00 -05:30", {"iso": "2024-01-01T15:30:00Z"}),
        ("2024-01-01 10:00:00 UTC", {"iso": "2024-01-01T10:00:00Z"}),
        ("2024-01-01T10:00:00,5Z", {"iso": "2024-01-01T10:00:00.500000Z"}),
        ("2024/1/5 7:05", {"iso": "2024-01-05T06:05:00Z"}),
        ("20240101", {"%Y%m%d": "2023-12-31T23:00:00Z"}),
        ("20240101T101112Z", {"%Y%m%d": "2024-01-01T10:11:12Z"}),
        ("20240101T1011+02", {"%Y%m%d": "2024-01-01T08:11:00Z"}),
        ("1704103200", {"epoch_s": "2024-01-01T10:00:00Z"}),
        ("1704103200.5", {"epoch_s": "2024-01-01T10:00:00.500000Z"}),
        ("1704103200000", {"epoch_ms": "2024-01-01T10:00:00Z"}),
        ("1704103200000000", {"epoch_us": "2024-01-01T10:00:00Z"}),
        ("1704103200000000999", {"epoch_ns": "2024-01-01T10:00:00Z"}),
        ("202401011010", {"%Y%m%d": "2024-01-01T09:10:00Z", "epoch_ms": "1976-05-31T14:30:11.010000Z"}),
        ("13/04/2024", {"%d/%m/%Y": "2024-04-12T22:00:00Z"}),
        ("03/04/2024", {"%d/%m/%Y": "2024-04-02T22:00:00Z", "%m/%d/%Y": "2024-03-03T23:00:00Z"}),
        ("03-04-2024 1:05 PM", {"%d-%m-%Y": "2024-04-03T11:05:00Z", "%m-%d-%Y": "2024-03-04T12:05:00Z"}),
        ("31.12.2024, 13:05:09", {"%d.%m.%Y": "2024-12-31T12:05:09Z"}),
        ("12/31/2024 12:00 AM", {"%m/%d/%Y": "2024-12-30T23:00:00Z"}),
        ("31/12/99", {"%d/%m/%y": "1999-12-30T23:00:00Z"}),
        ("24-01-05", {"%d-%m-%y": "2005-01-23T23:00:00Z", "%y-%m-%d": "2024-01-04T23:00:00Z"}),
        ("31/12/2024 10:00 +0200", {"%d/%m/%Y": "2024-12-31T08:00:00Z"}),
        ("2024-01-01 10:00:00 PM", {"%Y-%m-%d": "2024-01-01T21:00:00Z"}),
        ("3 Apr 2024", {"%d %b %Y": "2024-04-02T22:00:00Z"}),
        ("Apr 3, 2024", {"%b %d, %Y": "2024-04-02T22:00:00Z"}),
        ("epoch", {}),
        ("infinity", {}),
        ("2024-13-01", {}),
        ("-2024-01-01", {}),
        ("12", {}),
        ("now", {}),
    ],
)
def test_a_time_is_read_in_all_the_ways_that_it_can_mean(
    connection: duckdb.DuckDBPyConnection, text: str, expected: dict[str, str]
) -> None:
    found: dict[str, str] = {}
    for reading in TIMES:
        got = value(connection, reading, text)
        name = reading.name.removeprefix('time_format = "').removesuffix('"')
        if got is not None and iso(int(got)) not in found.values():
            found[name] = iso(int(got))
    assert found == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "2.5", "3.25"], "."),
        (["1", "2,5", "1.234"], ","),
        (["1,234", "5.5"], "."),
        (["1.234", "5,678"], ". or ,"),  # either may be thousands
        (["1", "2", "3"], "."),  # both say the same
        (["1", "2", "n/a", "", "-"], "."),
        (["a", "b"], ""),
        (["12,50"] * 99 + ["12.50"], ". or ,"),  # one in a hundred is too many to be a slip
        (["12,50"] * 200 + ["12.50"], ","),
    ],
)
def test_all_values_decide_the_decimal_sign(
    connection: duckdb.DuckDBPyConnection, values: list[str], expected: str
) -> None:
    assert _said(told.number(column(connection, values)).reading, 'decimal = "') == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["2024-01-01", "2024-01-02 10:00"], "iso"),
        (["03/04/2024", "13/04/2024"], "%d/%m/%Y"),
        (["03/04/2024", "04/13/2024"], "%m/%d/%Y"),
        (["03/04/2024", "05/06/2024"], "%d/%m/%Y or %m/%d/%Y"),
        (["05/05/2024"], "%d/%m/%Y"),  # both say the same
        (["13/04/2024", "04/13/2024"], "%d/%m/%Y or %m/%d/%Y"),  # each is wrong half of the time
        (["1704103200", "1704103201"], "epoch_s"),
        (["1704103200", "1704103200000"], "epoch_s or epoch_ms"),
        (["202401011010"], "%Y%m%d or epoch_ms"),
        (["", "none"], ""),
    ],
)
def test_all_values_decide_the_form_of_times(
    connection: duckdb.DuckDBPyConnection, values: list[str], expected: str
) -> None:
    assert _said(told.time(column(connection, values)).reading, 'time_format = "') == expected


def _said(found: Reading | Undecided | None, key: str) -> str:
    readings = () if found is None else (found,) if isinstance(found, Reading) else found.readings
    return " or ".join(reading.name.removeprefix(key).removesuffix('"') for reading in sorted_as_declared(readings))


def sorted_as_declared(readings: tuple[Reading, ...]) -> list[Reading]:
    names = [reading.name for reading in (*NUMBERS, *TIMES)]
    return sorted(readings, key=lambda reading: names.index(reading.name))


def test_a_file_that_cannot_decide_takes_what_the_others_say(connection: duckdb.DuckDBPyConnection) -> None:
    files = [["03/04/2024"], ["13/04/2024"], []]
    each = [told.time(column(connection, values)) for values in files]
    assert [_said(one, 'time_format = "') for one in told.agreed(each)] == ["%d/%m/%Y", "%d/%m/%Y", ""]


def test_files_that_do_not_agree_leave_one_that_cannot_decide_undecided(connection: duckdb.DuckDBPyConnection) -> None:
    files = [["03/04/2024"], ["13/04/2024"], ["04/13/2024"]]
    each = told.agreed([told.time(column(connection, values)) for values in files])
    assert isinstance(each[0], Undecided)


def test_whole_numbers_say_nothing_of_the_decimal_sign(connection: duckdb.DuckDBPyConnection) -> None:
    each = told.agreed([told.number(column(connection, values)) for values in (["1", "2"], ["1,234"], ["2,5"])])
    assert [_said(one, 'decimal = "') for one in each] == [".", ",", ","]


def test_epochs_are_told_by_size_without_a_gap() -> None:
    assert list(EPOCHS) == ["epoch_s", "epoch_ms", "epoch_us", "epoch_ns"]
