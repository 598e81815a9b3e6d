"""The seasons of a target: which periods tell them, as whom sees them, of test, future and past."""

from collections.abc import Mapping

import numpy as np
import pytest

from features.clock import DAY
from training.choice.choice import choose
from training.choice.cures import ALL, Cures
from training.choice.season import YEAR, Season
from training.choice.seasons import NONE, Told, references
from training.choice.wanted import Wanted
from training.panel.enough import Enough
from training.panel.examples import Examples
from training.panel.split import Split
from training.scorers import Calibrated, Curve
from training.targets import Churn, NextPurchase, Spend, Target
from training.targets.candidate import Candidate

HORIZON = 28
STEP = HORIZON * DAY
END = 829 * DAY
TEST, VALIDATION = END - STEP, END - 2 * STEP
CUT_OFFS = tuple(range(TEST, 70 * DAY, -STEP))
SPLIT = Split(CUT_OFFS[2:], (VALIDATION,), CUT_OFFS[1:], (TEST,), CUT_OFFS)
CHURN, SPEND = Churn("churn_28d", HORIZON, 56), Spend("spend_28d", HORIZON, 56)
CURVES = {
    "binary": Curve(0, np.array([0.0, 1.0]), np.array([0.1, 0.5]), 0.0),
    "value": Curve(0, np.array([0.0, 1.0]), np.array([5.0, 50.0]), 0.0),
    "time": Curve(0, np.array([0.0, 1.0]), np.array([0.0, 28.0]), 0.0),
}
"""What says the same all year round."""


def _season(moment: int) -> float:
    """Return the level of a period that begins at a moment: highest in the test's weeks of each year."""
    return float(0.4 * np.cos(2 * np.pi * (moment - TEST) / YEAR))


YEARLY = {moment: _season(moment) for moment in (*CUT_OFFS, END)}


def _rows(task: str, levels: Mapping[int, float], rows: int = 3_000, seed: int = 4) -> Examples:
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


def _told(target: Target, levels: Mapping[int, float], cures: Cures = ALL, split: Split = SPLIT) -> Told:
    return Told(target, split, _rows(target.task, levels), cures)


def _both(told: Told) -> tuple[Season, Season]:
    curve = CURVES[told.target.task]
    return told.of_test(curve, curve), told.of_end(curve, curve, curve)


@pytest.mark.parametrize("target", [CHURN, SPEND])
def test_test_and_future_have_the_level_of_the_same_weeks_of_other_years(target: Target) -> None:
    test, end = _both(_told(target, YEARLY))
    assert test.shift == pytest.approx(_season(TEST), abs=0.12)
    assert end.shift == pytest.approx(_season(END), abs=0.12)
    assert 0 < end.sd <= 0.2
    off, _ = _both(_told(target, YEARLY, Cures(season=False)))
    assert abs(off.shift) < 0.1


def test_the_test_itself_tells_nothing_of_itself() -> None:
    known, other = (_told(SPEND, YEARLY | {TEST: by}) for by in (0.0, -3.0))
    assert _both(known)[0] == _both(other)[0]
    assert _both(known)[1] != _both(other)[1]


@pytest.mark.parametrize("target", [CHURN, SPEND])
def test_the_newest_period_is_seen_by_who_had_not_learned_from_it(target: Target) -> None:
    """A model that learned from a period agrees with it, and says nothing of how far off it will be next time."""
    told, curve = _told(target, dict.fromkeys(YEARLY, 0.0)), CURVES[target.task]
    low = Calibrated(curve, target.task == "binary", 1.0, -0.5)
    shift = told.of_test(low, curve).shift
    assert 0.02 < shift < 0.4, "one period is one observation, however many rows it has"
    assert told.of_end(curve, low, curve).shift == pytest.approx(shift, rel=0.3)
    off = _told(target, dict.fromkeys(YEARLY, 0.0), Cures(level=False))
    assert off.of_test(low, curve).shift < shift / 2


def test_a_year_of_history_before_what_is_learned_from_counts_without_a_trend() -> None:
    """The same weeks a year ago are the earliest that are known, and no week before the newest has a year before it."""
    first = next(place for place, moment in enumerate(CUT_OFFS) if moment == TEST - YEAR)
    kept = CUT_OFFS[: first + 1]
    split = Split(kept[2:], (VALIDATION,), kept[1:], (TEST,), kept)
    test, _ = _both(_told(SPEND, {moment: YEARLY[moment] for moment in kept}, split=split))
    assert test.shift == pytest.approx(_season(TEST), abs=0.2)
    assert test.shift > 0.15


def test_a_replay_knows_nothing_later_than_its_origin() -> None:
    split = Split(CUT_OFFS[2:], (VALIDATION,), CUT_OFFS[1:], (TEST,), CUT_OFFS[1:])
    test, end = _both(_told(SPEND, YEARLY | {TEST: -3.0}, split=split))
    assert test == end


def test_times_have_no_level() -> None:
    target = NextPurchase("next_purchase_28d", HORIZON, 56)
    told, curve = _told(target, YEARLY), CURVES["time"]
    assert _both(told) == (NONE, NONE)
    assert told.of_past(curve, NONE) is None


@pytest.mark.parametrize("target", [CHURN, SPEND])
def test_the_past_has_the_levels_that_were_told_then(target: Target) -> None:
    told, curve = _told(target, YEARLY), CURVES[target.task]
    served = told.of_end(curve, curve, curve)
    past = told.of_past(curve, served)
    assert past is not None
    assert past.moments == (*reversed(CUT_OFFS), END)
    at = past.at(np.array([CUT_OFFS[-1], TEST - YEAR // 2, TEST, END, END + YEAR])) + served.shift
    assert at[0] == pytest.approx(0, abs=1e-12), "nothing was known then"
    assert at[1] == pytest.approx(-0.4, abs=0.15)
    assert at[2] == pytest.approx(0.4, abs=0.15)
    assert at[3] == at[4] == served.shift


def test_a_period_without_a_level_is_passed_over() -> None:
    rows = _rows("binary", YEARLY)
    silent = rows.outcome(np.where(rows.cut_off == VALIDATION, 1.0, rows.y))
    assert (
        Told(CHURN, SPLIT, silent)
        .of_test(CURVES["binary"], CURVES["binary"])
        .why.endswith(f"of {len(CUT_OFFS) - 2} periods before")
    )


def test_the_cut_offs_of_a_year_before_are_those_within_the_history() -> None:
    assert references((TEST, END), HORIZON, TEST - YEAR) == {TEST - YEAR, END - YEAR}
    assert references((TEST, END), HORIZON, TEST - YEAR + 1) == {END - YEAR}
    assert references((TEST,), 364, 0) == {TEST - YEAR}
    assert references((TEST,), 365, 0) == set()


class _Simple(Spend, frozen=True, forbid_unknown_fields=True, tag="simple_spend", tag_field="kind"):
    """Spend by a recipe that is quick."""

    def candidates(self) -> tuple[Candidate, ...]:
        return tuple(one for one in super().candidates() if one.recipe in {"rfm_linear", "last_period"})


def _shop(target: Spend) -> Examples:
    """Return customers whose outcomes follow from what they spent, and from the weeks of the year."""
    names = ("purchase_recency", "purchase_days_84d", "spend_84d", "spend_28d", "lines_56d", "purchase_days")
    generator, rows = np.random.default_rng(7), 500
    cut_off = np.repeat(np.array(CUT_OFFS, np.int64), rows)
    spent = generator.gamma(2, 50_000, cut_off.size)
    x = np.column_stack([generator.uniform(1, 50, cut_off.size), np.full(cut_off.size, 3), spent, spent / 3])
    x = np.column_stack([x, np.ones(cut_off.size), np.full(cut_off.size, 5)]).astype(np.float32)
    level = np.exp(0.5 * np.cos(2 * np.pi * (cut_off - TEST + YEAR // 4) / YEAR))
    y = generator.gamma(2, spent * level / 6 / target.scale)
    return Examples.of(names, x, y, np.tile(np.arange(rows), len(CUT_OFFS)), cut_off)


def test_what_is_scored_as_of_the_past_has_the_level_that_its_test_had() -> None:
    """The data end where the season turns: its level is not that of half a year before."""
    target = _Simple("spend_28d", HORIZON, 56)
    rows = _shop(target)
    found = choose(target, SPLIT, rows, Wanted(Enough()))
    test = found.predictions.sum() / found.test.y.sum()
    assert test == pytest.approx(1, abs=0.1)

    def ratio(moment: int, *as_of: np.ndarray) -> float:
        then = rows.at([moment])
        return float(found.predictor.predict(then.x, *as_of).sum() / then.y.sum())

    def asked(moment: int) -> float:
        return ratio(moment, np.full(500, moment))

    assert asked(TEST) == pytest.approx(test, abs=0.05)
    half_a_year_ago = CUT_OFFS[len(CUT_OFFS) // 4]
    assert asked(half_a_year_ago) == pytest.approx(1, abs=0.15)
    assert abs(ratio(half_a_year_ago) - 1) > 0.3, "with the level of the time after the data"
