"""The as-of that was asked for, or that the data give."""

import datetime

import pyarrow as pa
import pytest

from features import as_of, clock, source
from features.dataset import Dataset, Source
from features.log import Log, build

COLUMNS = {"customer_id": "c", "occurred_at": "t"}


def shop(zone: str = "UTC", end: datetime.date | None = None) -> Dataset:
    return Dataset(name="shop", zone=zone, end=end, sources=(Source("s.csv", "purchase", COLUMNS),))


def log(zone: str, *times: str) -> Log:
    columns = {"customer_id": ["a"] * len(times), "occurred_at": list(times), "event": ["purchase"] * len(times)}
    return build(source.conform(pa.table(columns), zone).events, zone)


@pytest.mark.parametrize(
    ("text", "zone", "utc"),
    [
        ("2017-10-08", "UTC", "2017-10-08T00:00:00Z"),
        ("2017-10-08", "Asia/Kolkata", "2017-10-07T18:30:00Z"),
        ("2017-10-08T00:00:00Z", "Asia/Kolkata", "2017-10-08T00:00:00Z"),
    ],
)
def test_what_is_asked_for_goes_before_what_the_data_give(text: str, zone: str, utc: str) -> None:
    business = shop(zone, end=datetime.date(2017, 12, 31))
    assert clock.iso(as_of.resolve(text, business, log(zone, "2017-01-01 10:00:00"))) == utc


@pytest.mark.parametrize("text", [None, ""])
def test_without_a_wish_it_is_the_end_of_the_data(text: str | None) -> None:
    events = log("UTC", "2017-01-01 10:00:00", "2017-01-05 10:00:00")
    assert clock.iso(as_of.resolve(text, shop(), events)) == "2017-01-05T00:00:00Z"


def test_a_wrong_wish_is_refused() -> None:
    with pytest.raises(ValueError, match="as-of: got 'soon'; an ISO date or time is allowed"):
        as_of.resolve("soon", shop(), log("UTC", "2017-01-01"))


@pytest.mark.parametrize(
    ("zone", "utc"), [("UTC", "2017-12-31T00:00:00Z"), ("America/New_York", "2017-12-31T05:00:00Z")]
)
def test_the_end_that_a_dataset_declares_is_a_day_of_its_zone(zone: str, utc: str) -> None:
    business = shop(zone, end=datetime.date(2017, 12, 31))
    assert clock.iso(as_of.end(business, log(zone, "2018-02-01 10:00:00"))) == utc


def test_the_start_is_the_day_of_the_first_event_whoever_did_it() -> None:
    events = log("America/New_York", "2017-06-03 10:00:00", "2017-06-01 23:30:00", "2017-06-02")
    assert clock.iso(as_of.start(shop("America/New_York"), events)) == "2017-06-01T04:00:00Z"
