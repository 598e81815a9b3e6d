"""Text as numbers and times: how a column is written is told by its values, or by the dataset."""

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features import clock
from features.dataset import DatasetError
from features.sources import batch
from tests.features.shop import json_lines, parquet, read, read_csv, rejects, times

NO_TIME, NO_NUMBER, NOT_RECORDED = (batch.REASONS[code] for code in (2, 4, 5))


def amounts(folder: Path, texts: list[str], **keys: Any) -> list[int | None]:
    """Return the cents of amounts written as text, which hold no part of one; None for those kept aside."""
    rows = "".join(f'a|2017-05-01|"{text}"\n' for text in texts)
    canonical = read_csv(folder, f"client|at|paid\n{rows}", {"amount": "paid"}, **keys)
    bad = {row - 1 for _, row, reason in rejects(canonical) if reason == NO_NUMBER}
    kept = [divmod(amount, 100) for amount in canonical.events["amount"].to_pylist()]
    assert not any(part for _, part in kept)
    good = iter(cents for cents, _ in kept)
    return [None if row in bad else next(good) for row in range(len(texts))]


def moments(folder: Path, texts: list[str], **keys: Any) -> list[str | None]:
    """Return the instants of times written as text; None for those kept aside."""
    canonical = read_csv(folder, "client|at\n" + "".join(f"a|{text}\n" for text in texts), **keys)
    bad = {row - 1 for _, row, reason in rejects(canonical) if reason == NO_TIME}
    good = iter(times(canonical))
    return [None if row in bad else next(good) for row in range(len(texts))]


@pytest.mark.parametrize(
    ("texts", "cents"),
    [
        (["1", "-3", "+2", "0", "007"], [100, -300, 200, 0, 700]),
        (["1.5", ".5", "5.", "1e2", "1E-2", "-0.29"], [150, 50, 500, 10_000, 1, -29]),
        (["1,5", "-0,29", "12", "+3,07"], [150, -29, 1200, 307]),
        (["1.234,50", "-2.000.000,00", "3,5", "7"], [123_450, -200_000_000, 350, 700]),
        (["1,234.50", "-2,000,000.00", "3.5", "2,000"], [123_450, -200_000_000, 350, 200_000]),
        (["1'234.50", "2'000.00", "3.5"], [123_450, 200_000, 350]),
        (["1 234,50", "2 000,00", "3,5"], [123_450, 200_000, 350]),
        (["1\N{NO-BREAK SPACE}234,50", "2\N{NARROW NO-BREAK SPACE}000,00", "3,5"], [123_450, 200_000, 350]),
        ([" 1.5 ", "2.5\t"], [150, 250]),
        ([" 1,5 ", "2,5\t"], [150, 250]),
        (["1.234.567", "2.000,5"], [123_456_700, 200_050]),
    ],
)
def test_decimals_and_thousands_are_told_by_the_values(
    tmp_path: Path, texts: list[str], cents: list[int | None]
) -> None:
    assert amounts(tmp_path, texts) == cents


def test_what_is_no_number_is_kept_aside(tmp_path: Path) -> None:
    bad = ["free", "€5", "5 €", "5%", "(5)", "5-", "--1", "1.2.3", "12,34,5", "1,23.4", "½", "nan", "inf", "1e400", ""]
    assert amounts(tmp_path, ["1.5", *bad, "2.5"]) == [150, *[None] * len(bad), 250]


@pytest.mark.parametrize(
    ("decimal", "cents"),
    [(",", [100_000, 250_000, 50, 123_456_789, None]), (".", [100, 250, None, None, 123_456_789])],
)
def test_a_dataset_may_say_what_its_decimals_are(tmp_path: Path, decimal: str, cents: list[int | None]) -> None:
    texts = ["1.000", "2.500", "0,50", "1.234.567,89", "1,234,567.89"]
    assert amounts(tmp_path, texts, decimal=decimal) == cents


@pytest.mark.parametrize("suffix", ["parquet", "jsonl"])
def test_numbers_are_told_in_every_format(tmp_path: Path, suffix: str) -> None:
    rows = [{"client": "a", "at": "2017-05-01", "paid": paid} for paid in ("1.234,50", "0,29", "7")]
    parquet(tmp_path / "s.parquet", **{key: [row[key] for row in rows] for key in rows[0]})
    json_lines(tmp_path / "s.jsonl", *rows)
    canonical = read(tmp_path, {"path": f"s.{suffix}", "columns": {"amount": "paid"}})
    assert canonical.events["amount"].to_pylist() == [12_345_000, 2_900, 70_000]


def test_each_column_is_told_by_its_own_values(tmp_path: Path) -> None:
    rows = "a|2017-05-01|1,5|1.5\nb|2017-05-01|2,25|2.25\n"
    canonical = read_csv(tmp_path, f"client|at|paid|units\n{rows}", {"amount": "paid", "quantity": "units"})
    assert canonical.events["amount"].to_pylist() == [15_000, 22_500]
    assert canonical.events["quantity"].to_pylist() == [1500, 2250]


def test_the_columns_of_an_expression_are_told_too(tmp_path: Path) -> None:
    rows = "a|2017-05-01|1,5|1.2\nb|2017-05-01|2,25|2\n"
    columns = {"amount": "units * price"}
    canonical = read_csv(tmp_path, f"client|at|units|price\n{rows}", columns, where="units > 1.9")
    assert canonical.events["amount"].to_pylist() == [45_000]


def german(cents: int) -> str:
    return f"{cents / 100:,.2f}".translate(str.maketrans(",.", ".,"))


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cents=st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=30))
def test_any_money_with_two_decimals_is_read_in_both_writings(tmp_path: Path, cents: list[int]) -> None:
    rows = "".join(f"a|2017-05-01|{cent / 100:,.2f}|{german(cent)}\n" for cent in cents)
    events = read_csv(tmp_path, f"client|at|us|de\n{rows}", {"amount": "us", "discount": "de"}).events
    assert events["amount"].to_pylist() == [100 * cent for cent in cents]
    assert events["discount"].to_pylist() == [100 * cent for cent in cents]


@pytest.mark.parametrize(
    ("texts", "utc"),
    [
        (["2017-05-13", "2017-05-03"], ["2017-05-13", "2017-05-03"]),
        (["13/05/2017", "03/05/2017", "3/5/2017"], ["2017-05-13", "2017-05-03", "2017-05-03"]),
        (["05/13/2017", "05/03/2017", "5/3/2017"], ["2017-05-13", "2017-05-03", "2017-05-03"]),
        (["13.05.2017", "3.5.2017"], ["2017-05-13", "2017-05-03"]),
        (["13-05-2017", "03-05-2017"], ["2017-05-13", "2017-05-03"]),
        (["2017/05/13", "2017/5/3"], ["2017-05-13", "2017-05-03"]),
        (["20170513", "20170503"], ["2017-05-13", "2017-05-03"]),
        ([" 13/05/2017 "], ["2017-05-13"]),
    ],
)
def test_the_writing_of_dates_is_told_by_the_values(tmp_path: Path, texts: list[str], utc: list[str]) -> None:
    assert moments(tmp_path, texts) == [f"{date}T00:00:00Z" for date in utc]


@pytest.mark.parametrize("date", ["13/05/2017", "05/13/2017", "13.05.2017", "2017/05/13", "2017-05-13"])
def test_dates_of_every_writing_may_have_a_time(tmp_path: Path, date: str) -> None:
    hours = {"": "00:00:00", " 09:05": "09:05:00", " 23:59:58": "23:59:58", " 10:00:00.25": "10:00:00.250000"}
    assert moments(tmp_path, [date + hour for hour in hours]) == [f"2017-05-13T{utc}Z" for utc in hours.values()]


MOMENTS = {
    "2017-07-05 10:00": "2017-07-05T14:00:00Z",
    "2017-07-05T10:00:00": "2017-07-05T14:00:00Z",
    "2017-01-05T10:00:00": "2017-01-05T15:00:00Z",
    "2017-07-05T10:00:00Z": "2017-07-05T10:00:00Z",
    "2017-07-05T10:00:00+02:00": "2017-07-05T08:00:00Z",
    "2017-07-05T10:00:00-0330": "2017-07-05T13:30:00Z",
    "2017-07-05 10:00:00.5+05:45": "2017-07-05T04:15:00.500000Z",
    "2017-07-05 10:00:00+02": "2017-07-05T08:00:00Z",
    "2017-07-05T10:00:00.123456789Z": "2017-07-05T10:00:00.123456Z",
    "2017-07-05": "2017-07-05T04:00:00Z",
}


@pytest.mark.parametrize("suffix", ["csv", "parquet", "jsonl"])
def test_a_time_is_read_in_its_own_offset_or_else_in_the_zone(tmp_path: Path, suffix: str) -> None:
    parquet(tmp_path / "s.parquet", client=["a"] * len(MOMENTS), at=list(MOMENTS))
    json_lines(tmp_path / "s.jsonl", *({"client": "a", "at": text} for text in MOMENTS))
    (tmp_path / "s.csv").write_text("client,at\n" + "".join(f"a,{text}\n" for text in MOMENTS))
    canonical = read(tmp_path, {"path": f"s.{suffix}"}, zone='"America/New_York"')
    assert dict(zip(MOMENTS, times(canonical), strict=True)) == MOMENTS


@pytest.mark.parametrize(("text", "utc"), MOMENTS.items())
def test_a_time_alone_is_read_in_its_own_offset_or_else_in_the_zone(tmp_path: Path, text: str, utc: str) -> None:
    json_lines(tmp_path / "s.jsonl", {"client": "a", "at": text})  # the format that guesses types
    assert times(read(tmp_path, {"path": "s.jsonl"}, zone='"America/New_York"')) == [utc]


@pytest.mark.parametrize(
    ("text", "day", "summer"),
    [("{}/{}/2017 10:00", "13", "07"), ("{}.{}.2017 10:00", "23", "07")],
)
def test_a_told_time_is_in_the_zone_of_the_dataset(tmp_path: Path, text: str, day: str, summer: str) -> None:
    texts = [text.format(day, month) for month in (summer, "01")]
    found = moments(tmp_path, texts, zone="America/New_York")
    assert found == [f"2017-07-{day}T14:00:00Z", f"2017-01-{day}T15:00:00Z"]


@pytest.mark.parametrize("texts", [["03/05/2017"], ["03/05/2017", "1/2/2017 10:00"]])
@pytest.mark.parametrize("suffix", ["csv", "parquet", "jsonl"])
def test_day_and_month_that_may_be_either_are_asked_for(tmp_path: Path, suffix: str, texts: list[str]) -> None:
    parquet(tmp_path / "s.parquet", client=["a"] * len(texts), at=texts)
    json_lines(tmp_path / "s.jsonl", *({"client": "a", "at": text} for text in texts))
    (tmp_path / "s.csv").write_text("client,at\n" + "".join(f"a,{text}\n" for text in texts))
    with pytest.raises(DatasetError) as caught:
        read(tmp_path, {"path": f"s.{suffix}"})
    said = 'may be written time_format = "%d/%m/%Y" or time_format = "%m/%d/%Y": say which.'
    assert str(caught.value) == f"dataset 'shop': sources[0]: 'at' of s.{suffix} {said}"


def test_one_date_that_is_clear_tells_all_the_others(tmp_path: Path) -> None:
    assert moments(tmp_path, ["03/05/2017"] * 50 + ["13/05/2017"]) == ["2017-05-03T00:00:00Z"] * 50 + [
        "2017-05-13T00:00:00Z"
    ]


def test_an_ambiguous_column_that_is_not_used_is_no_mistake(tmp_path: Path) -> None:
    canonical = read_csv(tmp_path, "client,at,shipped\na,2017-05-01,03/05/2017\n")
    assert times(canonical) == ["2017-05-01T00:00:00Z"]


@pytest.mark.parametrize(
    ("form", "text", "utc"),
    [
        ("%d/%m/%Y", "03/05/2017", "2017-05-03T00:00:00Z"),
        ("%m/%d/%Y", "03/05/2017", "2017-03-05T00:00:00Z"),
        ("%d.%m.%y %H:%M", "03.05.17 10:00", "2017-05-03T10:00:00Z"),
        ("%m/%d/%Y %I:%M %p", "03/05/2017 01:30 PM", "2017-03-05T13:30:00Z"),
        ("%d %b %Y", "03 May 2017", "2017-05-03T00:00:00Z"),
        ("%Y-%d-%m", "2017-03-05", "2017-05-03T00:00:00Z"),
        ("%d.%m.%Y %H:%M %z", "03.05.2017 10:00 +0200", "2017-05-03T08:00:00Z"),
    ],
)
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_dataset_may_say_how_its_times_are_written(
    tmp_path: Path, suffix: str, form: str, text: str, utc: str
) -> None:
    parquet(tmp_path / "s.parquet", client=["a", "b"], at=[text, "soon"])
    (tmp_path / "s.csv").write_text(f"client,at\na,{text}\nb,soon\n")
    canonical = read(tmp_path, {"path": f"s.{suffix}", "time_format": form})
    assert times(canonical) == [utc]
    assert rejects(canonical) == [(0, 2, NO_TIME)]


def test_what_the_dataset_says_of_times_is_for_text_only(tmp_path: Path) -> None:
    parquet(tmp_path / "s.parquet", client=["a", "b"], at=pa.array([0, clock.DAY], pa.timestamp("us")))
    canonical = read(tmp_path, {"path": "s.parquet", "time_format": "%d/%m/%Y"})
    assert times(canonical) == ["1970-01-01T00:00:00Z", "1970-01-02T00:00:00Z"]


def test_what_is_no_time_is_kept_aside(tmp_path: Path) -> None:
    bad = ["soon", "2017-02-29", "2017-13-01", "2017-05-01 25:00", "now", "infinity", "", "1/2"]
    found = moments(tmp_path, ["2017-05-01", *bad, "2017-05-01"])
    assert found == ["2017-05-01T00:00:00Z", *[None] * len(bad), "2017-05-01T00:00:00Z"]


def test_what_is_written_otherwise_than_the_others_is_kept_aside(tmp_path: Path) -> None:
    bad = ["31/02/2017", "05/13/2017", "2017-05-01", "13/05/17", "13/05/2017 25:00"]
    good = ["14/05/2017"] * 1000
    found = moments(tmp_path, ["13/05/2017", *bad, *good])
    assert found == ["2017-05-13T00:00:00Z", *[None] * len(bad), *["2017-05-14T00:00:00Z"] * len(good)]


def test_occurred_and_recorded_are_told_apart(tmp_path: Path) -> None:
    rows = "a|13/05/2017|05/14/2017\nb|14/05/2017|15.05.\nc|15/05/2017|\nd|16/05/2017|05/17/2017\n"
    canonical = read_csv(tmp_path, f"client|at|known\n{rows}", {"recorded_at": "known"})
    assert times(canonical) == [f"2017-05-{day}T00:00:00Z" for day in (13, 15, 16)]
    assert rejects(canonical) == [(0, 2, NOT_RECORDED)]
    known = [clock.parse(f"2017-05-{day}", ZoneInfo("UTC")) for day in (14, 17)]
    assert canonical.events["recorded_at"].to_pylist() == [known[0], 0, known[1]]


def test_a_column_name_with_quotes_is_told_too(tmp_path: Path) -> None:
    name = 'it\'s "paid"'
    parquet(tmp_path / "s.parquet", client=["a"], at=["13/05/2017"], **{name: ["1,5"]})
    canonical = read(tmp_path, {"path": "s.parquet", "columns": {"amount": name}})
    assert canonical.events["amount"].to_pylist() == [15_000]
