"""The almanac: the calendar of any zone, as the clock gives it."""

from zoneinfo import ZoneInfo

import numpy as np
import pytest

from features import clock
from features.log.almanac import Almanac


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kolkata"])
def test_days_and_hours_are_those_of_the_clock(zone: str) -> None:
    rng = np.random.default_rng(1)
    years = rng.integers(clock.FIRST, clock.LAST, 2000)
    recent = rng.integers(1_100_000_000, 1_300_000_000, 20_000) * clock.SECOND
    almanac = Almanac(ZoneInfo(zone))
    for instants in (recent, recent[::-1], years, np.array([clock.FIRST, clock.LAST])):
        day, hour = almanac.calendar(instants)
        expected = clock.calendar(instants, ZoneInfo(zone))
        assert (day == expected[0]).all()
        assert (hour == expected[1]).all()
        assert (day.dtype, hour.dtype) == (expected[0].dtype, expected[1].dtype)
