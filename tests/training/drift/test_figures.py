"""What alarms, and what does not: replays of a stable business, and broken features."""

from collections.abc import Callable
from functools import cache, partial

import msgspec
import numpy as np
import pytest

from features import dataset as datasets
from features.buckets import intake
from features.catalogue.feature_set import feature_set
from features.clock import DAY
from features.kernel.kernel import Kernel
from features.log import ends
from features.log.log import Log
from features.log.spine import Spine
from training.bundle.bundle import Stored
from training.bundle.reference import Floats, counted
from training.drift import reference
from training.drift.figures import LEAST, Seen, compared, figures, movement, same_weekday
from training.drift.job import looked
from training.panel import panel

REPLAYS, MOST = 100, 10
MONTHS = 10


def test_the_data_of_the_training_do_not_alarm_and_a_broken_feature_does(stored: Stored, log: Log) -> None:
    bundle = stored.bundle
    assert bundle.reference is not None
    quiet = looked(bundle, log, bundle.as_of)
    assert quiet.figures.rows == int((log.first_known < bundle.as_of).sum())
    assert not quiet.figures.alarms
    assert quiet.figures.expected["churn_28d"].now["roc_auc"] == pytest.approx(
        quiet.figures.expected["churn_28d"].training["roc_auc"], abs=0.02
    )
    spine = Spine.of(np.flatnonzero(log.first_known < bundle.as_of), bundle.as_of)
    values = reference.values(bundle.score(log, spine), len(bundle.kernel.features))
    broken = values.copy()
    recency, visits = (bundle.kernel.names.index(name) for name in ("purchase_recency", "visits_84d"))
    broken[:, recency] *= 86_400  # seconds in place of days
    broken[:, visits] = 0
    seen = Seen(bundle, bundle.reference)
    seen.add(broken, spine.as_of)
    found = figures(seen)
    assert {alarm.name for alarm in found.alarms} == {"purchase_recency", "visits_84d"}
    assert all(alarm.about == "feature" and 0 <= alarm.stake <= 1 and alarm.moved > 0.5 for alarm in found.alarms)
    assert [alarm.loss for alarm in found.alarms] == sorted((alarm.loss for alarm in found.alarms), reverse=True)
    assert found.alarms[0].stake > 0


def test_under_a_hundred_rows_it_says_too_few(stored: Stored, log: Log) -> None:
    bundle = stored.bundle
    assert bundle.reference is not None
    spine = Spine.of(np.arange(LEAST - 1), bundle.as_of)
    seen = Seen(bundle, bundle.reference)
    seen.add(reference.values(bundle.score(log, spine), len(bundle.kernel.features)) * 1e6, spine.as_of)
    found = figures(seen)
    assert found.short == "too few: 99 customers; 100 are needed to tell a change from chance"
    assert not found.alarms
    assert not found.columns


def test_it_is_compared_with_the_same_weekday_and_with_as_long_a_time() -> None:
    end = 1000 * DAY
    found = reference.of_values(lambda moment: np.full((200, 1), float(moment // DAY)), ("age",), 0, end)
    assert found.moments.tolist() == [end - back * DAY for back in range(6, -1, -1)]
    assert found.moments[same_weekday(found, end + 28 * DAY)] == end
    assert found.moments[same_weekday(found, end + 1 * DAY)] == end - 6 * DAY
    steps = found.movement[:, 0]
    assert (np.diff(steps) >= 0).all()
    assert movement(found, end + DAY) == steps[0]
    assert movement(found, end + 29 * DAY) == steps[1]
    assert movement(found, end + 1000 * DAY) == steps[-1]
    assert steps[0] > 5  # everybody grows older, so an index of ages says nothing, and does not alarm
    (one,) = compared(
        counted(np.full((200, 1), 1028.0), found.edges), found.counts[6], found, end + 28 * DAY, ["feature"]
    )
    assert one.psi > 5
    assert not one.alarm


def test_a_short_history_has_what_it_can_have() -> None:
    found = reference.of_values(lambda _: np.ones((10, 1)), ("one",), 0, 40 * DAY)
    assert found.moments.size == 7
    assert not found.movement.any()
    only = reference.of_values(lambda _: np.ones((10, 1)), ("one",), 0, 5 * DAY)
    assert only.moments.tolist() == [5 * DAY]


@pytest.fixture(scope="module")
def replayed() -> Callable[[int, int], Floats]:
    """Return the features of a stable simulated business, by month and day before its end."""
    shipped = datasets.load("simulated")
    assert shipped.simulation is not None
    stable = msgspec.structs.replace(shipped.simulation, customers=1000, days=1095, season=0.0)
    business = msgspec.structs.replace(shipped, simulation=stable, targets={})
    log = intake.take(business).log
    begin, end = ends.start(log.days), ends.end(log.days)
    kernel = Kernel(feature_set(business, log, end - 28 * DAY)[0])
    everyone = np.arange(len(log.customers))

    @cache
    def at(month: int, moment: int) -> Floats:
        known = log.first_known < end - (month + 1) * 28 * DAY + moment * DAY
        found = np.full((everyone.size, len(kernel.names)), np.nan)
        when = end - (month + 1) * 28 * DAY + moment * DAY
        found[known] = panel.features(kernel, log, Spine.of(everyone[known], when), None)
        return np.column_stack([found, known])

    assert begin < end
    return at


@pytest.mark.long
def test_a_stable_business_hardly_ever_alarms_and_a_broken_feature_of_it_does(
    replayed: Callable[[int, int], Floats],
) -> None:
    """Replay a month after a training, of bootstrapped customers; then again with one feature as nothing."""
    rng, alarmed, missed = np.random.default_rng(3), 0, 0

    def of(who: np.ndarray[tuple[int], np.dtype[np.int64]], month: int, moment: int) -> Floats:
        own = replayed(month, moment // DAY)[who]
        known: Floats = own[own[:, -1] > 0][:, :-1]
        return known

    for number in range(REPLAYS):
        month = number % MONTHS
        who = rng.integers(0, 1000, 1000)
        at = partial(of, who, month)
        columns = tuple(str(n) for n in range(at(0).shape[1]))
        made = reference.of_values(at, columns, -700 * DAY, 0)
        later = at(28 * DAY)
        about = ["feature"] * len(columns)
        place = same_weekday(made, 28 * DAY)
        told = compared(counted(later, made.edges), made.counts[place], made, 28 * DAY, about)
        alarmed += any(one.alarm for one in told)
        useful = [n for n, one in enumerate(told) if one.limit < 1 and np.nanstd(later[:, n]) > 0]
        broken = int(rng.choice(useful))
        later[:, broken] = np.nan
        again = compared(counted(later, made.edges), made.counts[place], made, 28 * DAY, about)
        mostly_there = made.counts[place, broken, :-1].sum() > 0.5 * made.counts[place, broken].sum()
        missed += mostly_there and not again[broken].alarm
    assert alarmed <= MOST
    assert missed == 0
