"""The activity: sums by day and kind, in the dataset's zone; no step of it is of fewer than may be told of."""

from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from features import clock
from features.log.store.accepted import Accepted
from serving.activity import Activity, Told

PARIS = ZoneInfo("Europe/Paris")
NOON = clock.parse("2026-03-29T12:00", PARIS)  # a day of 23 hours
NOTHING = Told(0, 0, 0.0, {})


def _came(number: int, at: int, customer: str, kind: str = "purchase", **more: float) -> Accepted:
    return Accepted(number, at, customer, msgspec.json.encode({"event": kind, **more}))


def test_the_day_is_that_of_the_zone_and_what_came_after_the_moment_is_told_apart() -> None:
    activity = Activity(PARIS, NOON, 0)
    midnight = clock.parse("2026-03-29", PARIS)
    moments = [midnight - 1, midnight, NOON, NOON + 1, clock.parse("2026-03-30", PARIS)]
    for number, at in enumerate(moments):
        activity.add(_came(number, at, "ann", amount=10.0**number))
    activity.add(_came(9, NOON + 2, "ann", "refund", amount=-0.01))
    activity.add(_came(10, NOON + 3, "ann", "page_view"))
    kinds = {"purchase": 3, "page_view": 1, "refund": 1}
    assert activity.of_day(NOON) == Told(5, 3, 1109.99, kinds)
    assert activity.of_since() == Told(4, 2, 10999.99, {"purchase": 2, "page_view": 1, "refund": 1})
    assert activity.of_day(NOON - clock.DAY) == Told(1, 1, 1.0, {"purchase": 1})
    assert activity.of_day(NOON + 5 * clock.DAY) == NOTHING


def test_money_is_added_without_a_rounding() -> None:
    activity = Activity(PARIS, 0, 0)
    for number in range(1000):
        activity.add(_came(number, NOON, "ann", amount=0.1))
    assert activity.of_day(NOON).revenue == 100.0


def test_each_step_of_what_is_told_is_of_enough_customers() -> None:
    chance, smallest = np.random.default_rng(4), 5
    activity = Activity(PARIS, NOON, smallest)
    events: list[tuple[int, str, str]] = []
    told = {"purchase": 0, "page_view": 0}
    steps = 0
    for number in range(600):
        at = NOON - 300 * clock.SECOND + number * clock.SECOND
        customer, kind = str(chance.integers(12)), str(chance.choice(list(told)))
        events.append((number, customer, kind))
        before = activity.of_day(NOON).kinds
        assert activity.add(_came(number, at, customer, kind)) == (activity.of_day(NOON).kinds != before)
        for name, count in activity.of_day(NOON).kinds.items():
            more = count - told[name]
            if more:
                at_least = {who for _, who, own in events[told_until(events, name, told[name]) :] if own == name}
                assert len(at_least) >= smallest
                told[name] = count
                steps += 1
    assert steps > 20
    alone = Activity(PARIS, 0, 2)
    for number in range(50):
        assert not alone.add(_came(number, NOON, "ann"))
    assert alone.of_day(NOON) == alone.of_since() == NOTHING


def told_until(events: list[tuple[int, str, str]], kind: str, count: int) -> int:
    """Return the place behind the first so many events of a kind."""
    places = [place for place, (_, _, own) in enumerate(events) if own == kind]
    return places[count] if count < len(places) else len(events)
