"""Targets: labels against plain Python on real events, and declarations that are checked."""

from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest

from features import clock
from features import dataset as datasets
from features.catalogue.feature import Aggregate
from features.catalogue.feature_set import largest
from features.clock import DAY
from features.dataset import DatasetError
from features.kernel.kernel import Kernel
from features.log.event import KINDS
from features.log.log import Log
from features.log.spine import everyone
from tests.conftest import Trained
from tests.features.shop import made
from training import targets
from training.panel.everyone import labels as everyone_labels
from training.targets import Churn, Comeback, Spend
from training.targets.declared import declared, with_needs

AS_OF = clock.parse("2017-06-18T10:00:00", ZoneInfo("UTC"))
CHURN = Churn("churn_28d", 28, 56)
SPEND = Spend("spend_84d", 84, 91)


def test_labels_are_what_happens_from_the_as_of_to_the_horizon(log: Log) -> None:
    spine = everyone(log, [AS_OF])
    customers, labels = spine.customers, everyone_labels(log, {t.name: t.rows() for t in (CHURN, SPEND)}, spine)
    purchase = KINDS.index("purchase")
    for row in range(0, customers.size, 5):
        events = slice(int(log.offsets[customers[row]]), int(log.offsets[customers[row] + 1]))
        time, kind = log.columns["time"][events], log.columns["code"][events] % 32
        bought = (time >= AS_OF) & (time < AS_OF + 28 * DAY) & (kind == purchase)
        assert labels["churn_28d"][row] == (not bought.any())
        paid = (time >= AS_OF) & (time < AS_OF + 84 * DAY)
        assert labels["spend_84d"][row] == max(int(log.columns["amount"][events][paid].sum()), 0) / 10_000
    assert 0.02 < labels["churn_28d"].mean() < 0.6


def test_who_comes_back_has_purchased_once_then_not_for_long_then_again() -> None:
    days = {  # of purchases, counted from the as-of
        "gone": [-200],
        "comes back": [-57, 27],
        "comes back too late": [-57, 28],
        "was here lately": [-57, -56, 3],
        "is new": [3],
    }
    moment = clock.parse("2024-06-01", ZoneInfo("UTC"))
    rows = [(who, clock.iso(moment + day * DAY)) for who, some in days.items() for day in some]
    log = made(
        "UTC", customer_id=[who for who, _ in rows], event=["purchase"] * len(rows), occurred_at=[t for _, t in rows]
    )
    target = Comeback("comeback_28d", 28, 56)
    spine = everyone(log, [moment])
    label = everyone_labels(log, {target.name: target.rows()}, spine)[target.name]
    kernel = Kernel(target.needs())
    failed = target.cohort().failed(kernel.on(log)(spine.customers, spine.as_of), kernel.names)
    found = {log.customers[int(who)].as_py(): (label[row], failed[row]) for row, who in enumerate(spine.customers)}
    assert found == {"gone": (0, -1), "comes back": (1, -1), "comes back too late": (0, -1), "was here lately": (1, 1)}


def test_a_refund_within_the_horizon_lowers_the_spend_and_never_below_zero() -> None:
    np.testing.assert_array_equal(SPEND.label(np.array([[1250.0], [-300.0], [0.0]]), np.empty((3, 0))), [12.5, 0, 0])


def test_the_default_data_declare_their_targets_and_ten_departments(log: Log) -> None:
    found, why = declared(datasets.load("complete_journey"), log, AS_OF)
    assert not why
    names = [target.name for target in found]
    assert names[:4] == ["churn_28d", "decline_56d", "spend_28d", "spend_84d"]
    assert len([name for name in names if name.startswith("buys_28d_")]) == 10
    assert "response" in names
    assert "buys_28d_grocery" in names
    assert found[0] == CHURN


def test_the_largest_categories_are_those_of_the_time_before(log: Log) -> None:
    spend: dict[str, int] = {}
    known = log.columns["time"] < AS_OF
    for code, amount in zip(
        log.columns["category"][known].tolist(), log.columns["amount"][known].tolist(), strict=True
    ):
        if code >= 0:
            spend[log.names["category"][code].as_py()] = spend.get(log.names["category"][code].as_py(), 0) + amount
    assert largest(log, "category", AS_OF, 10) == sorted(spend, key=lambda name: -spend[name])[:10]


def test_decline_compares_spend_per_day_with_the_time_before() -> None:
    decline = targets.Decline("decline_56d", 56)
    before = np.array([[840.0], [840.0], [840.0]])
    np.testing.assert_array_equal(decline.label(np.array([[279.0], [280.0], [900.0]]), before), [1, 0, 0])


def test_without_a_declaration_the_customers_rhythm_gives_the_horizon(trained: Trained, log: Log) -> None:
    found, why = declared(msgspec.structs.replace(trained.dataset, targets={}), log, AS_OF)
    assert [target.name for target in found] == ["churn_28d", "spend_28d", "value_365d"]
    assert "90 % of the gaps between purchase days are at most" in why
    assert why.endswith("so the horizon is 28")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"kind": "chrun", "horizon_days": 28, "active_days": 56}, "targets.x: Invalid value 'chrun'"),
        ({"kind": "churn", "active_days": 56}, "targets.x: Object missing required field `horizon_days`"),
        ({"kind": "churn", "horizon_days": 0, "active_days": 56}, "`int` >= 1"),
        ({"kind": "churn", "horizon_days": "28", "active_days": 56}, "Expected `int`, got `str`"),
        ({"kind": "churn", "horizon_days": 28, "active_days": 56, "window": 1}, "unknown field `window`"),
        ({"horizon_days": 28, "active_days": 56}, "missing required field `kind`"),
    ],
)
def test_a_wrong_declaration_says_what_was_got_and_what_is_allowed(
    trained: Trained, log: Log, table: dict[str, object], message: str
) -> None:
    wrong = msgspec.structs.replace(trained.dataset, targets={"x": table})
    with pytest.raises(DatasetError) as caught:
        declared(wrong, log, AS_OF)
    assert message in str(caught.value)


def test_the_features_that_targets_need_are_added_once() -> None:
    needed = with_needs((), (CHURN, SPEND, Churn("other", 7, 56), targets.Category("tea", 28, 56, "Tea")))
    own = ["recency_tea", "lines_28d_tea", "lines_84d_tea", "lines_364d_tea"]
    assert [feature.name for feature in needed] == ["lines_56d", "lines_91d", "spend_84d", *own]


def test_categories_whose_names_fold_to_one_are_two_targets_with_features_of_their_own() -> None:
    log = made(
        occurred_at=["2017-03-01", "2017-03-02", "2017-03-03", "2017-03-04"],
        category=["C#", "C++", "C++", "Go"],
        amount=[1, 2, 3, 4],
    )
    declared = targets.Category("buys_28d", 28, 56)
    found = declared.spelled_out(log, log.newest + 1)
    assert [one.name for one in found] == ["buys_28d_c_f1deb7", "buys_28d_go", "buys_28d_c_040228"]
    features = with_needs((), found)
    assert {one.only for one in features if isinstance(one, Aggregate)} == {
        None, ("category", "C++"), ("category", "C#"), ("category", "Go"),
    }  # fmt: skip
    kernel = Kernel(features)
    x = kernel.exact(log, np.zeros(1, np.int64), np.full(1, log.newest + 1))[0]
    assert [x[kernel.position[one.outcome()[0].name]] for one in found] == [2, 1, 1]
    assert msgspec.convert(msgspec.to_builtins(found[0]), targets.Category) == found[0]
    assert "slug" not in msgspec.to_builtins(found[1])
