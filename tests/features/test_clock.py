"""Instants and calendar days, against Python's own datetime and zoneinfo."""

import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features import clock

ZONES = ("UTC", "Asia/Kolkata", "Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe", "Europe/Paris")
SPRING, AUTUMN = "2017-03-12", "2017-11-05"  # when New York changes its clocks

zones = st.sampled_from([ZoneInfo(name) for name in ZONES])
moments = st.integers(-14_600, 2_929_000).flatmap(  # the days from 1930 to 9989
    lambda day: st.integers(day * clock.DAY, (day + 1) * clock.DAY - 1)
)
recent_days = st.dates(datetime.date(1990, 1, 1), datetime.date(2040, 1, 1))
near_midnight = st.integers(-2 * 3600 * clock.SECOND, 4 * 3600 * clock.SECOND)


def local(instant: int, zone: ZoneInfo) -> datetime.datetime:
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    return (epoch + datetime.timedelta(microseconds=instant)).astimezone(zone)


@pytest.mark.parametrize(
    ("text", "zone", "utc"),
    [
        ("2017-10-08", "UTC", "2017-10-08T00:00:00Z"),
        ("2017-10-08", "America/New_York", "2017-10-08T04:00:00Z"),
        ("2017-12-08", "America/New_York", "2017-12-08T05:00:00Z"),
        ("2017-10-08", "Asia/Kolkata", "2017-10-07T18:30:00Z"),
        ("2017-10-08T06:30", "Europe/Paris", "2017-10-08T04:30:00Z"),
        ("2017-10-08 06:30:00", "UTC", "2017-10-08T06:30:00Z"),
        ("2017-10-08T06:30:00Z", "America/New_York", "2017-10-08T06:30:00Z"),
        ("2017-10-08T06:30:00+05:30", "America/New_York", "2017-10-08T01:00:00Z"),
        ("2017-10-08T06:30:00-11:00", "UTC", "2017-10-08T17:30:00Z"),
        ("2017-10-08T06:30:00.000001Z", "UTC", "2017-10-08T06:30:00.000001Z"),
        ("1969-12-31T23:59:59.999999Z", "UTC", "1969-12-31T23:59:59.999999Z"),
        ("0001-01-01", "UTC", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999999", "UTC", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_a_date_or_time_is_read_in_its_own_offset_or_else_in_the_zone(text: str, zone: str, utc: str) -> None:
    assert clock.iso(clock.parse(text, ZoneInfo(zone))) == utc


@pytest.mark.parametrize("text", ["", "tomorrow", "2017-13-01", "2017-02-29", "2017-10-08T25:00", "08.10.2017", "2017"])
def test_what_is_no_iso_date_or_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=f"as-of: got '{text}'; an ISO date or time is allowed, such as 2017-10-08"):
        clock.parse(text, ZoneInfo("UTC"))


def test_the_epoch_is_zero_and_one_second_is_a_million() -> None:
    assert clock.parse("1970-01-01", ZoneInfo("UTC")) == 0
    assert clock.parse("1970-01-01T00:00:01Z", ZoneInfo("UTC")) == 1_000_000


@given(st.datetimes(timezones=st.just(datetime.UTC)))
def test_an_instant_is_exact_and_comes_back_from_its_text(moment: datetime.datetime) -> None:
    instant = clock.to_us(moment)
    assert local(instant, ZoneInfo("UTC")) == moment
    assert clock.parse(clock.iso(instant), ZoneInfo("Asia/Kolkata")) == instant


@pytest.mark.parametrize(
    ("zone", "moment", "start"),
    [
        ("UTC", "2017-10-08T23:59:59.999999Z", "2017-10-08T00:00:00Z"),
        ("UTC", "2017-10-08T00:00:00Z", "2017-10-08T00:00:00Z"),
        ("UTC", "1969-12-31T12:00:00Z", "1969-12-31T00:00:00Z"),
        ("America/New_York", "2017-10-08T03:59:59Z", "2017-10-07T04:00:00Z"),
        ("America/New_York", "2017-03-12T23:00:00Z", "2017-03-12T05:00:00Z"),
        ("America/New_York", "2017-11-06T04:59:59Z", "2017-11-05T04:00:00Z"),
        ("Asia/Kolkata", "2017-10-08T18:29:59Z", "2017-10-07T18:30:00Z"),
        ("America/Sao_Paulo", "2017-10-15T12:00:00Z", "2017-10-15T03:00:00Z"),  # midnight is skipped
        ("America/Havana", "2017-11-05T12:00:00Z", "2017-11-05T04:00:00Z"),  # midnight comes twice
    ],
)
def test_a_day_begins_at_its_first_instant(zone: str, moment: str, start: str) -> None:
    assert clock.iso(clock.start_of_day(clock.parse(moment, ZoneInfo("UTC")), ZoneInfo(zone))) == start


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25), ("2017-06-01", 24)])
def test_days_are_as_long_as_the_zone_makes_them(day: str, hours: int) -> None:
    zone = ZoneInfo("America/New_York")
    start = clock.parse(day, zone)
    assert clock.start_of_day(start, zone) == start
    assert clock.start_of_day(start, zone, days=1) - start == hours * 3600 * clock.SECOND
    assert clock.start_of_day(clock.start_of_day(start, zone, days=1) - 1, zone) == start


@given(moments, zones, st.integers(-400, 400))
def test_the_start_of_a_day_is_midnight_of_that_day(instant: int, zone: ZoneInfo, days: int) -> None:
    start = local(clock.start_of_day(instant, zone, days), zone)
    assert start.date() == local(instant, zone).date() + datetime.timedelta(days=days)
    assert start.time() == datetime.time()


def days_by_python(instants: list[int], zone: ZoneInfo) -> list[int]:
    epoch = datetime.date(1970, 1, 1).toordinal()
    return [local(instant, zone).date().toordinal() - epoch for instant in instants]


@given(st.lists(moments, max_size=50), zones)
def test_calendar_days_are_those_of_python(instants: list[int], zone: ZoneInfo) -> None:
    days = clock.calendar_days(np.array(instants, np.int64), zone)
    assert days.dtype == np.int32
    assert days.tolist() == days_by_python(instants, zone)


@given(st.lists(st.tuples(recent_days, near_midnight), min_size=1, max_size=50), zones)
def test_calendar_days_are_those_of_python_around_midnight(
    shifted: list[tuple[datetime.date, int]], zone: ZoneInfo
) -> None:
    instants = [clock.parse(day.isoformat(), zone) + shift for day, shift in shifted]
    assert clock.calendar_days(np.array(instants, np.int64), zone).tolist() == days_by_python(instants, zone)


@pytest.mark.parametrize("zone", [*ZONES, "Asia/Tehran", "America/Havana", "America/Sao_Paulo"])
def test_calendar_days_are_those_of_python_at_each_quarter_of_an_hour_around_each_midnight(zone: str) -> None:
    there = ZoneInfo(zone)
    first = clock.parse("2016-01-01", there)
    midnights = np.array([clock.start_of_day(first, there, days) for days in range(400)], np.int64)
    quarters = (midnights[:, None] + np.arange(-8, 9) * 900 * clock.SECOND).ravel()
    instants = np.concatenate([quarters - 1, quarters])
    assert clock.calendar_days(instants, there).tolist() == days_by_python(instants.tolist(), there)
