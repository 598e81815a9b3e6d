"""Targets of a customer's life: a first purchase, a second one, and the days until the next."""

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from features import clock
from features import dataset as datasets
from features.buckets import intake
from features.catalogue.feature_set import feature_set
from features.clock import DAY
from features.kernel.kernel import Kernel
from features.log.as_of import Moment
from features.log.log import Log
from features.log.spine import Spine, everyone
from serving import answer
from tests.features.shop import made
from training.btyd import formulas
from training.btyd.pareto_nbd import ParetoNbd
from training.bundle import bundle as bundles
from training.choice import learn as job
from training.choice import unlabelled
from training.choice.learn import Trained
from training.panel import panel
from training.panel.enough import SMALL_IS_FINE, Enough, Refused
from training.panel.everyone import labels
from training.panel.examples import Examples
from training.panel.ground import Ground
from training.recipes.accelerated_failure import AcceleratedFailure
from training.recipes.blend import Blend
from training.recipes.median import Median
from training.recipes.recipe import Recipe
from training.recipes.table import without_labels
from training.recipes.usual_gap import UsualGap
from training.scorers import Trees
from training.scorers.combined import MEAN
from training.targets import Conversion, NextPurchase, Repurchase, Target
from training.targets.declared import with_needs

NOON = clock.parse("2024-03-01T12:00:00", ZoneInfo("UTC"))
REPURCHASE = Repurchase("repurchase_28d", 28, 56)
CONVERSION = Conversion("conversion_28d", 28, 56)
NEXT = NextPurchase("next_purchase_28d", 28, 56)
ALL = (REPURCHASE, CONVERSION, NEXT)
INSIDE = -1


def _log(*events: tuple[str, str, float]) -> Log:
    """Return a log of (customer, kind, days from the as-of), each to the microsecond."""
    rows = [
        {"customer_id": who, "event": kind, "occurred_at": clock.iso(NOON + round(days * DAY)), "amount": 1.0}
        for who, kind, days in events
    ]
    return made("UTC", **pa.Table.from_pylist(rows).to_pydict())


MICROSECOND = 1 / DAY
LOG = _log(
    ("once, back at once", "purchase", -10),
    ("once, back at once", "purchase", 0),  # the as-of itself is in the horizon
    ("once, back at last", "purchase", -56),  # the farthest that the cohort looks
    ("once, back at last", "purchase", 28 - MICROSECOND),
    ("once, too late", "purchase", -MICROSECOND),
    ("once, too late", "purchase", 28),
    ("once, long ago", "purchase", -56 - MICROSECOND),
    ("once, long ago", "purchase", 3),
    ("twice in a day", "purchase", -20.1),
    ("twice in a day", "purchase", -20),
    ("twice in a day", "purchase", 2.75),
    ("twice in a day", "purchase", 5),
    ("on two days", "purchase", -30),
    ("on two days", "purchase", -3),
    ("prospect, buys", "page_view", -56),
    ("prospect, buys", "purchase", 27),
    ("prospect, looks", "page_view", -1),
    ("prospect, looks", "page_view", 1),
    ("prospect, silent", "page_view", -57),
    ("prospect, silent", "purchase", 1),
    ("only contacted", "contact", -1),
    ("only contacted", "purchase", 1),
)
NAMES = LOG.customers.to_pylist()
EVERYONE = np.arange(len(NAMES), dtype=np.int64)
MOMENTS = np.full(len(NAMES), NOON, np.int64)
ROW = {name: place for place, name in enumerate(NAMES)}
LABELS = labels(LOG, {target.name: target.rows() for target in ALL}, Spine.of(EVERYONE, NOON))


def _outside(target: Target) -> dict[str, str]:
    """Return why each customer is not in the cohort; empty for those inside."""
    cohort = target.cohort()
    kernel = Kernel(cohort.features)
    failed = cohort.failed(kernel(LOG, EVERYONE, MOMENTS), kernel.names)
    return {name: "" if failed[ROW[name]] == INSIDE else cohort.bounds[failed[ROW[name]]].outside for name in NAMES}


def test_repurchase_is_of_those_with_one_day_of_purchases_that_is_not_long_ago() -> None:
    outside = _outside(REPURCHASE)
    once = ["once, back at once", "once, back at last", "once, too late", "twice in a day"]
    assert [name for name, why in outside.items() if not why] == sorted(once, key=NAMES.index)
    assert outside["on two days"] == "purchases on more than one day"
    assert outside["once, long ago"] == outside["prospect, looks"] == "no purchase in the last 56 days"
    label = {name: LABELS[REPURCHASE.name][ROW[name]] for name in once}
    assert label == dict(zip(once, (1, 1, 0, 1), strict=True))


def test_conversion_is_of_those_who_did_something_and_have_never_purchased() -> None:
    outside = _outside(CONVERSION)
    assert [name for name, why in outside.items() if not why] == ["prospect, buys", "prospect, looks"]
    assert outside["once, too late"] == "a purchase before"
    assert outside["prospect, silent"] == outside["only contacted"] == "no activity in the last 56 days"
    assert [LABELS[CONVERSION.name][ROW[name]] for name in ("prospect, buys", "prospect, looks")] == [1, 0]


def test_next_purchase_is_in_whole_days_from_the_as_of_and_the_horizon_where_there_is_none() -> None:
    expected = {
        "once, back at once": 0,
        "once, back at last": 27,
        "once, too late": 28,
        "twice in a day": 2,  # and 18 hours: the first of two
        "on two days": 28,
    }
    assert {name: LABELS[NEXT.name][ROW[name]] for name in expected} == expected
    outside = _outside(NEXT)
    assert not outside["on two days"]
    assert outside["once, long ago"] == "no purchase in the last 56 days"


@pytest.mark.parametrize(("days", "later"), [(27.4, False), (27.5, False), (27.6, True), (28.0, True)])
def test_a_median_that_rounds_to_the_horizon_says_later(days: float, later: bool) -> None:
    assert NEXT.later(days) == later


def test_the_usual_gap_is_a_customers_own_at_most_the_horizon_and_else_the_median_outcome() -> None:
    x = np.array([[3.5], [90.0], [np.nan], [np.nan], [np.nan]], np.float32)
    y = np.array([1.0, 2.0, 10.0, 20.0, 28.0])
    examples = Examples.of(("gap_mean",), x, y, np.arange(5), np.zeros(5, np.int64))
    np.testing.assert_array_equal(UsualGap("gap_mean", 28).fit(examples).score(x), [3.5, 28, 20, 20, 20])


def test_the_median_of_btyd_is_where_a_purchase_is_as_likely_as_not() -> None:
    model, parameters = ParetoNbd.model, np.array([0.55, 10.6, 0.6, 11.7])
    rows = np.array([[20.0, 100.0, 101.0], [3.0, 50.0, 60.0], [0.0, 0.0, 300.0]])
    horizon, median, some = np.full(3, 56.0), np.empty(3), np.empty(3)
    formulas.answers(formulas.MEDIAN, model, parameters, rows, horizon, median)
    assert median[0] < median[1] < 56
    assert median[2] == 56
    formulas.answers(formulas.ANY, model, parameters, rows, median, some)
    np.testing.assert_allclose(some[:2], 0.5, atol=1e-3)
    assert some[2] < 0.5


ROWS = 2_000
GENERATOR = np.random.default_rng(5)
SEEN = GENERATOR.normal(size=(ROWS, 1)).astype(np.float32)
MEDIAN = np.exp(2.7 + SEEN[:, 0].astype(np.float64))
"""Of the log-normal times that follow: for a third of the rows beyond 28 days."""
TIMES = np.floor(MEDIAN * np.exp(GENERATOR.normal(scale=0.5, size=ROWS)))
EXAMPLES = Examples.of(("a",), SEEN, np.minimum(TIMES, 28.0), np.arange(ROWS), np.zeros(ROWS, np.int64))
TREES, LOGS = Median(("a",), 28), AcceleratedFailure(("a",), 28)


@pytest.mark.parametrize("recipe", [TREES, LOGS, Blend("blend", (TREES, LOGS), MEAN)], ids=lambda recipe: recipe.name)
def test_the_recipes_of_times_find_the_median_also_where_many_are_censored(recipe: Recipe, tmp_path: Path) -> None:
    scorer = recipe.fit(EXAMPLES)
    p = scorer.score(SEEN)
    assert 0 <= p.min() <= p.max() <= 28
    assert np.mean(np.abs(p - np.minimum(MEDIAN, 28))) < 1.5
    assert np.mean([NEXT.later(days) for days in p[MEDIAN > 40].tolist()]) > 0.8
    assert not any(NEXT.later(days) for days in p[MEDIAN < 15].tolist())
    scorer.save(tmp_path)
    np.testing.assert_array_equal(type(scorer).load(tmp_path).score(SEEN), p)
    alone = np.concatenate([scorer.score(SEEN[r : r + 1]) for r in range(50)])
    np.testing.assert_array_equal(alone.view(np.int64), p[:50].view(np.int64))


def test_contributions_of_logarithms_are_in_days() -> None:
    scorer, usual = LOGS.fit(EXAMPLES), np.zeros(1, np.float32)
    assert isinstance(scorer.inner, Trees)
    expected = scorer.inner.contributions(SEEN, usual) * (1 + scorer.score(SEEN))[:, None]
    np.testing.assert_allclose(scorer.contributions(SEEN, usual), expected)


def test_a_time_needs_enough_that_are_known() -> None:
    y = np.r_[np.full(90, 3.0), np.full(900, 28.0)]
    examples = Examples.of((), np.empty((990, 0), np.float32), y, np.arange(990), np.zeros(990, np.int64))
    with pytest.raises(Refused, match="100 rows with a purchase in the horizon are needed; got 90"):
        Enough().check("time", examples)


TOML = """
name = "shop"
season = false
[simulation]
customers = 700
days = 330
seed = 3
[[sources]]
path = "events"
[sources.event]
column = "event"
[sources.event.values]
purchase = "purchase"
page_view = "page_view"
app_session = "app_session"
[sources.columns]
customer_id = "customer_id"
occurred_at = "occurred_at"
event_id = "event_id"
amount = "amount"
order_id = "order_id"
[targets]
repurchase_28d = { kind = "repurchase", horizon_days = 28, active_days = 364 }
conversion_28d = { kind = "conversion", horizon_days = 28, active_days = 364 }
next_purchase_28d = { kind = "next_purchase", horizon_days = 28, active_days = 56 }
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Train the three on a small simulated shop."""
    toml = tmp_path_factory.mktemp("shop") / "shop.toml"
    toml.write_text(TOML, encoding="utf-8")
    dataset = datasets.load(str(toml))
    taken = intake.take(dataset)
    return job.train(dataset, taken.log, taken.rejects, lambda _: None, SMALL_IS_FINE)


def test_all_three_are_learned_and_the_whole_cohort_is_answered_by_the_chosen_recipe(shop: Trained) -> None:
    assert not shop.refused.keys() & {"repurchase_28d", "conversion_28d", "next_purchase_28d"}
    by_name = {choice.target.name: choice for choice in shop.choices}
    time = by_name["next_purchase_28d"]
    assert time.chosen.test.value["c_index"] > 0.6
    assert {trial.recipe.name for trial in time.trials} == {
        "usual_gap",
        "btyd",
        "btyd_regular",
        "lightgbm",
        "lightgbm_aft",
        "blend",
    }
    assert time.slope == 1
    assert time.season.shift == 0
    assert all(choice.predictor.cold_start is None for choice in shop.choices)


def _scored(shop: Trained, customers: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    scores = shop.bundle.score(shop.log, Spine.of(customers, shop.end))
    return {predictor.target.name: numbers for predictor, numbers in scores.predictions}


def test_a_batch_and_a_bundle_read_back_answer_to_the_bit_as_one_row(shop: Trained, tmp_path: Path) -> None:
    everyone = np.arange(len(shop.log.customers), dtype=np.int64)
    batch = _scored(shop, everyone)
    shop.bundle.save(tmp_path / "bundle", shop.log)
    again = replace(shop, bundle=bundles.load(tmp_path / "bundle").bundle)
    for name, numbers in _scored(again, everyone).items():
        np.testing.assert_array_equal(numbers.view(np.int64), batch[name].view(np.int64), err_msg=name)
    inside = {name: np.flatnonzero(~np.isnan(numbers)) for name, numbers in batch.items()}
    for name, rows in inside.items():
        assert rows.size > 5, name
        for row in rows[:20]:
            alone = _scored(shop, np.array([row]))[name]
            assert alone.view(np.int64)[0] == batch[name].view(np.int64)[row], name


def test_the_answer_says_later_where_the_median_lies_beyond_the_horizon(shop: Trained) -> None:
    batch = _scored(shop, np.arange(len(shop.log.customers), dtype=np.int64))["next_purchase_28d"]
    latest, soonest = int(np.nanargmax(batch)), int(np.nanargmin(batch))
    ids = [shop.log.customers[place].as_py() for place in (latest, soonest)]
    late, soon = (
        one.predictions["next_purchase_28d"]
        for one in answer.answer(shop.bundle, shop.log, ids, Moment(shop.end, "end of data"), shop.end)
    )
    assert (late.unit, late.horizon_days, late.value) == ("days", 28, batch[latest])
    assert late.later == (batch[latest] > 27.5)
    assert not soon.later
    assert soon.reasons


def test_a_prediction_outside_the_cohort_is_not_later(shop: Trained) -> None:
    batch = _scored(shop, np.arange(len(shop.log.customers), dtype=np.int64))["next_purchase_28d"]
    who = shop.log.customers[int(np.flatnonzero(np.isnan(batch))[0])].as_py()
    (found,) = answer.answer(shop.bundle, shop.log, [who], Moment(shop.end, "end of data"), shop.end)
    assert found.predictions["next_purchase_28d"].value is None
    assert not found.predictions["next_purchase_28d"].later


@pytest.mark.parametrize("target", [REPURCHASE, NEXT])
def test_a_short_history_is_answered_by_purchase_dates_alone(shop: Trained, target: Target) -> None:
    assert without_labels(target) is not None
    features, _ = feature_set(shop.dataset, shop.log, shop.end)
    ground = Ground.of(shop.dataset, shop.log)
    known = panel.panel(ground, Kernel(with_needs(features, (target,))), everyone(shop.log, {shop.end}), {})
    numbers = unlabelled.predictor(target, known, shop.end).predict(known.x)
    inside = numbers[~np.isnan(numbers)]
    assert inside.size
    assert 0 <= inside.min() <= inside.max() <= (28 if target is NEXT else 1)


def test_the_bundle_has_the_new_targets(shop: Trained) -> None:
    assert [p.target.name for p in shop.bundle.predictors] == ["repurchase_28d", "conversion_28d", "next_purchase_28d"]
