"""Intervals of ratios over customers, and of their changes."""

import numpy as np
import pytest
from scipy import stats

from training.kpis import estimate
from training.kpis.kpi import KPIS
from training.kpis.moments import SLOTS, Moments
from training.metrics.bootstrap import NORMAL, Estimate

ONE = KPIS[:1]


def gram(*slots: tuple[np.ndarray, np.ndarray, np.ndarray]) -> np.ndarray:
    """Return the moments of customers, given for each slot as members, numerators and denominators."""
    count = slots[0][0].size
    nothing = (np.zeros(count, bool), np.zeros(count), np.zeros(count))
    every = [*slots, *[nothing] * (len(SLOTS) - len(slots))]
    kept = Moments.nothing(1, ONE)
    places = np.column_stack([np.where(member, 0, -1) for member, _, _ in every])
    numbers = [[(above, below) for _, above, below in every]]
    for some in np.array_split(np.arange(count), 3):  # as buckets come
        kept.add(places[some], [[(above[some], below[some]) for above, below in numbers[0]]])
    own: np.ndarray = kept.grams[0, 0]
    return own


def test_a_mean_has_the_interval_of_a_mean() -> None:
    values = np.random.default_rng(1).gamma(0.5, 40, 300)
    everyone = np.ones(300, bool)
    own = estimate.ratio(gram((everyone, values, np.ones(300))), 0, share=False)
    error = values.std(ddof=1) / np.sqrt(300)
    assert own.value == pytest.approx(values.mean())
    assert (own.lo, own.hi) == pytest.approx((values.mean() - NORMAL * error, values.mean() + NORMAL * error))


def test_a_share_of_customers_has_wilsons_interval() -> None:
    bought = np.arange(200) < 30
    own = estimate.ratio(gram((np.ones(200, bool), bought.astype(float), np.ones(200))), 0, share=True)
    told = stats.binomtest(30, 200).proportion_ci(method="wilson")
    assert (own.lo, own.hi) == pytest.approx((told.low, told.high), abs=2e-5)  # 1.96 is rounded


def test_a_share_of_what_customers_have_many_of_is_wider_where_theirs_are_alike() -> None:
    everyone, mails = np.ones(100, bool), np.full(100, 10.0)
    alike = np.where(np.arange(100) < 30, 10.0, 0.0)
    apart = np.full(100, 3.0)
    wide, narrow = (estimate.ratio(gram((everyone, own, mails)), 0, share=True) for own in (alike, apart))
    assert wide.value == narrow.value == 0.3
    told = stats.binomtest(30, 100).proportion_ci(method="wilson")
    assert (wide.lo, wide.hi) == pytest.approx((told.low, told.high), abs=2e-3)  # as of 100 customers, not 1,000 mails
    assert narrow.hi - narrow.lo < wide.hi - wide.lo


@pytest.mark.parametrize("opened", [0.0, 1.0])
def test_nothing_and_all_are_not_certain(opened: float) -> None:
    own = estimate.ratio(gram((np.ones(50, bool), np.full(50, opened * 4), np.full(50, 4.0))), 0, share=True)
    assert own.value == opened
    assert own.hi - own.lo == pytest.approx(NORMAL**2 / (50 + NORMAL**2))


def test_of_one_customer_there_is_no_interval_of_money() -> None:
    own = estimate.ratio(gram((np.ones(1, bool), np.array([5.0]), np.ones(1))), 0, share=False)
    assert own.value == 5
    assert np.isnan([own.lo, own.hi]).all()


def test_a_change_of_the_same_customers_is_that_of_their_differences() -> None:
    draw = np.random.default_rng(2)
    before = draw.gamma(2, 20, 400)
    now = before + draw.normal(1, 4, 400)
    everyone, ones = np.ones(400, bool), np.ones(400)
    sums = gram((everyone, now, ones), (everyone, before, ones))
    newer, older = (estimate.ratio(sums, slot, share=False).scaled(1, 0) for slot in (0, 1))
    change = estimate.change(sums, 0, 1, newer, older)
    paired = stats.ttest_rel(now, before).confidence_interval()
    assert (change.lo, change.hi) == pytest.approx((paired.low, paired.high), rel=0.02)
    assert change.hi - change.lo < 0.3 * (newer.hi - newer.lo)


def test_a_change_of_other_customers_is_that_of_independent_means() -> None:
    draw = np.random.default_rng(3)
    values, first = draw.gamma(2, 20, 400), np.arange(400) < 150
    sums = gram((first, values, np.ones(400)), (~first, values, np.ones(400)))
    newer, older = (estimate.ratio(sums, slot, share=False).scaled(1, 0) for slot in (0, 1))
    change = estimate.change(sums, 0, 1, newer, older)
    error = np.hypot(values[first].std(ddof=1) / np.sqrt(150), values[~first].std(ddof=1) / np.sqrt(250))
    assert (change.lo, change.hi) == pytest.approx((change.value - NORMAL * error, change.value + NORMAL * error))


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """Customers with many mails open more of them: the interval goes by customers."""
    draw, held = np.random.default_rng(4), 0
    for _ in range(400):
        mails = draw.poisson(3, 150) + 1.0
        opened = draw.binomial(mails.astype(int), draw.beta(0.5 + mails / 8, 2.0))
        own = estimate.ratio(gram((np.ones(150, bool), opened.astype(float), mails)), 0, share=True)
        held += own.lo <= TRUTH <= own.hi
    assert 0.92 <= held / 400 <= 0.98


def _truth() -> float:
    mails = np.arange(1, 30)
    weight = stats.poisson.pmf(mails - 1, 3) * mails
    chance = (0.5 + mails / 8) / (2.5 + mails / 8)
    return float((weight * chance).sum() / weight.sum())


TRUTH = _truth()


def test_scaled_intervals_move_along() -> None:
    own = estimate.Ratio(3, 3, 6.0, 3.0, 2.0, 1.0, 3.0, 0.5)
    assert own.scaled(0.5, -1.0) == Estimate(0.0, -0.5, 0.5)
