"""Season: a yearly level that is known is found again, and kept only where it helped before."""

from collections.abc import Mapping

import numpy as np
import pytest

from features.clock import DAY
from training.choice.season import YEAR, Season, reference, references, season
from training.choice.seasons import NONE, OFF, Told
from training.panel.examples import Examples
from training.panel.split import Split
from training.scorers import Curve
from training.targets import Churn, NextPurchase, Spend, Target

HORIZON = 28
TEST = 800 * DAY
"""The cut-off of the test; the end of the data lies one horizon later."""
VALIDATION = TEST - HORIZON * DAY
EARLIER = VALIDATION - HORIZON * DAY
END = TEST + HORIZON * DAY
SPLIT = Split((EARLIER,), (VALIDATION,), (VALIDATION, EARLIER), (TEST,), (TEST, VALIDATION, EARLIER))
CHURN, SPEND = Churn("churn_28d", HORIZON, 56), Spend("spend_28d", HORIZON, 56)
CURVES = {
    "binary": Curve(0, np.array([0.0, 1.0]), np.array([0.1, 0.5]), 0.0),
    "value": Curve(0, np.array([0.0, 1.0]), np.array([5.0, 50.0]), 0.0),
    "time": Curve(0, np.array([0.0, 1.0]), np.array([0.0, 28.0]), 0.0),
}
"""What says the same all year round."""


def _rows(task: str, levels: Mapping[int, float], rows: int = 20_000, seed: int = 4) -> Examples:
    """Return rows whose level at each cut-off is off by a known shift."""
    generator = np.random.default_rng(seed)
    as_of = np.repeat(np.array(list(levels), np.int64), rows)
    x = generator.uniform(size=(as_of.size, 1)).astype(np.float32)
    p, by = CURVES[task].score(x), np.repeat(list(levels.values()), rows)
    if task == "binary":
        odds = p / (1 - p) * np.exp(by)
        y = (generator.uniform(size=p.size) < odds / (1 + odds)).astype(np.float64)
    else:
        y = generator.gamma(2, p * np.exp(by) / 2)
    return Examples.of(("a",), x, y, np.arange(as_of.size) % rows, as_of)


def _season(task: str, rows: Examples, *cut_offs: int) -> Season:
    return season(task, CURVES[task], rows, cut_offs or (TEST,), HORIZON)


@pytest.mark.parametrize("task", ["binary", "value"])
def test_the_level_is_that_of_a_year_ago_times_the_trend(task: str) -> None:
    levels = {TEST - YEAR: 0.8, VALIDATION: 0.3, VALIDATION - YEAR: -0.2}
    found = _season(task, _rows(task, levels))
    assert found.applied
    assert found.shift == pytest.approx(0.8 + 0.3 + 0.2, abs=0.06)


def test_what_chance_explains_is_no_season() -> None:
    level = dict.fromkeys((TEST - YEAR, VALIDATION, VALIDATION - YEAR), 0.0)
    found = [_season("binary", _rows("binary", level, rows=60, seed=seed)) for seed in range(30)]
    assert all(one.applied for one in found)
    assert sum(one.shift == 0 for one in found) > 15  # else beyond one standard error, which is half a unit
    assert max(abs(one.shift) for one in found) < 1.2


def test_several_periods_have_the_mean_of_their_seasons() -> None:
    levels = {TEST - YEAR: 0.8, VALIDATION: 0.0, VALIDATION - YEAR: 0.4, EARLIER: 0.0, EARLIER - YEAR: 0.0}
    rows = _rows("binary", levels)
    one, other = (_season("binary", rows, moment).shift for moment in (TEST, VALIDATION))
    assert one == pytest.approx(0.4, abs=0.06)
    assert other == pytest.approx(0.4, abs=0.06)
    assert _season("binary", rows, TEST, VALIDATION).shift == pytest.approx((one + other) / 2, abs=0.01)


def test_a_short_history_or_a_long_horizon_tells_none() -> None:
    short = _season("binary", _rows("binary", {VALIDATION: 0.3, EARLIER: 0.0}))
    assert (short.shift, short.applied) == (0.0, False)
    assert "no year before" in short.why
    whole = _rows("binary", dict.fromkeys((TEST - YEAR, VALIDATION, VALIDATION - YEAR), 0.3))
    assert not _season("binary", whole.outcome(np.ones(len(whole)))).applied  # of one outcome there is no level
    assert "longer than a year" in season("binary", CURVES["binary"], whole, (TEST,), 365).why


def test_the_cut_offs_that_tell_a_season_are_those_within_the_history() -> None:
    needed = set(reference(TEST, HORIZON))
    assert needed == {TEST - YEAR, VALIDATION, VALIDATION - YEAR}
    assert references((TEST,), HORIZON, VALIDATION - YEAR) == needed
    assert references((TEST,), HORIZON, VALIDATION - YEAR + 1) == set()
    assert references((TEST, END), HORIZON, VALIDATION - YEAR + 1) == set(reference(END, HORIZON))
    assert references((TEST,), 365, 0) == set()


TWO_YEARS = {
    END - YEAR: -0.6,
    TEST: 0.1,
    TEST - YEAR: 0.5,
    VALIDATION: 1.0,
    VALIDATION - YEAR: 1.0,
    EARLIER: 0.0,
    EARLIER - YEAR: 0.0,
}
"""The validation's season is that of the year before it."""


def _told(target: Target, levels: Mapping[int, float], wanted: bool = True) -> tuple[Season, Season]:
    """Return the seasons of the test and of the time after the data."""
    told, curve = Told(target, SPLIT, _rows(target.task, levels), wanted), CURVES[target.task]
    return told.of_test(curve, curve), told.of_end(curve, curve)


@pytest.mark.parametrize("target", [CHURN, SPEND])
def test_a_season_that_helps_on_validation_is_told_of_the_test_and_of_the_time_after_it(target: Target) -> None:
    test, end = _told(target, TWO_YEARS)
    assert test.applied
    assert test.shift == pytest.approx(0.5 + 1.0 - 1.0, abs=0.06)
    assert end.applied
    assert end.shift == pytest.approx(-0.6 + 0.1 - 0.5, abs=0.06)


@pytest.mark.parametrize("target", [CHURN, SPEND])
def test_a_season_that_would_have_misled_the_validation_is_not(target: Target) -> None:
    test, end = _told(target, TWO_YEARS | {VALIDATION: -1.0})
    assert [(one.shift, one.applied) for one in (test, end)] == [(0.0, False)] * 2
    assert test.why.startswith(("a shift by -1.49", "a shift by -1.50"))
    assert test.why.endswith("of this kind did not help on validation")


def test_a_season_that_validation_cannot_judge_is_told() -> None:
    newer = {moment: by for moment, by in TWO_YEARS.items() if moment != EARLIER - YEAR}
    test, _ = _told(CHURN, newer)
    assert test.applied
    assert test.shift == pytest.approx(0.5, abs=0.06)


def test_it_can_be_switched_off_and_times_have_none() -> None:
    assert _told(CHURN, TWO_YEARS, wanted=False) == (OFF, OFF)
    assert _told(NextPurchase("next_purchase_28d", HORIZON, 56), TWO_YEARS) == (NONE, NONE)
    assert not OFF.shift
    assert OFF.why != NONE.why
