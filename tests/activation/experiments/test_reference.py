"""Estimates beside those of other libraries, to the digits that they tell; only moments are put in."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pyarrow import parquet

from activation.experiments.arm import Arm, arm
from activation.experiments.balance import pearson
from activation.experiments.effect import MEAN, Effect, absolute, relative, symmetric
from activation.experiments.interval import fixed, sequential, sequential_p
from activation.experiments.metric import Metric
from activation.experiments.moments import Moments
from activation.experiments.power import customers, of_shares, smallest_effect
from features.dataset import DATA

RATIO = Metric("ratio")
NONE, MENS, WOMENS = 21_306, 21_307, 21_387


def _mean(n: float, total: float, squares: float) -> Arm:
    return arm(Moments.of_sums(n, [total], [[squares]]))


def _share(n: float, having: float) -> Arm:
    return arm(Moments.of_share(n, having))


SMALL, LARGE = _mean(3407, 1396.87, 52377.9767), _mean(3461, 2422.7, 134698.29)
FEWER = _mean(3000, 1396.87, 52377.9767)


@pytest.mark.parametrize(  # gbstats at 8f1db445, tests/frequentist/test_tests.py
    ("effect", "value", "low", "high", "error", "p"),
    [
        (symmetric(SMALL, LARGE), 0.70732, -0.03526, 1.44989, 0.37879, 0.06191),
        (absolute(SMALL, LARGE), 0.29, 0.04538, 0.53462, 0.12478, 0.02016),
        (symmetric(_share(28, 14), _share(30, 16)), 0.06667, -0.47767, 0.61101, 0.2717, 0.80707),
    ],
)
def test_fixed_intervals_are_those_of_gbstats(
    effect: Effect, value: float, low: float, high: float, error: float, p: float
) -> None:
    interval = fixed(effect)
    found = [float(one) for one in (effect.value, interval.low, interval.high, effect.error, effect.p)]
    assert np.round(found, 5).tolist() == [value, low, high, error, p]


@pytest.mark.parametrize(
    ("base", "other", "horizon", "told", "p"),
    [
        (FEWER, LARGE, 1000, (0.50336, -0.55844, 1.56516), 1.0),
        (_share(3000, 1396), _share(3461, 2422), 5000, (0.50386, 0.40098, 0.60675), 5.2e-44),
    ],
)
def test_sequential_intervals_are_those_of_gbstats(
    base: Arm, other: Arm, horizon: int, told: tuple[float, ...], p: float
) -> None:
    effect = symmetric(base, other)
    interval = sequential(effect, horizon)
    assert np.round([effect.value, interval.low, interval.high], 5).tolist() == list(told)
    assert float(sequential_p(effect, horizon)) == pytest.approx(p, rel=0.01)


def test_one_sided_bounds_are_those_of_gbstats() -> None:
    share, units = symmetric(FEWER, LARGE), absolute(FEWER, LARGE)
    looks = sequential(share, 5000, one_sided=True)
    assert float(looks.low) == pytest.approx(-0.42356454602790883, rel=1e-14)
    assert float(looks.high) == pytest.approx(1.4302867177403806, rel=1e-14)
    looks = sequential(units, 5000, one_sided=True)
    assert float(looks.low) == pytest.approx(-0.12656844172804982, rel=1e-13)
    assert float(looks.high) == pytest.approx(0.5953217750613832, rel=1e-13)
    assert float(share.value) == pytest.approx(0.5033610858562358, rel=1e-14)
    assert float(fixed(share, one_sided=True).low) == pytest.approx(-0.045136675850396046, rel=1e-12)
    assert float(share.p) / 2 == pytest.approx(0.06558262868467746, rel=1e-12)


def _four(n: int, sums: list[float], squares: list[float], products: list[float]) -> Arm:
    """Return an arm of a ratio and of the same from before; products by the upper triangle of the matrix."""
    table = np.diag(squares)
    table[np.triu_indices(4, 1)] = products
    return arm(Moments.of_sums(n, sums, table + np.triu(table, 1).T))


def _ratios() -> tuple[Arm, Arm]:
    base = _four(
        100,
        [485.112236689623, 679.9093275844917, 192.59138069991536, 290.1398399750233],
        [2715.484666118136, 4939.424001640236, 460.076026390857, 920.9461385038898],
        [
            3602.146836776702, 1113.6215759318352, 1559.2878434944676,
            1460.3181079276983, 2130.9404074446747, 634.239482353647,
        ],
    )  # fmt: skip
    other = _four(
        100,
        [514.7757826608777, 705.4090874383759, 206.94157227402536, 302.54389139107326],
        [2994.897482705013, 5291.36604146392, 514.2903702246757, 994.4506208125663],
        [
            3918.1561431600717, 1237.0953021125997, 1701.0287270040265,
            1604.0759503266522, 2292.081739775257, 698.4173425817908,
        ],
    )  # fmt: skip
    return base, other


def test_a_ratio_less_what_was_known_of_it_has_the_full_gradient() -> None:
    effect = symmetric(*_ratios(), RATIO)
    interval = fixed(effect)
    found = [float(one) for one in (effect.value, interval.low, interval.high, effect.error, effect.p)]
    assert np.round(found, 5).tolist() == [-0.0007, -0.00841, 0.00700, 0.00391, 0.85771]
    looks = sequential(effect, 5000)
    assert np.round([looks.low, looks.high], 5).tolist() == [-0.02063, 0.01923]


@pytest.mark.parametrize("told", [absolute, relative, symmetric])
@pytest.mark.parametrize("kind", ["mean", "ratio"])
def test_gradients_are_those_of_small_steps(told: Callable[..., Effect], kind: str) -> None:
    base, other = _ratios()
    metric = Metric("mean" if kind == "mean" else "ratio")
    theta = metric.theta((*base.phases, *other.phases))

    def moved(one: Arm, by: np.ndarray) -> Arm:
        (own,) = one.phases
        return arm(Moments(own.n, own.mean + by, own.spread))

    step, variance = 1e-5, 0.0
    for place, one in enumerate((base, other)):
        slope = []
        for measure in range(4):
            ends = []
            for sign in (1, -1):
                pair = [base, other]
                pair[place] = moved(one, sign * step * np.eye(4)[measure])
                ends.append(float(told(*pair, metric, theta).estimate))
            slope.append((ends[0] - ends[1]) / (2 * step))
        variance += float(np.array(slope) @ one.variance @ np.array(slope))
    assert float(told(base, other, metric, theta).error) == pytest.approx(variance**0.5, rel=1e-5)


def test_theta_is_pooled() -> None:
    own = Moments.of([2, 1, 5, 3], [0.3, 0.5, 0.9, 22])
    assert round(float(MEAN.theta([own, own])[0]), 5) == 0.01864
    same = Moments.of([2, 1, 5, 3], [7, 7, 7, 7])
    assert MEAN.theta([same, same]).tolist() == [0.0]


@pytest.mark.parametrize(  # Spotify's Confidence beside G*Power
    ("smallest", "variances", "alpha", "power", "total"),
    [
        (0.3, (100.0, 100.0), 0.05, 0.85, 39_906),
        (0.003, of_shares(0.34, 0.343), 0.05, 0.85, 897_348),
        (0.003, of_shares(0.34, 0.343), 0.14, 0.85, 630_710),
        (0.003, of_shares(0.34, 0.343), 0.14, 0.67, 366_424),
    ],
)
def test_sizes_are_those_of_others(
    smallest: float, variances: tuple[float, float], alpha: float, power: float, total: int
) -> None:
    found = customers(smallest, variances, alpha=alpha, power=power)
    assert found == pytest.approx(total, rel=0.001)
    assert smallest_effect(found, variances, alpha=alpha, power=power) == pytest.approx(smallest)


SPEND = {
    "none": _mean(NONE, 13908.33, 2870050.3621),
    "mens": _mean(MENS, 30311.69, 6759024.4973),
    "womens": _mean(WOMENS, 23038.11, 4911446.5763),
}


def _counted(n: int, count: int) -> Arm:
    return _mean(n, count, count)


@pytest.mark.parametrize(  # tea-tasting 1.14.0 on Hillstrom's experiment of 2008
    ("effect", "told"),
    [
        (absolute(SPEND["none"], SPEND["mens"]), (0.769827, 0.485140, 1.054515)),
        (absolute(SPEND["none"], SPEND["womens"]), (0.424412, 0.168957, 0.679868)),
        (absolute(_counted(NONE, 2262), _counted(MENS, 3894)), (0.076590, 0.069953, 0.083226)),
        (absolute(_counted(NONE, 122), _counted(MENS, 267)), (0.006805, 0.005000, 0.008610)),
    ],
)
def test_effects_on_hillstrom_are_those_of_tea_tasting(effect: Effect, told: tuple[float, ...]) -> None:
    interval = fixed(effect)
    assert np.round([effect.value, interval.low, interval.high], 6).tolist() == list(told)


def test_relative_effects_on_hillstrom_are_those_of_tea_tasting() -> None:
    effect = relative(SPEND["none"], SPEND["mens"])
    interval = fixed(effect)
    assert np.round([effect.value, interval.low, interval.high], 2).tolist() == [1.18, 0.63, 1.92]


def test_a_ratio_on_hillstrom_is_that_of_tea_tasting() -> None:
    base, other = (
        arm(Moments.of_sums(n, [bought, came], [[bought, bought], [bought, came]]))
        for n, bought, came in ((NONE, 122, 2262), (MENS, 267, 3894))
    )
    effect = absolute(base, other, RATIO)
    interval = fixed(effect)
    assert np.round([effect.value, interval.low, interval.high], 7).tolist() == [0.0146325, 0.0023983, 0.0268666]
    assert round(float(effect.p), 7) == 0.0190699


def test_the_balance_of_hillstrom_is_that_of_tea_tasting() -> None:
    assert round(pearson((NONE, MENS, WOMENS), (1, 1, 1)), 4) == 0.9037


FILE = "hillstrom.parquet"
FOLDER = Path(os.environ.get(DATA) or Path(__file__).parents[4] / "shared" / "data")


@pytest.mark.skipif(not (FOLDER / FILE).is_file(), reason=f"{FILE} is not in {FOLDER}; {DATA} may name its folder")
def test_what_was_known_is_taken_off_on_hillstrom_as_tea_tasting_does() -> None:
    """Its theta is that of both arms as one; ours is pooled within them, which differs by .00001 here."""
    table = parquet.read_table(FOLDER / FILE, columns=["segment", "spend", "history"])
    arms = np.array(table["segment"].to_pylist())
    values = [table[name].to_numpy() for name in ("spend", "history")]
    base, other = (arm(Moments.of(*(one[arms == name] for one in values))) for name in ("No E-Mail", "Mens E-Mail"))
    effect = absolute(base, other, theta=MEAN.theta([base.whole + other.whole]))
    interval = fixed(effect)
    assert [effect.value, interval.low, interval.high] == pytest.approx([0.767439, 0.482813, 1.052064], abs=1e-6)
    assert float(absolute(base, other).value) == pytest.approx(0.767439, abs=2e-5)
