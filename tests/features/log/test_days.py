"""The days: rows counted by the calendar of any zone, in any order and in any cut."""

from random import Random
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import clock
from features.clock import DAY, HOUR
from features.log import ends
from features.log.days import Days
from features.log.event import DISCOUNTED, KINDS

PURCHASE, VIEW = KINDS.index("purchase"), KINDS.index("page_view")
UTC = ZoneInfo("UTC")
NEW_YEAR = clock.parse("2017-01-01", UTC)


def counted(zone: str, *rows: tuple[int, int]) -> Days:
    days = Days(zone)
    days.add(np.array([time for time, _ in rows], np.int64), np.array([code for _, code in rows], np.uint8))
    return days


def test_rows_are_counted_by_the_day_of_the_zone() -> None:
    late, early = NEW_YEAR + 4 * HOUR, NEW_YEAR + 5 * HOUR  # 23:00 of the day before in New York, and midnight
    told = counted("America/New_York", (late, PURCHASE), (early, PURCHASE), (early, PURCHASE)).told
    assert told.day.tolist() == [NEW_YEAR // DAY - 1, NEW_YEAR // DAY]
    assert told.rows.tolist() == [1, 2]
    assert told.first == late
    assert not told.only_dates


def test_other_kinds_tell_only_where_there_is_no_purchase() -> None:
    both = counted("UTC", (NEW_YEAR, VIEW), (NEW_YEAR + DAY, PURCHASE), (NEW_YEAR + 2 * DAY + HOUR, VIEW)).told
    assert (both.day.tolist(), both.rows.tolist(), both.first) == ([NEW_YEAR // DAY + 1], [1], NEW_YEAR + DAY)
    assert both.only_dates
    views = counted("UTC", (NEW_YEAR + DAY, VIEW), (NEW_YEAR, VIEW)).told
    assert (views.rows.tolist(), views.first) == ([1, 1], NEW_YEAR)


def test_a_discounted_purchase_is_a_purchase() -> None:
    told = counted("UTC", (NEW_YEAR, VIEW), (NEW_YEAR + DAY, PURCHASE + DISCOUNTED)).told
    assert told.day.tolist() == [NEW_YEAR // DAY + 1]


@pytest.mark.parametrize(
    ("zone", "text", "only_dates"),
    [
        ("UTC", "2017-03-01T00:00:00", True),
        ("UTC", "2017-03-01T00:00:00.000001", False),
        ("UTC", "2017-02-28T23:59:59.999999", False),
        ("Asia/Kolkata", "2017-03-01T00:00:00", True),
        ("Asia/Kolkata", "2017-03-01T05:30:00", False),
        ("America/Sao_Paulo", "2017-10-15", True),  # begins at one o'clock
        ("America/Sao_Paulo", "2017-10-15T01:00:00.000001", False),
        ("America/Sao_Paulo", "2017-10-16T01:00:00", False),
    ],
)
def test_a_date_is_the_first_instant_of_its_day(zone: str, text: str, only_dates: bool) -> None:
    assert counted(zone, (clock.parse(text, ZoneInfo(zone)), PURCHASE)).told.only_dates == only_dates


@settings(deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 60 * 24).map(lambda hour: NEW_YEAR + hour * HOUR), st.sampled_from([PURCHASE, VIEW])),
        min_size=1,
        max_size=40,
    ),
    cut=st.integers(0, 40),
    order=st.randoms(use_true_random=False),
)
def test_neither_order_nor_cut_nor_storing_changes_what_is_told(
    rows: list[tuple[int, int]], cut: int, order: Random
) -> None:
    expected = counted("Europe/Paris", *rows)
    shuffled = list(rows)
    order.shuffle(shuffled)
    parts = counted("Europe/Paris", *shuffled[:cut])
    parts.merge(counted("Europe/Paris", *shuffled[cut:]))
    restored = Days.restored("Europe/Paris", parts.plain())
    assert restored.plain() == expected.plain()
    assert ends.end(restored) == ends.end(expected)
    assert ends.start(restored) == ends.start(expected)
