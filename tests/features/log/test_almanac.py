"""The almanac: the calendar of any zone, as the clock gives it."""

from concurrent.futures import ThreadPoolExecutor
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from features import clock
from features.log import almanac
from features.log.almanac import Almanac


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kolkata"])
def test_days_and_hours_are_those_of_the_clock(zone: str) -> None:
    rng = np.random.default_rng(1)
    years = rng.integers(clock.FIRST, clock.LAST, 2000)
    recent = rng.integers(1_100_000_000, 1_300_000_000, 20_000) * clock.SECOND
    own = Almanac(ZoneInfo(zone))
    for instants in (recent, recent[::-1], years, np.array([clock.FIRST, clock.LAST])):
        day, hour = own.calendar(instants)
        expected = clock.calendar(instants, ZoneInfo(zone))
        assert (day == expected[0]).all()
        assert (hour == expected[1]).all()
        assert (day.dtype, hour.dtype) == (expected[0].dtype, expected[1].dtype)


def test_what_could_not_be_learned_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    zone, own = ZoneInfo("Asia/Kolkata"), Almanac(ZoneInfo("Asia/Kolkata"))
    instants = np.arange(1_500_000_000, 1_500_100_000, 999) * clock.SECOND
    with monkeypatch.context() as broken:
        broken.setattr(almanac, "local", _no_memory)
        with pytest.raises(MemoryError):
            own.calendar(instants)
    day, hour = own.calendar(instants)
    expected = clock.calendar(instants, zone)
    assert (day == expected[0]).all()
    assert (hour == expected[1]).all()


def _no_memory(*_: object) -> None:
    raise MemoryError


def test_threads_that_share_an_almanac_are_told_what_the_clock_tells() -> None:
    zone, rng = "America/Chicago", np.random.default_rng(2)
    almanac.of.cache_clear()
    assert almanac.of(zone) is almanac.of(zone)
    parts = [rng.integers(1_400_000_000, 1_500_000_000, 300) * clock.SECOND for _ in range(400)]
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda part: almanac.of(zone).calendar(part), parts))
    for part, (day, hour) in zip(parts, told, strict=True):
        expected = clock.calendar(part, ZoneInfo(zone))
        assert (day == expected[0]).all()
        assert (hour == expected[1]).all()
