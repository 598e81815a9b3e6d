"""The next period: by the rates of one period segments tell another, and never by what came later."""

from functools import partial

import numpy as np
import pytest

from training.segmenters import Facts
from training.segmenters.nested import Nested
from training.stability.period import Period, tells

NAMES = ("purchase_recency", "purchase_tenure", "purchase_days_364d", "spend_364d", "purchase_activity")
FIT = partial(Nested.fit, shape=(4, 2))


def _period(seed: int, rows: int = 900) -> Period:
    generator = np.random.default_rng(seed)
    active = generator.gamma(1, 3, rows)
    x = np.column_stack([generator.gamma(1, 30, rows), generator.gamma(9, 30, rows), 1 + active, active * 9, active])
    left = (generator.random(rows) < 1 / (1 + active)).astype(np.float64)
    left[:50] = np.nan
    return Period(Facts(x.astype(np.float32), NAMES), np.arange(rows), left)


def test_segments_of_activity_tell_who_leaves_where_activity_decides() -> None:
    told = tells(FIT, _period(1), _period(2))
    assert told is not None
    assert told.auc > told.map
    assert told.more.value == pytest.approx(told.auc - told.map)
    assert told.more.lo < told.more.value < told.more.hi


def test_outcomes_of_the_later_period_decide_nothing_but_the_figure() -> None:
    later = _period(2)
    turned = Period(later.facts, later.customers, 1 - later.left)
    one, other = (tells(FIT, _period(1), each) for each in (later, turned))
    assert one is not None
    assert other is not None
    assert other.auc == pytest.approx(1 - one.auc)


def test_crossed_with_the_map_it_tells_at_least_what_the_map_does() -> None:
    told = tells(FIT, _period(1), _period(2), crossed=True)
    assert told is not None
    assert told.auc > told.map - 0.01


def test_without_both_outcomes_in_both_periods_nothing_is_told() -> None:
    one = _period(1)
    assert tells(FIT, Period(one.facts, one.customers, one.left * 0), _period(2)) is None
