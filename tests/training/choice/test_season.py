"""Season: the level of a period to come, by those before it, each part drawn to 0 as far as it is unsure."""

from collections.abc import Callable

import numpy as np
import pytest

from features.clock import DAY
from training.choice import season as seasons
from training.choice.cures import Cures
from training.choice.season import YEAR, Levels, season

HORIZON = 28
NOW = 2_000 * DAY
CHANCE = 1e-6


def _levels(found: dict[int, float], chance: float = CHANCE, horizon: int = HORIZON) -> Levels:
    """Return the levels of periods that begin so many days before now."""
    days = np.array(list(found), np.int64)
    return Levels(NOW - days * DAY, np.array(list(found.values())), np.full(days.size, chance), horizon)


def _years(level: Callable[[float], float], years: float, noise: float = 0.0, seed: int = 1) -> Levels:
    """Return the levels of periods that follow each other for some years, as a function of the years before now."""
    generator = np.random.default_rng(seed)
    days = range(HORIZON, int(years * 364) + 1, HORIZON)
    return _levels({day: level(day / 364) + noise * generator.normal() for day in days}, max(noise**2, CHANCE))


def _wave(ago: float) -> float:
    return float(0.4 * np.cos(2 * np.pi * ago))


@pytest.fixture
def one_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be known how far the parts spread."""
    monkeypatch.setattr(seasons, "SEASONS", (0.2,))
    monkeypatch.setattr(seasons, "TRENDS", (0.0,))
    monkeypatch.setattr(seasons, "PERIODS", (0.1,))


@pytest.mark.usefixtures("one_spread")
def test_of_one_period_a_year_ago_its_season_is_believed_as_far_as_seasons_spread() -> None:
    found = season(_levels({364: 0.5}, chance=0.0), [NOW])
    # of the variance .2^2 + .1^2 of a period's level, .2^2 returns
    assert found.shift == pytest.approx(0.5 * 0.04 / 0.05)
    assert found.sd**2 == pytest.approx(0.05 - 0.04**2 / 0.05)
    noisy = season(_levels({364: 0.5}, chance=0.03), [NOW])
    assert noisy.shift == pytest.approx(0.5 * 0.04 / 0.08), "and less, where chance explains some of it"
    assert found.why == "+0.400 by the same weeks of other years, +0.000 by the trend, of 1 period before"


@pytest.mark.usefixtures("one_spread")
def test_weeks_are_alike_by_their_distance_within_the_year() -> None:
    near, far = (season(_levels({day: 0.5}, chance=0.0), [NOW]).shift for day in (364 + 60, 364 - 120))
    assert near == pytest.approx(0.5 * 0.04 / 0.05 * np.exp(-1))
    assert far == pytest.approx(0.5 * 0.04 / 0.05 * np.exp(-2))
    assert season(_levels({60: 0.5}, chance=0.0), [NOW]).shift == pytest.approx(near)


@pytest.mark.usefixtures("one_spread")
def test_periods_that_overlap_are_hardly_more_than_one() -> None:
    one, twice = (_levels(dict.fromkeys(days, 0.5), 0.03, horizon=90) for days in ((364,), (364, 363)))
    apart = _levels(dict.fromkeys((364, 728), 0.5), 0.03, horizon=90)
    shifts = [season(levels, [NOW]).shift for levels in (one, twice, apart)]
    assert shifts[1] == pytest.approx(shifts[0], rel=0.02)
    assert shifts[2] > 1.2 * shifts[0]


def test_a_season_that_returned_is_told_and_one_that_did_not_is_not() -> None:
    assert season(_years(_wave, 2), [NOW]).shift == pytest.approx(0.4, abs=0.06)
    noise = [season(_years(lambda _: 0.0, 2, noise=0.2, seed=seed), [NOW]).shift for seed in range(20)]
    assert np.abs(noise).max() < 0.15


def test_a_trend_is_carried_on_and_the_season_told_beside_it() -> None:
    found = season(_years(lambda ago: _wave(ago) - 0.3 * ago, 3), [NOW])
    assert found.shift == pytest.approx(0.4, abs=0.1)
    without = season(_years(lambda ago: _wave(ago) - 0.3 * ago, 3), [NOW], Cures(level=False))
    assert without.shift < found.shift - 0.15, "a year ago all was lower"


def test_the_less_is_known_the_wider_is_what_is_said() -> None:
    sds = [season(_years(_wave, years, noise=0.05), [NOW]).sd for years in (0, 0.5, 1, 2, 3)]
    assert sds == sorted(sds, reverse=True)
    assert sds[-1] < 0.15 < sds[0]
    nothing = season(_levels({}), [NOW])
    assert (nothing.shift, nothing.sd) == (0.0, sds[0])
    assert nothing.why.endswith("no period before is known")


def test_what_is_not_over_is_not_known() -> None:
    known, more = {364: 0.5, 28: 0.1}, {364: 0.5, 28: 0.1, 27: 3.0, 0: 3.0}
    assert season(_levels(more), [NOW]) == season(_levels(known), [NOW])
    assert season(_levels({364: 0.5}, horizon=365), [NOW]).shift == 0


def test_several_periods_have_the_mean_of_what_is_known_before_the_first_of_them() -> None:
    levels, later = _years(_wave, 3), NOW + HORIZON * DAY
    apart = [season(levels, [moment]).shift for moment in (NOW, later)]
    assert season(levels, [later, NOW]).shift == pytest.approx(np.mean(apart))


def test_what_is_switched_off_moves_nothing() -> None:
    levels = _years(lambda ago: _wave(ago) - 0.3 * ago, 2)
    assert season(levels, [NOW], Cures(season=False, level=False)).shift == 0
    assert season(levels, [NOW], Cures(season=False)).why.startswith("+0.000 by the same weeks")
    assert "+0.000 by the trend" in season(levels, [NOW], Cures(level=False)).why


def test_a_year_is_whole_weeks() -> None:
    assert YEAR % (7 * DAY) == 0
