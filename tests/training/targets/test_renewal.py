"""Renewal: who is due and who renews, by hand; nothing of after the grace, or not yet known, is seen."""

from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest

from features import clock
from features.clock import DAY
from features.kernel.kernel import Kernel
from features.log.log import Log
from features.log.spine import everyone
from tests.features.shop import made
from training.panel.everyone import labels
from training.targets import Renewal, Target

AS_OF = clock.parse("2024-06-01", ZoneInfo("UTC"))
TARGET = Renewal("renewal_28d", 28)
INSIDE, NOT_PAID, LATER = -1, 0, 1
INSTANT = 1 / DAY

Row = tuple[float, str, float | None]
"""When, in days from the as-of; the kind but for its first word; and up to when."""

BEGAN: Row = (-25, "started", 5)
EXPECTED: dict[str, tuple[list[Row], int, float | None]] = {
    "renews at the date": ([BEGAN, (5, "renewed", 35)], INSIDE, 1),
    "renews before it": ([BEGAN, (2, "renewed", 35)], INSIDE, 1),
    "renews as the grace ends": ([BEGAN, (12, "renewed", 42)], INSIDE, 1),
    "renews an instant later": ([BEGAN, (12 + INSTANT, "renewed", 42)], INSIDE, 0),
    "starts anew after an end": ([BEGAN, (5, "ended", None), (8, "started", 38)], INSIDE, 1),
    "renews, then ends": ([BEGAN, (5, "renewed", 35), (6, "ended", None)], INSIDE, 1),
    "renews up to an unknown date": ([BEGAN, (5, "renewed", None)], INSIDE, 1),
    "is told the same date again": ([BEGAN, (3, "renewed", 5)], INSIDE, 0),
    "leaves": ([BEGAN], INSIDE, 0),
    "ends": ([BEGAN, (5, "ended", None)], INSIDE, 0),
    "cancels before the date": ([BEGAN, (1, "ended", None)], INSIDE, 0),
    "is due at the as-of and renews then": ([(-30, "started", 0), (0, "renewed", 30)], INSIDE, 1),
    "is due on the last day, and renews in time": ([(-9, "started", 20.9), (27.9, "renewed", 51)], INSIDE, 1),
    "was due before": ([(-31, "started", -1)], NOT_PAID, None),
    "has ended before": ([BEGAN, (-2, "ended", None)], NOT_PAID, None),
    "pays up to no known date": ([(-25, "started", None)], NOT_PAID, None),
    "did not start": ([(-25, "ended", 5)], NOT_PAID, None),
    "has renewed already": ([BEGAN, (-1, "renewed", 35)], LATER, None),
    "is due where the grace would not end in time": ([(-9, "started", 21)], LATER, None),
}


def _log(rows: dict[str, list[Row]], recorded: dict[str, float] | None = None) -> Log:
    """Return the log of rows by customer; each one's newest may be recorded at another moment."""
    every = [(who, *row) for who, own in rows.items() for row in own]
    columns: dict[str, list[str | None]] = {
        "customer_id": [who for who, *_ in every],
        "occurred_at": [_iso(day) for _, day, _, _ in every],
        "event": [f"subscription_{kind}" for _, _, kind, _ in every],
        "until": [None if until is None else _iso(until) for *_, until in every],
    }
    if recorded:
        columns["recorded_at"] = [
            _iso(recorded[who] if (day, kind, until) == rows[who][-1] else day) for who, day, kind, until in every
        ]
    return made("UTC", **columns)


def _iso(day: float) -> str:
    return clock.iso(AS_OF + round(day * DAY))


def _found(log: Log, target: Renewal = TARGET) -> dict[str, tuple[int, float]]:
    """Return for each customer known at the as-of the bound of the cohort that is failed, and the label."""
    spine = everyone(log, [AS_OF])
    y = labels(log, {target.name: target.rows()}, spine)[target.name]
    kernel = Kernel(target.needs())
    failed = target.cohort().failed(kernel(log, spine.customers, spine.as_of), kernel.names)
    names = log.customers.take(spine.customers).to_pylist()
    return dict(zip(names, zip(failed.tolist(), y.tolist(), strict=True), strict=True))


def test_who_is_due_and_who_renews() -> None:
    found = _found(_log({who: rows for who, (rows, *_) in EXPECTED.items()}))
    assert {who: (place, None if place != INSIDE else y) for who, (place, y) in found.items()} == {
        who: (place, y) for who, (_, place, y) in EXPECTED.items()
    }


def test_without_a_grace_a_renewal_at_the_date_counts_and_a_later_one_does_not() -> None:
    rows = {"at": [BEGAN, (5, "renewed", 35)], "after": [BEGAN, (5 + INSTANT, "renewed", 35)]}
    found = _found(_log(rows), Renewal("renewal_28d", 28, 0))
    assert found == {"at": (INSIDE, 1), "after": (INSIDE, 0)}


@pytest.mark.parametrize("row", [(28, "renewed", 58), (12 + INSTANT, "renewed", 42), (300, "ended", None)])
def test_what_comes_after_the_grace_changes_no_label(row: Row) -> None:
    rows = {who: rows for who, (rows, place, _) in EXPECTED.items() if place == INSIDE}
    assert _found(_log(rows)) == _found(_log({who: [*own, row] for who, own in rows.items()}))


def test_a_row_that_arrived_late_is_in_the_label_and_was_not_known_before() -> None:
    rows = {
        "renewed, told later": [BEGAN, (5, "renewed", 35)],
        "ended before, told later": [BEGAN, (-1, "ended", None)],
        "renewed before, told later": [BEGAN, (-1, "renewed", 35)],
    }
    late = _log(rows, dict.fromkeys(rows, 40.0))
    assert _found(late) == {
        "renewed, told later": (INSIDE, 1),
        "ended before, told later": (INSIDE, 0),
        "renewed before, told later": (INSIDE, 0),  # not from the as-of on
    }


def test_a_payment_for_a_period_that_is_over_takes_no_renewal_back_and_is_none() -> None:
    rows = {
        "renewed, then an addition to the old one": [BEGAN, (5, "renewed", 35), (6, "renewed", 5)],
        "at one instant": [BEGAN, (5, "renewed", 35), (5, "renewed", 5)],
        "an addition alone": [BEGAN, (6, "renewed", 5)],
    }
    assert [y for _, y in _found(_log(rows)).values()] == [0, 1, 1]  # by name: an, at, re


def test_what_happens_from_the_as_of_on_changes_nobody_s_features() -> None:
    kernel = Kernel(TARGET.needs())
    for who, (rows, *_) in EXPECTED.items():
        before, one = [row for row in rows if row[0] < 0], np.zeros(1, np.int64)
        known, fewer = (kernel.exact(_log({who: some}), one, np.full(1, AS_OF)) for some in (rows, before))
        np.testing.assert_array_equal(known, fewer)


def test_a_declaration_is_a_target_and_a_grace_as_long_as_the_horizon_is_refused() -> None:
    table = {"kind": "renewal", "name": "renewal_56d", "horizon_days": 56}
    declared = msgspec.convert(table, Target)
    assert declared == Renewal("renewal_56d", 56, 7)
    assert declared.meaning == "a renewal at a paid-until date in the next 49 days, by 7 days after it"
    assert msgspec.convert(table | {"grace_days": 0}, Target).meaning.endswith("in the next 56 days")
    with pytest.raises(msgspec.ValidationError, match=r"grace_days: got 56; less than horizon_days, 56, is allowed\."):
        msgspec.convert(table | {"grace_days": 56}, Target)
