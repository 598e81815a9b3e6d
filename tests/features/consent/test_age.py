"""Age: from when on somebody is old enough."""

from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from features import clock
from features.consent import age
from features.consent.loop import AGE_UNKNOWN, EVER

UTC, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")


def test_a_date_of_birth_tells_the_birthday_in_the_zone() -> None:
    told = pa.array(["2010-05-31", "2010-05-31 00:00:00", "2008-02-29", None, "31.05.2010", "1900-01-01", ""])
    days = ("2026-05-31", "2026-05-31", "2024-03-01")
    expected = [clock.parse(day, BERLIN) for day in days]
    assert age.ripe(told, 16, BERLIN).tolist() == [*expected, *[AGE_UNKNOWN] * 4]


def test_years_are_taken_as_they_stand() -> None:
    told = pa.array([15.0, 16.0, 15.9, None, -1.0, 1990.0])
    unknown = [AGE_UNKNOWN] * 3
    assert age.ripe(told, 16, UTC).tolist() == [EVER, AGE_UNKNOWN + 1, EVER, *unknown]


def test_yes_and_no_are_no_age() -> None:
    assert age.ripe(pa.array([True, False]), 16, UTC).tolist() == [AGE_UNKNOWN] * 2
    assert age.ripe(pa.array([], pa.string()), 16, UTC).dtype == np.int64
