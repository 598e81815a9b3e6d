"""The as-of that was asked for, or that the data give."""

from random import Random
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import clock
from features.log import as_of
from tests.features.shop import made


@pytest.mark.parametrize(
    ("text", "zone", "utc"),
    [
        ("2017-10-08", "UTC", "2017-10-08T00:00:00Z"),
        ("2017-10-08", "Asia/Kolkata", "2017-10-07T18:30:00Z"),
        ("2017-10-08T00:00:00Z", "Asia/Kolkata", "2017-10-08T00:00:00Z"),
        ("2017-10-08T00:00:00.000001Z", "UTC", "2017-10-08T00:00:00.000001Z"),
    ],
)
def test_a_moment_may_be_asked_for(text: str, zone: str, utc: str) -> None:
    asked = as_of.resolve(text, ZoneInfo(zone))
    assert isinstance(asked, int)
    assert clock.iso(asked) == utc


@pytest.mark.parametrize(("text", "asked"), [(None, "base"), ("", "base"), ("own", "own")])
def test_without_a_moment_it_is_the_base_or_the_own_event(text: str | None, asked: str) -> None:
    assert as_of.resolve(text, ZoneInfo("UTC")) == asked


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("base", [(100, "end of data"), (100, "end of data"), (100, "end of data")]),
        ("own", [(100, "end of data"), (100, "end of data"), (101, "own event")]),
        (70, [(70, "asked"), (70, "asked"), (70, "asked")]),
    ],
)
def test_the_moment_is_the_base_the_own_event_or_what_was_asked(
    asked: as_of.Asked, expected: list[tuple[int, str]]
) -> None:
    found = as_of.moments(as_of.Moment(100, "end of data"), np.array([99, 100, 101]), asked)
    assert [(int(found.as_of[n]), found.why(n)) for n in range(3)] == expected


@pytest.mark.parametrize(
    ("now", "at"),
    [
        ("2017-01-28T23:45:00Z", "2017-01-28T23:45:00Z"),
        ("2017-01-28T23:45:00.000001Z", "2017-01-29T00:00:00Z"),
        ("2017-01-02T03:14:15Z", "2017-01-02T03:15:00Z"),
    ],
)
def test_a_base_of_now_is_the_clock_rounded_up(now: str, at: str) -> None:
    utc = ZoneInfo("UTC")
    base = as_of.Base(clock.parse("2017-01-01", utc), now=True)
    assert base.moment(clock.parse(now, utc)) == as_of.Moment(clock.parse(at, utc), "clock")


def test_a_base_of_now_needs_data_of_the_last_28_days_and_another_asks_no_clock() -> None:
    end, day = clock.parse("2017-01-01", ZoneInfo("UTC")), clock.DAY
    assert as_of.Base(end, now=True).moment(end + 28 * day).at == end + 28 * day
    with pytest.raises(
        as_of.Outdated, match="end at 2017-01-01T00:00:00Z, which is more than 28 days before 2017-01-2"
    ):
        as_of.Base(end, now=True).moment(end + 28 * day + 1)
    assert as_of.Base(end).moment(end + 999 * day) == as_of.Moment(end, "end of data")


def test_a_wrong_wish_is_refused() -> None:
    with pytest.raises(ValueError, match="as-of: got 'soon'; an ISO date or time is allowed"):
        as_of.resolve("soon", ZoneInfo("UTC"))


ROWS = st.lists(
    st.tuples(st.sampled_from(["ann", "bob", "cid"]), st.integers(0, 2000), st.integers(0, 300)),
    min_size=1,
    max_size=12,
)


def own(rows: list[tuple[str, int, int]]) -> dict[str, int]:
    """Return the own moment of each customer: rows tell who, the hour of 2017, and how many hours later it arrived."""
    begin = np.datetime64("2017-01-01", "h")
    happened = [begin + hour for _, hour, _ in rows]
    arrived = [begin + hour + late for _, hour, late in rows]
    found = made(
        "UTC",
        customer_id=[who for who, *_ in rows],
        occurred_at=[str(time) + ":00" for time in happened],
        recorded_at=[str(time) + ":00" for time in arrived],
    )
    return dict(zip(found.customers.to_pylist(), found.own.tolist(), strict=True))


def expected(rows: list[tuple[str, int, int]], who: str) -> int:
    newest = max(hour + late for name, hour, late in rows if name == who)
    return clock.parse("2017-01-01", ZoneInfo("UTC")) + newest * clock.HOUR + 1


@settings(deadline=None, max_examples=50)
@given(rows=ROWS, others=ROWS, order=st.randoms(use_true_random=False))
def test_a_moment_follows_from_the_own_rows_alone(
    rows: list[tuple[str, int, int]], others: list[tuple[str, int, int]], order: Random
) -> None:
    alone = own(rows)
    assert alone == {who: expected(rows, who) for who in {who for who, *_ in rows}}
    beside = rows + [(f"other {who}", hour + 20_000, late) for who, hour, late in others]  # years later
    order.shuffle(beside)
    among = own(beside)
    base = as_of.Moment(clock.parse("2017-02-01", ZoneInfo("UTC")), "end of data")
    for who, moment in alone.items():
        assert among[who] == moment
        (before,), (after,) = (
            as_of.moments(base, np.array([found[who]]), "own").as_of.tolist() for found in (alone, among)
        )
        assert before == after == max(base.at, moment)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_moment_is_that_of_all_rows_however_they_are_split(count: int) -> None:
    rows = [("ann", 5, 0), ("bob", 7, 100), ("ann", 9, 0)]
    whole = own(rows)
    parts = [own(rows[n::count]) for n in range(count)]
    assert whole == {who: max(part.get(who, 0) for part in parts) for who in whole}
