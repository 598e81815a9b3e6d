"""The split by time: no label of one part reaches into the next."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features import clock
from features.clock import DAY
from training.panel.split import WARM_UP_DAYS, Reach, TooLittleHistory, by_horizon

START = clock.parse("2017-01-01", ZoneInfo("UTC"))
END = clock.parse("2017-12-31", ZoneInfo("UTC"))


def _dates(moments: tuple[int, ...]) -> list[str]:
    return [clock.iso(moment)[:10] for moment in moments]


def test_churn_of_the_default_data_is_tested_where_the_benchmark_is() -> None:
    assert _dates(by_horizon(START, END, Reach(28)).test) == ["2017-12-03", "2017-11-05"]


def test_spend_of_the_default_data_is_tested_where_the_benchmark_is() -> None:
    assert _dates(by_horizon(START, END, Reach(84)).test) == ["2017-10-08"]


@given(horizon=st.integers(1, 400), days=st.integers(1, 1500))
def test_labels_end_before_the_next_part_begins(horizon: int, days: int) -> None:
    end = START + days * DAY
    try:
        split = by_horizon(START, end, Reach(horizon))
    except TooLittleHistory:
        return
    reach = horizon * DAY
    assert max(split.train) + reach <= min(split.validation)
    assert max(split.validation) + reach <= min(split.test)
    assert max(split.refit) + reach <= min(split.test)
    assert max(split.test) + reach <= end
    assert max(split.final) + reach <= end
    assert set(split.train) <= split.all()
    assert min(split.train) >= START + WARM_UP_DAYS * DAY


def test_the_days_that_the_error_asks_for_are_enough() -> None:
    with pytest.raises(TooLittleHistory, match="needs 308 days of events") as caught:
        by_horizon(START, START + 300 * DAY, Reach(84))
    assert "got 300, from 2017-01-01T00:00:00Z" in str(caught.value)
    assert by_horizon(START, START + 308 * DAY, Reach(84)).train
