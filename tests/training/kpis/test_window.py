"""Windows of days, and those before."""

from zoneinfo import ZoneInfo

import pytest

from features import clock
from training.kpis.window import NoWindow, windows

PARIS = ZoneInfo("Europe/Paris")
START, END = (clock.parse(day, PARIS) for day in ("2025-01-01", "2026-04-15"))


def test_days_are_those_of_the_zone_and_a_year_ago_has_the_same_weekdays() -> None:
    now, before, year_ago = windows("2026-03-20", "2026-04-03", START, END, PARIS)  # the clock changes on 2026-03-29
    assert now is not None
    assert before is not None
    assert year_ago is not None
    assert now.said(PARIS) == "2026-03-20 to 2026-04-02 (14 days)"
    assert before.said(PARIS) == "2026-03-06 to 2026-03-19 (14 days)"
    assert year_ago.said(PARIS) == "2025-03-21 to 2025-04-03 (14 days)"
    assert (before.end, before.begin) == (now.begin, now.former)


def test_by_default_it_is_the_newest_28_days_and_what_the_data_do_not_hold_is_no_window() -> None:
    now, before, year_ago = windows(None, None, clock.parse("2026-03-01", PARIS), END, PARIS)
    assert now is not None
    assert now.said(PARIS) == "2026-03-18 to 2026-04-14 (28 days)"
    assert before is year_ago is None


@pytest.mark.parametrize(("since", "until"), [("2024-12-31", None), (None, "2026-04-16"), ("2026-04-15", None)])
def test_what_the_data_do_not_hold_is_refused(since: str | None, until: str | None) -> None:
    with pytest.raises(NoWindow, match="the data hold 2025-01-01 to 2026-04-14"):
        windows(since, until, START, END, PARIS)
