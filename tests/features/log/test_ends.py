"""The data's end, as a person would tell it from the volume of the days."""

import datetime
import os
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from features import clock
from features.clock import DAY, HOUR
from features.dataset import DATA
from features.log import ends
from features.log.days import Days
from features.log.event import KINDS
from features.log.log import Log
from tests.features.shop import made

Times = NDArray[np.int64]

FOLDER = Path(os.environ.get(DATA) or Path(__file__).parents[4] / "shared" / "data")
PURCHASE, VIEW = KINDS.index("purchase"), KINDS.index("page_view")
UTC = ZoneInfo("UTC")
BEGIN = clock.parse("2024-01-01", UTC)  # a Monday


def at(text: str, zone: str = "UTC") -> int:
    return clock.parse(text, ZoneInfo(zone))


def every(step: int, begin: str, until: str) -> Times:
    """Return instants a step apart, from one to before another."""
    return np.arange(at(begin), at(until), step)


def counted(*times: Times | int, zone: str = "UTC", kind: int = PURCHASE) -> Days:
    days = Days(zone)
    for some in times:
        rows = np.atleast_1d(np.asarray(some, np.int64))
        days.add(rows, np.full(rows.size, kind, np.uint8))
    return days


def closed(times: Times, *, sundays: bool = True, august: bool = True) -> Times:
    """Leave out what a shop does not sell on Sundays, and in August."""
    day = times // DAY
    months = times.astype("M8[us]").astype("M8[M]").astype(int) % 12
    open_: Times = times[~(sundays & ((day + 3) % 7 == 6)) & ~(august & (months == 7))]
    return open_


HOURLY = every(HOUR, "2024-01-01", "2024-12-01")
SHOP = closed(every(HOUR, "2023-01-01", "2024-12-01"))
SELDOM = every(4 * DAY, "2024-01-01T10:00", "2024-12-01")  # the last is 2024-11-28


CASES: dict[str, tuple[tuple[Times | int, ...], str]] = {
    "whole days, the newest of which may go on": ((HOURLY,), "2024-11-30"),
    "a day begun": ((HOURLY, at("2024-12-01T00:10")), "2024-12-01"),
    "a day begun with a tenth of the usual rows": (
        (HOURLY, every(HOUR, "2024-12-01", "2024-12-01T03:00")),
        "2024-12-01",
    ),
    "one row of 2031": ((HOURLY, at("2031-05-05T05:05")), "2024-11-30"),
    "three rows of 2099": ((HOURLY, *[at(f"2099-05-0{n}T05:05") for n in (1, 2, 3)]), "2024-11-30"),
    "rows of 2031 and of 2099": ((HOURLY, at("2031-01-01"), at("2099-01-01")), "2024-11-30"),
    "a stray row a month later": ((HOURLY, at("2024-12-31T10:00")), "2024-11-30"),
    "a stray row eleven days later": ((HOURLY, at("2024-12-11T10:00")), "2024-11-30"),
    "a stray row two days later": ((HOURLY, at("2024-12-02T10:00")), "2024-11-30"),
    "a stray row behind a day begun": (
        (HOURLY, at("2024-12-01T00:10"), at("2024-12-11T10:00")),
        "2024-12-01",
    ),
    "a day's worth of rows a year later": ((HOURLY, every(HOUR, "2025-12-01", "2025-12-02")), "2024-11-30"),
    "a month of rows a year later": ((HOURLY, every(HOUR, "2025-12-01", "2026-01-01")), "2025-12-31"),
    "a shop closed on Sundays and in August": ((SHOP,), "2024-11-30"),
    "the same, on the first of September": ((SHOP[at("2024-09-03") > SHOP],), "2024-09-02"),
    "the same in August": ((SHOP[at("2024-08-20") > SHOP],), "2024-07-31"),
    "the same, with one row of August": ((SHOP[at("2024-08-20") > SHOP], at("2024-08-19T10:00")), "2024-07-31"),
    "the same, with a row of 2031": ((SHOP, at("2031-01-01T10:00")), "2024-11-30"),
    "an order in four days": ((SELDOM,), "2024-11-28"),
    "an order in four days, and one of 2031": ((SELDOM, at("2031-01-01T10:00")), "2024-11-28"),
    "dates": ((every(DAY, "2024-01-01", "2024-12-01"),), "2024-12-01"),
    "dates, and one of 2099": ((every(DAY, "2024-01-01", "2024-12-01"), at("2099-01-01")), "2024-12-01"),
    "one day of dates": ((at("2024-01-01"),), "2024-01-02"),
    "one row": ((at("2024-01-01T10:00"),), "2024-01-01"),
    "two rows far apart, without another gap": ((at("2024-01-01"), at("2024-07-01")), "2024-07-02"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_end_is_where_a_person_would_see_it(case: str) -> None:
    times, expected = CASES[case]
    assert clock.iso(ends.end(counted(*times))) == f"{expected}T00:00:00Z"


def test_the_end_is_a_midnight_of_the_zone() -> None:
    days = counted(HOURLY, zone="America/New_York")  # to 18:00 on 30 November there
    assert ends.end(days) == at("2024-11-30", "America/New_York")


def test_the_end_that_is_declared_goes_before_what_the_days_tell() -> None:
    days = counted(HOURLY, zone="America/New_York")
    declared = datetime.date(2024, 10, 1)
    assert ends.end(days, declared) == at("2024-10-01", "America/New_York")
    assert ends.kept_until(days, declared) == at("2024-10-02", "America/New_York")


def test_purchases_tell_the_end_though_visits_go_on() -> None:
    days = counted(HOURLY)
    days.merge(counted(every(HOUR, "2024-12-01", "2025-03-01"), kind=VIEW))
    assert clock.iso(ends.end(days)) == "2024-11-30T00:00:00Z"
    assert clock.iso(ends.end(counted(HOURLY, kind=VIEW))) == "2024-11-30T00:00:00Z"


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("whole days, the newest of which may go on", "2024-12-02"),
        ("a day begun", "2024-12-02"),
        ("one row of 2031", "2024-12-02"),
        ("dates", "2024-12-02"),
    ],
)
def test_rows_are_kept_to_the_end_of_the_day_after_the_last(case: str, expected: str) -> None:
    assert clock.iso(ends.kept_until(counted(*CASES[case][0]))) == f"{expected}T00:00:00Z"


@pytest.mark.parametrize(
    ("file", "column", "expected"),
    [
        ("cdnow_sample.parquet", "date", "1998-07-01"),
        ("online_retail_ii.parquet", "invoice_date", "2011-06-30"),
    ],
)
def test_the_end_of_known_data(file: str, column: str, expected: str) -> None:
    if not (FOLDER / file).is_file():
        pytest.skip(f"{file} is not in {FOLDER}; {DATA} may name its folder")
    times = pq.read_table(FOLDER / file, columns=[column])[column].cast("timestamp[us]")
    days = counted(np.asarray(pc.cast(times, "int64")))
    assert clock.iso(ends.end(days)) == f"{expected}T00:00:00Z"


def weeks(seed: int) -> Iterator[int]:
    """Yield the instants of ten weeks with 20 to 60 rows a day."""
    random = np.random.default_rng(seed)
    for day in range(70):
        yield from (BEGIN + day * DAY + random.integers(0, DAY, random.integers(20, 61))).tolist()


@settings(deadline=None)
@given(seed=st.integers(0, 1000), stray=st.integers(clock.FIRST, clock.LAST))
def test_one_stray_row_completes_the_newest_day_and_moves_the_end_by_no_more(seed: int, stray: int) -> None:
    times = np.fromiter(weeks(seed), np.int64)
    before, after = ends.end(counted(times)), ends.end(counted(times, stray))
    newest = BEGIN + 69 * DAY
    assert before == newest
    assert after == (newest + DAY if newest + DAY <= stray < newest + 2 * DAY else newest)


def log(zone: str, *times: str, kinds: tuple[str, ...] = ()) -> Log:
    events = list(kinds) or ["purchase"] * len(times)
    return made(zone, occurred_at=times, event=events)


@pytest.mark.parametrize(
    ("zone", "utc"), [("UTC", "2017-12-31T00:00:00Z"), ("America/New_York", "2017-12-31T05:00:00Z")]
)
def test_the_end_that_a_dataset_declares_is_a_day_of_its_zone(zone: str, utc: str) -> None:
    assert clock.iso(ends.end(log(zone, "2018-02-01 10:00:00").days, datetime.date(2017, 12, 31))) == utc


@pytest.mark.parametrize(("zone", "utc"), [("UTC", "2017-07-06T00:00:00Z"), ("Europe/Paris", "2017-07-05T22:00:00Z")])
def test_where_only_dates_are_known_the_newest_day_is_complete(zone: str, utc: str) -> None:
    assert clock.iso(ends.end(log(zone, "2017-01-01", "2017-07-05").days)) == utc


def test_the_start_is_the_day_of_the_first_event_whoever_did_it() -> None:
    events = log("America/New_York", "2017-06-03 10:00:00", "2017-06-01 23:30:00", "2017-06-02")
    assert clock.iso(ends.start(events.days)) == "2017-06-01T04:00:00Z"


@pytest.mark.parametrize(
    ("kinds", "utc"),
    [
        (("contact", "refund", "purchase", "purchase"), "2017-06-03T00:00:00Z"),
        (("contact", "refund", "redemption", "contact"), "2017-06-01T00:00:00Z"),
    ],
)
def test_what_comes_before_the_first_purchase_is_no_start_unless_there_is_none(
    kinds: tuple[str, ...], utc: str
) -> None:
    events = log("UTC", "2017-06-01", "2017-06-02", "2017-06-03", "2017-06-04", kinds=kinds)
    assert clock.iso(ends.start(events.days)) == utc


def test_a_discount_makes_a_purchase_no_other_kind() -> None:
    events = made(occurred_at=["2017-06-01", "2017-06-02"], event=["contact", "purchase"], discount=[0, 1])
    assert clock.iso(ends.start(events.days)) == "2017-06-02T00:00:00Z"


@pytest.mark.parametrize(
    ("zone", "times", "end"),
    [
        ("UTC", ["2017-03-01 10:00", "2017-03-03 08:00", "2017-03-02 23:59"], "2017-03-03"),
        ("UTC", ["2017-03-01 10:00", "2017-03-03 00:00"], "2017-03-03"),
        ("UTC", ["2017-03-01", "2017-03-03", "2017-03-02"], "2017-03-04"),
        ("UTC", ["2017-03-01"], "2017-03-02"),
        ("UTC", ["2017-03-01 00:00:00.000001"], "2017-03-01"),
        ("America/New_York", ["2017-03-01 10:00", "2017-03-03 23:59"], "2017-03-03"),
        ("America/New_York", ["2017-02-01", "2017-03-03"], "2017-03-04"),
        ("America/New_York", ["2017-03-01", "2017-07-03"], "2017-07-04"),
        ("America/New_York", ["2017-03-11", "2017-03-12", "2017-03-13"], "2017-03-14"),
        ("America/New_York", ["2017-11-04", "2017-11-05"], "2017-11-06"),
        ("America/New_York", ["2017-03-01", "2017-07-03 01:00"], "2017-07-03"),
        ("America/St_Johns", ["2006-10-28", "2006-10-29"], "2006-10-30"),
        ("America/St_Johns", ["2006-03-28", "2006-10-29 00:01"], "2006-10-29"),
        ("Australia/Lord_Howe", ["2017-01-01", "2017-06-01"], "2017-06-02"),
        ("Europe/Paris", ["2017-03-01", "2017-07-03"], "2017-07-04"),
        ("Asia/Kolkata", ["2017-03-01", "2017-10-03"], "2017-10-04"),
        ("Asia/Kolkata", ["2017-03-01 00:00", "2017-10-03 05:30"], "2017-10-03"),
    ],
)
def test_the_last_complete_day_ends_where_the_newest_begins_unless_only_dates_are_known(
    zone: str, times: list[str], end: str
) -> None:
    events = log(zone, *times)
    assert ends.end(events.days) == clock.parse(end, ZoneInfo(zone))
