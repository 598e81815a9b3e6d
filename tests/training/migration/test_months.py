"""The ends of months that data reach over, on the calendar of a zone."""

from zoneinfo import ZoneInfo

import pytest

from features.clock import parse
from training.migration.months import Month, NoMonths, months

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")


def _names(begin: str, end: str, zone: ZoneInfo = BERLIN, **asked: int) -> list[str]:
    return [one.name for one in months(parse(begin, zone), parse(end, zone), zone, **asked)]


def test_a_month_counts_where_its_end_is_inside() -> None:
    assert _names("2017-01-15", "2017-04-01") == ["2017-01", "2017-02", "2017-03"]
    assert _names("2017-01-15", "2017-03-31T23:59:59") == ["2017-01", "2017-02"]
    assert _names("2016-12-01", "2017-01-01") == ["2016-12"]


def test_the_end_is_that_of_the_zones_calendar() -> None:
    (one,) = months(parse("2017-03-05", NEW_YORK), parse("2017-04-02", NEW_YORK), NEW_YORK)
    assert one == Month("2017-03", parse("2017-04-01T04:00:00Z", NEW_YORK))


def test_the_newest_and_those_since_a_day() -> None:
    assert _names("2017-01-15", "2017-06-01", most=2) == ["2017-04", "2017-05"]
    assert _names("2017-01-15", "2017-06-01", since=parse("2017-04-01", BERLIN)) == ["2017-03", "2017-04", "2017-05"]
    assert _names("2017-01-15", "2017-06-01", since=parse("2017-04-02", BERLIN), most=9) == ["2017-04", "2017-05"]


def test_no_month_is_an_error_that_says_what_there_is() -> None:
    with pytest.raises(NoMonths, match="no month ends within the data: they hold 2017-01-02 to 2017-01-20;"):
        _names("2017-01-02", "2017-01-20")
    with pytest.raises(NoMonths, match="data from 2029-12-31 on: they hold 2017-01-02 to 2017-05-15;"):
        _names("2017-01-02", "2017-05-15", since=parse("2029-12-31", BERLIN))
