"""The split by time: no label of one part reaches into the next."""

from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features import clock
from features.clock import DAY
from training.panel.enough import Refused
from training.panel.reach import WARM_UP_DAYS, Reach
from training.panel.rung import Rung
from training.panel.split import TooLittleHistory, by_end, by_horizon

START = clock.parse("2017-01-01", ZoneInfo("UTC"))
END = clock.parse("2017-12-31", ZoneInfo("UTC"))


def _dates(moments: tuple[int, ...]) -> list[str]:
    return [clock.iso(moment)[:10] for moment in moments]


def test_churn_of_the_default_data_is_tested_where_the_benchmark_is() -> None:
    assert _dates(by_horizon(START, END, Reach(28)).test) == ["2017-12-03", "2017-11-05"]


def test_spend_of_the_default_data_is_tested_where_the_benchmark_is() -> None:
    assert _dates(by_horizon(START, END, Reach(84)).test) == ["2017-10-08"]


@given(horizon=st.integers(1, 400), look_back=st.integers(0, 2000), days=st.integers(1, 1500))
def test_labels_end_before_the_next_part_begins(horizon: int, look_back: int, days: int) -> None:
    end, target = START + days * DAY, Reach(horizon, look_back)
    try:
        split = by_horizon(START, end, target)
    except TooLittleHistory:
        assert days < target.needed(Rung.ONE)
        return
    reach = horizon * DAY
    assert max(split.test) + reach <= end
    assert max(split.final) + reach <= end
    assert set(split.train) <= split.all()
    assert min(split.final) >= START + target.least * DAY
    if split.rung is not Rung.ONE:
        assert max(split.train) + reach <= min(split.validation)
    if split.rung is Rung.THREE:
        assert max(split.validation) + reach <= min(split.test)
        assert max(split.refit) + reach <= min(split.test)
        assert min(split.train) >= START + min(WARM_UP_DAYS, 2 * horizon) * DAY


@pytest.mark.parametrize(
    ("days", "rung", "tests"),
    [
        (196, Rung.THREE, 2),
        (195, Rung.THREE, 1),
        (140, Rung.THREE, 1),
        (139, Rung.TWO, 1),
        (112, Rung.TWO, 1),
        (111, Rung.ONE, 1),
        (84, Rung.ONE, 1),
    ],
)
@pytest.mark.parametrize("look_back", [56, 3650])
def test_the_highest_rung_is_taken_that_fits_whatever_the_look_back(
    days: int, rung: Rung, tests: int, look_back: int
) -> None:
    split = by_horizon(START, START + days * DAY, Reach(28, look_back))
    assert (split.rung, len(split.test)) == (rung, tests)
    if rung is Rung.TWO:
        assert (split.refit, split.test) == (split.train, split.validation)
    if rung is Rung.ONE:
        assert set(split.parts().values()) == {split.final}
    assert (
        Reach(28, look_back).above(rung, START, START + days * DAY)
        == {
            Rung.THREE: "",
            Rung.TWO: "a horizon of 28 days needs 140 days of events for three periods;"
            f" got {days}, from 2017-01-01T00:00:00Z to {clock.iso(START + days * DAY)}",
            Rung.ONE: "a horizon of 28 days needs 112 days of events for two periods, 140 for three periods;"
            f" got {days}, from 2017-01-01T00:00:00Z to {clock.iso(START + days * DAY)}",
        }[rung]
    )


def test_a_long_look_back_has_its_history_where_there_is_enough() -> None:
    assert _dates(by_horizon(START, END, Reach(28, 84)).train[-1:]) == ["2017-03-26"]  # the 84th day
    assert min(by_horizon(START, START + 200 * DAY, Reach(28, 365)).train) == START + 60 * DAY  # all the room


def test_the_days_that_the_error_asks_for_are_enough() -> None:
    with pytest.raises(TooLittleHistory, match=r"needs 140 days of events for one period, 224 for two periods") as told:
        by_horizon(START, START + 139 * DAY, Reach(84))
    assert "got 139, from 2017-01-01T00:00:00Z" in str(told.value)
    assert by_horizon(START, START + 140 * DAY, Reach(84)).train


def test_a_change_of_the_clock_takes_no_day() -> None:
    paris = ZoneInfo("Europe/Paris")
    start, days = clock.parse("2026-03-01", paris), ("2026-07-18", "2026-07-19")
    short, enough = (clock.parse(day, paris) for day in days)
    with pytest.raises(TooLittleHistory, match=r"needs 140 days of events for one period.*; got 139, from"):
        by_horizon(start, short, Reach(84))
    assert (enough - start) // DAY == 139
    assert by_horizon(start, enough, Reach(84)).final


def test_a_short_horizon_needs_little_history() -> None:
    assert by_horizon(START, START + 35 * DAY, Reach(7)).rung is Rung.THREE
    assert by_horizon(START, START + 34 * DAY, Reach(7)).rung is Rung.TWO


def test_of_one_period_half_of_the_customers_judges() -> None:
    half = np.array([True, False, True])
    one, three = (by_horizon(START, START + days * DAY, Reach(28)) for days in (91, 364))
    whose = {part: one.whose(part, half).tolist() for part in one.parts()}
    assert whose["train"] == whose["refit"] == [True, False, True]
    assert whose["validation"] == whose["test"] == [False, True, False]
    assert whose["final"] == [True, True, True]
    assert all(three.whose(part, half).all() for part in three.parts())


@pytest.mark.parametrize(("days", "shorter"), [(3, 1), (56, 18), (83, 27), (84, 28), (91, 35), (300, 244)])
def test_a_shorter_horizon_leaves_enough_history_before_its_label(days: int, shorter: int) -> None:
    found = Reach(365).shorter(START, START + days * DAY)
    assert found == shorter
    assert days - found >= Reach(found).least


def test_campaigns_that_do_not_follow_each_other_leave_fewer_parts() -> None:
    cut_off, ends = np.array([10, 10, 20, 30], np.int64), np.array([15, 16, 28, 36], np.int64)
    for end, rung in ((40, Rung.THREE), (29, Rung.TWO), (27, Rung.ONE)):
        split = by_end(cut_off, ends, end)
        assert split.rung is rung
        assert split.final == tuple(sorted(set(cut_off[ends <= end].tolist()), reverse=True))
    assert (by_end(cut_off, ends, 29).train, by_end(cut_off, ends, 29).test) == ((10,), (20,))
    with pytest.raises(Refused, match="a campaign that is over is needed; got 3 days of contacts"):
        by_end(cut_off, ends, 14)
