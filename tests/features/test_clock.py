"""Instants and calendar days, against Python's own datetime and zoneinfo."""

import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import clock

ZONES = (
    "UTC",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "America/New_York",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Europe/Paris",
)
SPRING, AUTUMN = "2017-03-12", "2017-11-05"  # when New York changes its clocks

zones = st.sampled_from([ZoneInfo(name) for name in ZONES])
moments = st.integers(-14_600, 2_929_000).flatmap(  # the days from 1930 to 9989
    lambda day: st.integers(day * clock.DAY, (day + 1) * clock.DAY - 1)
)
believed = st.integers(clock.FIRST, clock.LAST).map(lambda instant: local(instant, ZoneInfo("UTC")))
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
        ("1900-01-01", "UTC", "1900-01-01T00:00:00Z"),
        ("2199-12-31T23:59:59.999999", "UTC", "2199-12-31T23:59:59.999999Z"),
    ],
)
def test_a_date_or_time_is_read_in_its_own_offset_or_else_in_the_zone(text: str, zone: str, utc: str) -> None:
    assert clock.iso(clock.parse(text, ZoneInfo(zone))) == utc


@pytest.mark.parametrize("text", ["", "tomorrow", "2017-13-01", "2017-02-29", "2017-10-08T25:00", "08.10.2017", "2017"])
def test_what_is_no_iso_date_or_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=f"as-of: got '{text}'; an ISO date or time is allowed, such as 2017-10-08"):
        clock.parse(text, ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("1899-12-31T23:59:59.999999", "UTC"),
        ("2200-01-01", "UTC"),
        ("1900-01-01", "Asia/Kolkata"),
        ("0001-01-01", "Asia/Kolkata"),
        ("9999-12-31T23:59:59", "America/New_York"),
    ],
)
def test_a_time_before_1900_or_after_2199_is_refused(text: str, zone: str) -> None:
    with pytest.raises(ValueError, match=f"as-of: got '{text}'; a time from 1900 to 2199 is allowed"):
        clock.parse(text, ZoneInfo(zone))


def test_the_first_and_the_last_time_are_those_of_1900_and_2199() -> None:
    assert clock.iso(clock.FIRST) == "1900-01-01T00:00:00Z"
    assert clock.iso(clock.LAST) == "2199-12-31T23:59:59.999999Z"


def test_the_epoch_is_zero_and_one_second_is_a_million() -> None:
    assert clock.parse("1970-01-01", ZoneInfo("UTC")) == 0
    assert clock.parse("1970-01-01T00:00:01Z", ZoneInfo("UTC")) == 1_000_000


@settings(deadline=None)
@given(believed)
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


@settings(deadline=None)
@given(moments, zones, st.integers(-400, 400))
def test_the_start_of_a_day_is_midnight_of_that_day(instant: int, zone: ZoneInfo, days: int) -> None:
    start = local(clock.start_of_day(instant, zone, days), zone)
    assert start.date() == local(instant, zone).date() + datetime.timedelta(days=days)
    assert start.time() == datetime.time()


def days_by_python(instants: list[int], zone: ZoneInfo) -> list[int]:
    epoch = datetime.date(1970, 1, 1).toordinal()
    return [local(instant, zone).date().toordinal() - epoch for instant in instants]


@settings(deadline=None)
@given(st.lists(moments, max_size=50), zones)
def test_calendar_days_are_those_of_python(instants: list[int], zone: ZoneInfo) -> None:
    days, _ = clock.calendar(np.array(instants, np.int64), zone)
    assert days.dtype == np.int32
    assert days.tolist() == days_by_python(instants, zone)


@settings(deadline=None)
@given(st.lists(st.tuples(recent_days, near_midnight), min_size=1, max_size=50), zones)
def test_calendar_days_are_those_of_python_around_midnight(
    shifted: list[tuple[datetime.date, int]], zone: ZoneInfo
) -> None:
    instants = [clock.parse(day.isoformat(), zone) + shift for day, shift in shifted]
    assert clock.calendar(np.array(instants, np.int64), zone)[0].tolist() == days_by_python(instants, zone)


@settings(deadline=None)
@given(st.lists(moments, max_size=50), zones)
def test_the_clocks_of_a_zone_show_what_python_says(instants: list[int], zone: ZoneInfo) -> None:
    shown = clock.local(np.array(instants, np.int64), zone)
    naive = [local(instant, zone).replace(tzinfo=datetime.UTC) for instant in instants]
    assert shown.tolist() == [clock.to_us(moment) for moment in naive]


@pytest.mark.parametrize(
    ("zone", "first"),
    [
        *((zone, "2016-01-01") for zone in (*ZONES, "Asia/Tehran", "America/Havana", "America/Sao_Paulo")),
        ("America/St_Johns", "2006-01-01"),  # until 2011 its clocks changed at one minute past midnight
        ("America/St_Johns", "1988-01-01"),  # and in this year by two hours
        ("Pacific/Apia", "2011-06-01"),  # went without the 30th of December
        ("Asia/Kathmandu", "1985-06-01"),  # its offset changed by a quarter of an hour
    ],
)
def test_calendar_days_are_those_of_python_around_each_midnight(zone: str, first: str) -> None:
    there = ZoneInfo(zone)
    begin = clock.parse(first, there)
    midnights = np.array([clock.start_of_day(begin, there, days) for days in range(400)], np.int64)
    minutes = np.array([-121, -120, -61, -60, -59, -30, -15, -2, -1, 0, 1, 2, 14, 15, 16, 30, 59, 60, 61, 75, 120, 121])
    at = (midnights[:, None] + minutes * 60 * clock.SECOND).ravel()
    instants = np.concatenate([at - 1, at])
    assert clock.calendar(instants, there)[0].tolist() == days_by_python(instants.tolist(), there)


@given(zone=zones, begin=recent_days, days=st.integers(0, 1000), hours=st.integers(0, 23))
def test_days_between_are_those_of_the_calendar(zone: ZoneInfo, begin: datetime.date, days: int, hours: int) -> None:
    end = begin + datetime.timedelta(days)
    first, last = (
        clock.to_us(datetime.datetime(day.year, day.month, day.day, hour, tzinfo=zone))
        for day, hour in ((begin, hours), (end, 12))
    )
    assert clock.days_between(first, last, zone) == days


def test_a_day_of_23_hours_is_one() -> None:
    paris = ZoneInfo("Europe/Paris")
    begin, end = (clock.parse(day, paris) for day in ("2009-12-01", "2011-08-01"))
    assert ((end - begin) // clock.DAY, clock.days_between(begin, end, paris)) == (607, 608)
