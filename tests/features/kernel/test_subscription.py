"""Features of subscriptions: by hand, against their references, and unseen in the text of those that look at none."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import clock
from features.catalogue.catalogue import CATALOGUE, FAMILIES
from features.clock import DAY
from features.kernel import scan
from features.kernel.kernel import Kernel
from features.log.event import KINDS, SUBSCRIPTION
from features.log.log import Log
from tests.features import reference, shop

AS_OF = 1_500_000_000 * clock.SECOND
KERNEL = Kernel(tuple(FAMILIES["subscriptions"]))

NAN = np.nan

Row = tuple[float, str, float | None]
"""When, in days from the as-of; the kind but for its first word; and up to when."""

HISTORIES: dict[str, tuple[list[Row], tuple[float, float, float]]] = {
    "in the third period": ([(-70, "started", -40), (-40, "renewed", -10), (-10, "renewed", 20)], (20, 3, 30)),
    "ended": ([(-40, "started", -10), (-10, "renewed", 20), (-1, "ended", None)], (NAN, 0, 30)),
    "ended and started anew": ([(-70, "started", -40), (-40, "ended", None), (-20, "started", 10)], (10, 1, 30)),
    "started anew without an end": ([(-90, "started", -60), (-20, "started", 10)], (10, 1, 30)),
    "changed its plan in an instant": ([(-40, "started", -10), (-5, "ended", None), (-5, "started", 25)], (25, 1, 30)),
    "paid as it started": ([(-5, "started", 25), (-5, "renewed", 25)], (25, 1, 30)),
    "two dates at one instant": ([(-5, "started", 2), (-5, "started", 25)], (25, 1, 30)),
    "renewed before the date": ([(-29, "started", 1), (-3, "renewed", 31)], (31, 2, 34)),
    "is over": ([(-40, "started", -10)], (-10, 1, 30)),
    "no date": ([(-40, "started", -10), (-10, "renewed", None)], (NAN, 2, NAN)),
    "began before the data": ([(-40, "renewed", -10), (-10, "renewed", 20)], (20, 2, 30)),
    "only an end is known": ([(-40, "ended", 20)], (NAN, 0, NAN)),
    "later does not count": ([(-5, "started", 25), (0, "ended", None), (3, "renewed", 55)], (25, 1, 30)),
}


def _log(rows: list[dict[str, Any]]) -> Log:
    types = {"occurred_at": pa.int64(), "recorded_at": pa.int64(), "kind": pa.uint8(), "until": pa.int64()}
    return shop.log(
        pa.table({name: pa.array([row[name] for row in rows], types.get(name, pa.string())) for name in rows[0]}), "UTC"
    )


def _row(day: float, kind: str, until: float | None) -> dict[str, Any]:
    moment = None if until is None else AS_OF + round(until * DAY)
    code = KINDS.index(f"subscription_{kind}")
    return {"customer_id": "ann", "occurred_at": AS_OF + round(day * DAY), "kind": code, "until": moment}


@pytest.mark.parametrize("history", HISTORIES)
def test_what_is_known_of_a_subscription_by_hand(history: str) -> None:
    rows, expected = HISTORIES[history]
    got = KERNEL.exact(_log([_row(*row) for row in rows]), np.zeros(1, np.int64), np.full(1, AS_OF))
    np.testing.assert_array_equal(got[0], expected)


moments = st.sampled_from([AS_OF + day * DAY + us for day in (-60, -30, -29, -1, 0, 1) for us in (-1, 0)])
events = st.fixed_dictionaries(
    {
        "customer_id": st.sampled_from(["a", "b"]),
        "occurred_at": moments,
        "recorded_at": st.sampled_from([AS_OF - 70 * DAY, AS_OF - 1, AS_OF, AS_OF + DAY]),
        "kind": st.sampled_from([0, *map(KINDS.index, SUBSCRIPTION)]),
        "until": st.one_of(st.none(), moments, st.integers(0, 253_402_300_799_999_999)),
    }
)


@settings(max_examples=300, deadline=None)
@given(rows=st.lists(events, min_size=1, max_size=14))
def test_each_equals_its_reference(rows: list[dict[str, Any]]) -> None:
    log = _log(rows)
    customers = np.arange(len(log.customers), dtype=np.int64)
    got = KERNEL.exact(log, customers, np.full(customers.size, AS_OF))
    for customer in customers.tolist():
        expected = reference.values(KERNEL.features, log, customer, AS_OF)
        np.testing.assert_array_equal(got[customer], list(expected.values()))


def test_a_log_without_the_column_knows_no_date() -> None:
    rows = [{name: value for name, value in _row(-5, "started", 25).items() if name != "until"}]
    for log in (made := _log(rows), made.with_columns(until=np.empty(0, np.int64))):
        got = KERNEL.exact(log, np.zeros(1, np.int64), np.full(1, AS_OF))
        np.testing.assert_array_equal(got[0], (NAN, 1, NAN))
    del made.columns["until"]  # as that of an older bundle's self-test
    np.testing.assert_array_equal(KERNEL.exact(made, np.zeros(1, np.int64), np.full(1, AS_OF))[0], (NAN, 1, NAN))


def test_features_that_look_at_no_subscription_are_computed_by_the_text_of_before() -> None:
    others = tuple(feature for feature in CATALOGUE if feature not in KERNEL.features)
    text, own = scan.source(others), scan.source(KERNEL.features)
    assert not any(word in text for word in ("until", "PHASES"))
    assert all(word in own for word in ("until[i]", "PHASES[code[i]]"))
    assert scan.columns(others) == (*scan.columns(KERNEL.features)[:-1],)
