"""Age: from when on somebody is old enough."""

from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from features import clock
from features.consent import age
from features.consent.loop import AGE_UNKNOWN, EVER

UTC, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")


def test_a_date_of_birth_tells_the_birthday_in_the_zone() -> None:
    told = pa.array(["2010-05-31", "2010-05-31 00:00:00", "2008-02-29", None, "unknown", "1900-01-01", ""])
    days = ("2026-05-31", "2026-05-31", "2024-03-01")
    expected = [clock.parse(day, BERLIN) for day in days]
    assert age.ripe(told, 16, BERLIN).tolist() == [*expected, *[AGE_UNKNOWN] * 4]


def test_an_age_that_cannot_be_read_is_never_enough() -> None:
    told = pa.array(["31/05/2015", "20150531", "9 years", "2008-02-29", None, "n/a", "2008"])
    assert (age.ripe(told, 16, UTC) == EVER).tolist() == [True, True, True, False, False, False, True]
    assert age.unreadable(told) == 4
    assert age.unreadable(pa.array([15.0, 2015.0, None])) == 1


def test_years_are_taken_as_they_stand() -> None:
    told = pa.array([15.0, 16.0, 15.9, 1990.0, None, -1.0])
    assert age.ripe(told, 16, UTC).tolist() == [EVER, AGE_UNKNOWN + 1, EVER, EVER, *[AGE_UNKNOWN] * 2]


def test_yes_and_no_are_no_age() -> None:
    assert age.ripe(pa.array([True, False]), 16, UTC).tolist() == [AGE_UNKNOWN] * 2
    assert age.ripe(pa.array([], pa.string()), 16, UTC).dtype == np.int64
