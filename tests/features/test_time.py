"""Time zones, through the real reading path: naive times, changed clocks, leap days and the turn of a year."""

import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from features import clock
from features.catalogue.feature import Aggregate
from features.kernel.kernel import Kernel
from features.log.log import Log
from tests.features.shop import business, events, json_lines, parquet, read_csv, times
from tests.features.shop import log as log_of

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",  # its clocks change by half an hour
    "America/St_Johns",  # changed at one minute past midnight
    "America/Havana",  # changes at midnight, so that one comes twice and one never
    "Pacific/Apia",  # went without the 30th of December 2011
    "Asia/Kolkata",
    "UTC",
)
CHANGES = {
    "Europe/Berlin": ("2021-03-28", "2021-10-31"),
    "America/New_York": ("2021-03-14", "2021-11-07"),
    "Australia/Lord_Howe": ("2021-04-04", "2021-10-03"),
    "America/St_Johns": ("2006-04-02", "2006-10-29"),
    "America/Havana": ("2017-03-12", "2017-11-05"),
    "Pacific/Apia": ("2011-12-29", "2011-12-30"),
}

KERNEL = Kernel(
    (
        Aggregate("lines", "lines", "lines", "count", "purchase"),
        Aggregate("lines_1d", "lines", "lines", "count", "purchase", 1),
        Aggregate("lines_7d", "lines", "lines", "count", "purchase", 7),
        Aggregate("lines_1d_week_ago", "lines", "lines", "count", "purchase", 1, None, 7),
        Aggregate("days", "days", "days", "days", "purchase"),
        Aggregate("weeks", "weeks", "weeks", "weeks", "purchase"),
        Aggregate("weekend", "lines", "lines", "weekend", "purchase"),
        Aggregate("night", "lines", "lines", "night", "purchase"),
        Aggregate("recency", "days", "days", "silence", "purchase"),
        Aggregate("gap", "days", "days", "gap_longest", "purchase"),
    )
)


def read_times(folder: Path, zone: str, *naive: str) -> Log:
    """Read purchases of one customer at naive times of a CSV file."""
    canonical = read_csv(folder, "client,at\n" + "".join(f"ann,{text}\n" for text in naive), zone=zone)
    assert canonical.rejects.num_rows == 0
    return log_of(canonical.events, zone)


def clocks(log: Log) -> list[tuple[str, str, int]]:
    """Return for each event the instant in UTC, the calendar day and the hour."""
    days = log.columns["day"].astype("datetime64[D]").astype(str)
    return [
        (clock.iso(time), str(day), int(hour))
        for time, day, hour in zip(log.columns["time"], days, log.columns["hour"], strict=True)
    ]


def values(log: Log, as_of: str, zone: str) -> dict[str, float]:
    """Return the features of the only customer."""
    moment = np.array([clock.parse(as_of, ZoneInfo(zone))])
    return dict(zip(KERNEL.names, KERNEL.exact(log, np.zeros(1, np.int64), moment)[0].tolist(), strict=True))


@pytest.mark.parametrize(
    ("zone", "naive", "utc", "day", "hour"),
    [
        ("Europe/Berlin", "2021-03-28 01:59:59", "2021-03-28T00:59:59Z", "2021-03-28", 1),
        ("Europe/Berlin", "2021-03-28 02:30:00", "2021-03-28T01:30:00Z", "2021-03-28", 3),  # skipped
        ("Europe/Berlin", "2021-03-28 03:00:00", "2021-03-28T01:00:00Z", "2021-03-28", 3),
        ("Europe/Berlin", "2021-10-31 01:59:59", "2021-10-30T23:59:59Z", "2021-10-31", 1),
        ("Europe/Berlin", "2021-10-31 02:30:00", "2021-10-31T01:30:00Z", "2021-10-31", 2),  # twice
        ("Europe/Berlin", "2021-10-31 03:00:00", "2021-10-31T02:00:00Z", "2021-10-31", 3),
        ("Europe/Berlin", "2020-02-29 23:59:59", "2020-02-29T22:59:59Z", "2020-02-29", 23),
        ("Europe/Berlin", "2020-03-01 00:00:00", "2020-02-29T23:00:00Z", "2020-03-01", 0),
        ("Europe/Berlin", "2000-02-29 12:00:00", "2000-02-29T11:00:00Z", "2000-02-29", 12),
        ("Europe/Berlin", "2020-12-31 23:59:59", "2020-12-31T22:59:59Z", "2020-12-31", 23),
        ("Europe/Berlin", "2021-01-01 00:00:00", "2020-12-31T23:00:00Z", "2021-01-01", 0),
        ("America/New_York", "2021-03-14 02:30:00", "2021-03-14T07:30:00Z", "2021-03-14", 3),  # skipped
        ("America/New_York", "2021-11-07 01:30:00", "2021-11-07T06:30:00Z", "2021-11-07", 1),  # twice
        ("America/New_York", "2021-11-07 00:59:59", "2021-11-07T04:59:59Z", "2021-11-07", 0),
        ("America/New_York", "2020-12-31 23:00:00", "2021-01-01T04:00:00Z", "2020-12-31", 23),
        ("America/New_York", "2024-02-29 23:59:59", "2024-03-01T04:59:59Z", "2024-02-29", 23),
        ("Australia/Lord_Howe", "2021-10-03 02:15:00", "2021-10-02T15:45:00Z", "2021-10-03", 2),  # skipped: it is 02:45
        ("Australia/Lord_Howe", "2021-10-03 02:30:00", "2021-10-02T15:30:00Z", "2021-10-03", 2),
        ("Australia/Lord_Howe", "2021-04-04 01:45:00", "2021-04-03T15:15:00Z", "2021-04-04", 1),  # twice
        ("Australia/Lord_Howe", "2021-04-04 02:00:00", "2021-04-03T15:30:00Z", "2021-04-04", 2),
        ("Australia/Lord_Howe", "2021-01-01 00:00:00", "2020-12-31T13:00:00Z", "2021-01-01", 0),
    ],
)
def test_a_naive_time_is_in_the_zone_of_the_dataset(
    zone: str, naive: str, utc: str, day: str, hour: int, tmp_path: Path
) -> None:
    assert clocks(read_times(tmp_path, zone, naive)) == [(utc, day, hour)]


@pytest.mark.parametrize("zone", ZONES)
def test_a_time_says_the_same_in_a_source_and_as_an_as_of(zone: str, tmp_path: Path) -> None:
    naive = [
        (datetime.datetime.fromisoformat(day) + datetime.timedelta(minutes=5 * step)).isoformat(sep=" ")
        for day in (*CHANGES.get(zone, ()), "2020-02-29", "2020-12-31", "1999-12-31")
        for step in range(-24, 24 * 13)
    ]
    read = read_csv(tmp_path, "client,at\n" + "".join(f"ann,{text}\n" for text in naive), zone=zone)
    assert read.rejects.num_rows == 0
    assert read.events["occurred_at"].to_pylist() == [clock.parse(text, ZoneInfo(zone)) for text in naive]


TWICE = "2021-10-31 02:30:00"  # in Berlin


def as_csv(folder: Path) -> dict[str, Any]:
    (folder / "s.csv").write_text(f"client,at\nann,{TWICE}\n", encoding="utf-8")
    return {"path": "s.csv"}


def as_formatted_csv(folder: Path) -> dict[str, Any]:
    (folder / "s.csv").write_text("client,at\nann,31.10.2021 02:30\n", encoding="utf-8")
    return {"path": "s.csv", "time_format": "%d.%m.%Y %H:%M"}


def as_json(folder: Path) -> dict[str, Any]:
    json_lines(folder / "s.jsonl", {"client": "ann", "at": TWICE})
    return {"path": "s.jsonl"}


def as_parquet(folder: Path) -> dict[str, Any]:
    moment = pa.array([datetime.datetime.fromisoformat(TWICE)], pa.timestamp("us"))
    parquet(folder / "s.parquet", client=["ann"], at=moment)
    return {"path": "s.parquet"}


@pytest.mark.parametrize("written", [as_csv, as_formatted_csv, as_json, as_parquet])
def test_the_clocks_of_the_zone_count_in_every_kind_of_file(written: Any, tmp_path: Path) -> None:
    shop = business(tmp_path, written(tmp_path), zone='"Europe/Berlin"')
    assert times(events(shop)) == ["2021-10-31T01:30:00Z"]


def test_a_time_with_an_offset_needs_no_zone(tmp_path: Path) -> None:
    naive = ["2021-10-31 02:30:00+02:00", "2021-10-31 02:30:00+01:00", "2021-10-31 01:45:00Z"]
    assert clocks(read_times(tmp_path, "Europe/Berlin", *naive)) == [
        ("2021-10-31T00:30:00Z", "2021-10-31", 2),
        ("2021-10-31T01:30:00Z", "2021-10-31", 2),
        ("2021-10-31T01:45:00Z", "2021-10-31", 2),
    ]


@pytest.mark.parametrize(
    ("zone", "date", "utc"),
    [
        ("America/Havana", "2017-11-05", "2017-11-05T04:00:00Z"),  # its midnight comes twice
        ("America/Havana", "2017-11-05T00:00", "2017-11-05T05:00:00Z"),
        ("America/Havana", "2017-03-12", "2017-03-12T05:00:00Z"),  # its midnight is skipped
        ("America/Sao_Paulo", "2017-10-15", "2017-10-15T03:00:00Z"),
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"),  # there was no such day
        ("Europe/Berlin", "2021-10-31", "2021-10-30T22:00:00Z"),
        ("Europe/Berlin", "2020-02-29", "2020-02-28T23:00:00Z"),
    ],
)
def test_an_as_of_that_is_a_date_is_the_first_instant_of_its_day(zone: str, date: str, utc: str) -> None:
    moment = clock.parse(date, ZoneInfo(zone))
    assert clock.iso(moment) == utc
    if len(date) == len("2017-11-05"):
        assert clock.start_of_day(moment, ZoneInfo(zone)) == moment
        assert clock.start_of_day(moment - 1, ZoneInfo(zone)) < moment


@pytest.mark.parametrize(
    ("zone", "change"),
    [
        ("Europe/Berlin", "2021-03-28"),
        ("Europe/Berlin", "2021-10-31"),
        ("America/New_York", "2021-03-14"),
        ("Australia/Lord_Howe", "2021-04-04"),
        ("Australia/Lord_Howe", "2021-10-03"),
    ],
)
def test_a_window_is_as_many_times_24_hours_when_the_clocks_change(zone: str, change: str, tmp_path: Path) -> None:
    there = ZoneInfo(zone)
    day = clock.parse(change, there)
    as_of = clock.start_of_day(day, there, days=1) + 12 * clock.HOUR
    assert as_of - day != 36 * clock.HOUR
    edges = [as_of - clock.DAY - 1, as_of - clock.DAY, as_of - 7 * clock.DAY - 1, as_of - 7 * clock.DAY, as_of - 1]
    log = read_times(tmp_path, zone, *(clock.iso(edge) for edge in edges))
    found = values(log, clock.iso(as_of), zone)
    assert (found["lines"], found["lines_1d"], found["lines_7d"], found["lines_1d_week_ago"]) == (5, 2, 4, 1)
    assert found["recency"] == 1 / clock.DAY


def test_days_and_gaps_are_those_of_the_calendar_when_the_clocks_change(tmp_path: Path) -> None:
    naive = ["2021-10-30 23:59:59", "2021-10-31 00:00:00", "2021-10-31 23:59:59", "2021-11-01 00:00:00"]
    found = values(read_times(tmp_path, "Europe/Berlin", *naive), "2021-11-02", "Europe/Berlin")
    assert (found["days"], found["gap"], found["weekend"], found["night"]) == (3, 1, 3, 2)


def test_a_leap_day_is_a_day_and_the_year_has_366(tmp_path: Path) -> None:
    zone = "America/New_York"
    leap = read_times(tmp_path, zone, "2020-02-28 12:00", "2020-02-29 12:00", "2020-03-01 12:00")
    assert (values(leap, "2020-03-02", zone)["days"], values(leap, "2020-03-02", zone)["gap"]) == (3, 1)
    years = read_times(tmp_path, zone, "2020-01-01", "2021-01-01", "2022-01-01")
    assert np.diff(years.columns["day"]).tolist() == [366, 365]
    common = read_times(tmp_path, zone, "2021-02-28 12:00", "2021-03-01 12:00")
    assert values(common, "2021-03-02", zone)["gap"] == 1


def test_weeks_are_blocks_of_seven_days_back_from_the_as_of_also_at_the_turn_of_a_year(tmp_path: Path) -> None:
    zone = "Europe/Berlin"
    # The ISO weeks 53 of 2020 and 1 of 2021 meet on Monday, the 4th of January: here they are no border.
    log = read_times(tmp_path, zone, "2020-12-31 12:00", "2021-01-01 12:00", "2021-01-03 12:00", "2021-01-04 12:00")
    assert values(log, "2021-01-07", zone)["weeks"] == 1
    assert values(log, "2021-01-07T12:00:01", zone)["weeks"] == 2
    assert values(log, "2021-01-08", zone)["weeks"] == 2
    assert values(log, "2021-01-08", zone)["weekend"] == 1


def test_a_source_may_say_when_rows_were_recorded_in_naive_times_too(tmp_path: Path) -> None:
    text = f"client,at,known\nann,2021-10-31 00:30:00,{TWICE}\n"
    read = read_csv(tmp_path, text, {"recorded_at": "known"}, zone="Europe/Berlin")
    log = log_of(read.events, "Europe/Berlin")
    seen = [values(log, as_of, "Europe/Berlin")["lines"] for as_of in ("2021-10-31T01:30:00Z", "2021-10-31T01:30:01Z")]
    assert seen == [0, 1]
