"""The as-of that was asked for, or that the data give."""

import datetime
from zoneinfo import ZoneInfo

import pytest

from features import clock
from features.log import as_of
from features.log.log import Log
from tests.features.shop import made


def log(zone: str, *times: str, kinds: tuple[str, ...] = ()) -> Log:
    events = list(kinds) or ["purchase"] * len(times)
    return made(zone, occurred_at=times, event=events)


@pytest.mark.parametrize(
    ("text", "zone", "utc"),
    [
        ("2017-10-08", "UTC", "2017-10-08T00:00:00Z"),
        ("2017-10-08", "Asia/Kolkata", "2017-10-07T18:30:00Z"),
        ("2017-10-08T00:00:00Z", "Asia/Kolkata", "2017-10-08T00:00:00Z"),
    ],
)
def test_what_is_asked_for_goes_before_what_the_data_give(text: str, zone: str, utc: str) -> None:
    assert clock.iso(as_of.resolve(text, log(zone, "2017-01-01 10:00:00").days, datetime.date(2017, 12, 31))) == utc


@pytest.mark.parametrize("text", [None, ""])
def test_without_a_wish_it_is_the_end_of_the_data(text: str | None) -> None:
    events = log("UTC", "2017-01-01 10:00:00", "2017-01-05 10:00:00")
    assert clock.iso(as_of.resolve(text, events.days, None)) == "2017-01-05T00:00:00Z"


def test_a_wrong_wish_is_refused() -> None:
    with pytest.raises(ValueError, match="as-of: got 'soon'; an ISO date or time is allowed"):
        as_of.resolve("soon", log("UTC", "2017-01-01").days, None)


@pytest.mark.parametrize(
    ("zone", "utc"), [("UTC", "2017-12-31T00:00:00Z"), ("America/New_York", "2017-12-31T05:00:00Z")]
)
def test_the_end_that_a_dataset_declares_is_a_day_of_its_zone(zone: str, utc: str) -> None:
    assert clock.iso(as_of.end(log(zone, "2018-02-01 10:00:00").days, datetime.date(2017, 12, 31))) == utc


@pytest.mark.parametrize(("zone", "utc"), [("UTC", "2017-07-06T00:00:00Z"), ("Europe/Paris", "2017-07-05T22:00:00Z")])
def test_where_only_dates_are_known_the_newest_day_is_complete(zone: str, utc: str) -> None:
    assert clock.iso(as_of.end(log(zone, "2017-01-01", "2017-07-05").days)) == utc


def test_the_start_is_the_day_of_the_first_event_whoever_did_it() -> None:
    events = log("America/New_York", "2017-06-03 10:00:00", "2017-06-01 23:30:00", "2017-06-02")
    assert clock.iso(as_of.start(events.days)) == "2017-06-01T04:00:00Z"


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
    assert clock.iso(as_of.start(events.days)) == utc


def test_a_discount_makes_a_purchase_no_other_kind() -> None:
    events = made(occurred_at=["2017-06-01", "2017-06-02"], event=["contact", "purchase"], discount=[0, 1])
    assert clock.iso(as_of.start(events.days)) == "2017-06-02T00:00:00Z"


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
    assert as_of.end(events.days) == clock.parse(end, ZoneInfo(zone))
