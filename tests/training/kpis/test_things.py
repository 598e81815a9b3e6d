"""Things, and that the numerator of each share is a part of its denominator, whatever happened."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.buckets import intake
from features.clock import DAY, parse
from features.log.products import Products
from tests.training.kpis.small_shop import KINDS, UTC
from training.kpis import moments
from training.kpis.kpi import KPIS, SHARE
from training.kpis.margin import Margin
from training.kpis.measure import Piece, measured
from training.kpis.things import newest
from training.kpis.window import Window

BEGIN = parse("2026-03-01", UTC)
WINDOW = Window("now", BEGIN, BEGIN + 28 * DAY, BEGIN - 28 * DAY)

ROW = st.tuples(
    st.sampled_from("abc"),
    st.sampled_from(KINDS),
    st.integers(-40 * 24, 40 * 24),
    st.sampled_from([None, "c1", "c2"]),
    st.sampled_from([None, "o1", "o2", "o3"]),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ROW, min_size=1, max_size=40), st.sampled_from([KINDS, [one for one in KINDS if one != "mail_sent"]]))
def test_numerators_of_shares_are_part_of_their_denominators(rows: list[tuple[Any, ...]], kinds: Sequence[str]) -> None:
    rows = [row for row in rows if row[1] in kinds] or [("a", "purchase", 0, None, None)]
    who, what, hour, campaign, order = zip(*rows, strict=True)
    columns = {
        "customer_id": who,
        "event": what,
        "occurred_at": [np.datetime64(BEGIN + one * DAY // 24, "us").item().isoformat() for one in hour],
        "campaign_id": campaign,
        "order_id": order,
        "amount": [10.0 if one in ("purchase", "refund") else None for one in what],
        "score": [3.0 if one == "survey_answered" else None for one in what],
    }
    log = intake.of_rows(columns, "UTC").log
    assert log is not None
    things = measured(Piece(log, kinds, Margin(Products(), None)), WINDOW)
    for kpi in (one for one in KPIS if one.unit == SHARE):
        above, below = moments.numbers(kpi, things, len(log.customers))
        assert (above >= 0).all()
        assert (above <= below).all()
    by_name = {kpi.name: moments.numbers(kpi, things, len(log.customers)) for kpi in KPIS}
    stayed, gone = by_name["retention"], by_name["churn"]
    assert (stayed[0] + gone[0] == stayed[1]).all()


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), max_size=12),
    st.lists(st.tuples(st.integers(0, 3), st.integers(-1, 10)), min_size=1, max_size=12),
)
def test_the_newest_row_is_that_of_a_search(rows: list[tuple[Any, ...]], asked: list[tuple[int, int]]) -> None:
    group, time = (np.array([row[n] for row in rows], np.int64) for n in (0, 1))
    groups, moments_of = (np.array([row[n] for row in asked], np.int64) for n in (0, 1))
    found = newest(group, time, groups, moments_of)
    for place, (own, moment) in zip(found.tolist(), asked, strict=True):
        fitting = [(t, n) for n, (g, t) in enumerate(rows) if g == own and t <= moment]
        assert place == (max(fitting)[1] if fitting else -1)
