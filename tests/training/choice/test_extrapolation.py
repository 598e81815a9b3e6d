"""Extrapolation: levels and totals by hand, and an interval that holds what a simulated year brought."""

import math
from pathlib import Path

import numpy as np
import pytest

from benchmarks.shop import SOURCES
from features import dataset as datasets
from features.buckets import intake
from features.clock import DAY
from training.choice import unlabelled
from training.choice.extrapolation import shift, spread, total
from training.choice.foretold import Foretold, asked, histories, moments
from training.panel.ground import Ground
from training.panel.panel import Panel
from training.panel.reach import Reach
from training.report.interval import estimates
from training.targets import Spend

Y = np.array([30.0, 0.0, 50.0, 20.0])


def _told(ratio: float, task: str = "value", days: int = 28) -> Foretold:
    """Return predictions that are right but for their level, so that chance plays no part."""
    return Foretold(task, days, 0, Y, Y / ratio)


def test_a_level_that_one_moment_asks_for_is_carried_beyond_how_far_horizons_lie_apart() -> None:
    assert shift([], 56) == 0
    assert shift([_told(math.exp(0.2))], 56) == 0, "two horizons lie .2 * sqrt(2) apart"
    assert shift([_told(math.exp(0.5))], 56) == pytest.approx(0.5 - 0.08 / 0.5)
    assert shift([_told(math.exp(-0.5))], 40) == pytest.approx(-0.5 + 0.08 / 0.5)
    assert shift([_told(math.exp(0.5))], 28 * 8) == pytest.approx(0.5 - 3 * 0.08 / 0.5), "doubled three times"
    assert shift([_told(math.exp(0.5), "time")], 56) == 0, "a median has no level"


def test_moments_that_differ_are_believed_less_and_those_that_agree_no_more() -> None:
    half = _told(math.exp(0.5))
    assert shift([half, half], 56) == pytest.approx(shift([half], 56))
    # .7 and .3 have a variance of .08, half of which their mean has
    assert shift([_told(math.exp(0.7)), _told(math.exp(0.3))], 56) == pytest.approx(0.5 - (0.08 + 0.04) / 0.5)
    assert shift([_told(math.exp(0.6)), _told(math.exp(-0.6))], 56) == 0


def test_the_spread_is_that_of_the_moments_and_never_below_what_is_usual() -> None:
    assert spread([_told(1.0)]) == 0.2
    assert spread([_told(1.0, "binary")]) == 0.25
    found = [_told(math.exp(0.5)), _told(math.exp(-0.3))]
    assert spread(found) == pytest.approx(math.sqrt((0.25 + 0.09) / 2))


def test_a_total_has_the_interval_of_the_spread_and_of_chance() -> None:
    p = np.array([10.0, 30.0])
    found = total([_told(1.0)], p)
    assert found is not None
    assert (found.customers, found.predicted, found.spread, found.chance, found.moments) == (2, 40.0, 0.2, 0.0, 1)
    assert (found.lo, found.hi) == pytest.approx((40 * math.exp(-0.392), 40 * math.exp(0.392)))
    quarter = total([_told(1.0)], p, share=0.25)
    assert quarter is not None
    assert (quarter.customers, quarter.predicted, quarter.hi) == pytest.approx((8, 160.0, 4 * found.hi))
    assert total([_told(1.0, "time")], p) is None

    # (20 - 30)^2 twice over (100)^2: 30 and 20 for 20 and 30
    noisy = Foretold("value", 28, 0, Y, np.array([20.0, 0.0, 50.0, 30.0]))
    assert noisy.chance == pytest.approx(200 / 100**2)
    wider = total([noisy], p)
    assert wider is not None
    assert wider.hi == pytest.approx(40 * math.exp(1.96 * math.sqrt(0.04 + 0.02)))


def test_a_probability_adds_up_to_customers_and_stays_below_all_of_them() -> None:
    found = total([Foretold("binary", 28, 0, np.array([1.0, 0.0] * 500), np.full(1000, 0.5))], np.full(10, 0.9))
    assert found is not None
    assert found.chance == pytest.approx(math.sqrt(1 / 250))
    off = 1.96 * math.hypot(0.25, found.chance)
    assert found.hi == pytest.approx(10 * 9 * math.exp(off) / (1 + 9 * math.exp(off)))
    assert found.predicted == pytest.approx(9)
    assert found.said(90, "", binary=True) == (
        "the total of the next 90 days: 9 of 10 customers, 95 % between 8 and 9, by one moment of the past"
    )


def test_chance_is_what_resampled_customers_give() -> None:
    draw = np.random.default_rng(3)
    p = draw.gamma(0.7, 40, 3000)
    y = p * draw.gamma(0.5, 2.6, p.size)
    found = Foretold("value", 28, 0, y, p)
    levels = {"level": lambda y, p, w: np.log((w * y).sum(1) / (w * p).sum(1))}
    told = estimates(levels, y, p, np.arange(p.size))["level"]
    assert found.level == pytest.approx(told.value)
    assert math.sqrt(found.chance) == pytest.approx((told.hi - told.lo) / 2 / 1.96, rel=0.1)


@pytest.mark.parametrize(
    ("days", "horizons"),
    [(2, ()), (60, (20,)), (91, (35,)), (120, (64, 36)), (300, (244, 201, 158, 115, 72, 29))],
)
def test_the_moments_lie_a_step_apart_or_further(days: int, horizons: tuple[int, ...]) -> None:
    assert Reach(365).checks(7 * DAY, (7 + days) * DAY) == horizons


VALUE = Spend("value_365d", 365, 365)
TOML = 'name = "year"\n{sources}\n[simulation]\ncustomers = 500\ndays = 620\nseed = {seed}\n'


def _covered(shop: Ground, days: int) -> bool:
    """Return whether the year after some days lies within what they say of it."""
    ground = Ground(shop.dataset, shop.log, shop.begin, shop.begin + days * DAY)
    found = tuple(moments(VALUE, ground))
    assert [one.horizon_days for one in found] == list(Reach(365).checks(ground.begin, ground.end))
    rows = asked(VALUE, ground, histories(VALUE), ground.end)
    made = unlabelled.predictor(VALUE, Panel(rows.spine, rows.names, rows.table, {}), ground.end, found)
    assert made.shorter is not None
    told = made.shorter.total
    assert told is not None
    inside = ~np.isnan(said := made.predict(rows.table))
    assert (told.customers, told.moments) == (inside.sum(), len(found))
    assert told.predicted == pytest.approx(said[inside].sum())
    assert told.lo < told.predicted < told.hi < 5 * told.lo
    return bool(told.lo <= rows.y[inside].sum() <= told.hi)


def test_a_simulated_year_lies_within_what_is_said_of_it(tmp_path: Path) -> None:
    covered = []
    for seed in (1, 2, 3):
        toml = tmp_path / f"{seed}.toml"
        toml.write_text(TOML.format(sources=SOURCES, seed=seed), encoding="utf-8")
        dataset = datasets.load(str(toml))
        shop = Ground.of(dataset, intake.take(dataset).log)
        covered += [_covered(shop, days) for days in (120, 250)]
    assert sum(covered) >= 5, covered
