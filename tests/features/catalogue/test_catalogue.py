"""The catalogue as a whole: well declared, and blind to what happens at or after the as-of."""

from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from features import clock
from features.catalogue.catalogue import CATALOGUE, of_channel
from features.catalogue.feature import Aggregate, Derived, fitting
from features.catalogue.kind import FORMULAS
from features.catalogue.kind import KINDS as AGGREGATES
from features.clock import DAY
from features.kernel.kernel import Kernel
from features.log.event import COLUMNS, KINDS, SELECTIONS
from features.log.log import KEYS, Log
from tests.conftest import Trained
from tests.features import shop

AS_OF = clock.parse("2017-10-08", ZoneInfo("UTC"))
KERNEL = Kernel(CATALOGUE)


def test_150_to_250_features_with_names_of_their_own() -> None:
    names = [feature.name for feature in CATALOGUE]
    assert 150 <= len(names) == len(set(names)) <= 250
    assert all(feature.meaning and feature.unit for feature in CATALOGUE)


def test_every_part_of_a_declaration_exists() -> None:
    names = [feature.name for feature in CATALOGUE]
    canonical = {column.name for column in COLUMNS}
    for feature in CATALOGUE:
        if isinstance(feature, Derived):
            assert feature.formula in FORMULAS
            assert names.index(feature.a) < names.index(feature.name) > names.index(feature.b)
        else:
            assert feature.kind in AGGREGATES
            assert feature.selection in SELECTIONS
            assert feature.column is None or KEYS.get(feature.column, feature.column) in canonical


def test_every_kind_formula_and_selection_is_used() -> None:
    aggregates = [feature for feature in CATALOGUE if isinstance(feature, Aggregate)]
    assert {feature.kind for feature in aggregates} == set(AGGREGATES)
    of_contexts = {"coupon"}  # training.panel.campaign counts these for the campaigns that a request names
    assert {feature.selection for feature in aggregates} == set(SELECTIONS) - of_contexts
    every = (*CATALOGUE, *of_channel("web", "web"))
    assert {feature.formula for feature in every if isinstance(feature, Derived)} == set(FORMULAS)


def test_a_dataset_with_the_three_required_columns_still_has_features() -> None:
    kept, left_out = fitting(CATALOGUE, {"customer_id", "occurred_at"}, {"purchase"})
    assert len(kept) > 20
    assert left_out["spend_28d"] == "no column amount"
    assert left_out["contact_recency"] == "no event of kind contact"
    assert len(kept) + len(left_out) == len(CATALOGUE)


def _add(events: pa.Table, moment: int, kind: str, amount: int) -> pa.Table:
    """Return the events with one more of a kind for every customer."""
    ids = events["customer_id"].unique()
    n = len(ids)
    more = {
        "customer_id": ids,
        "occurred_at": pa.array(np.full(n, moment)),
        "kind": pa.array(np.full(n, KINDS.index(kind)).astype(np.uint8)),
        "amount": pa.array(np.full(n, amount)),
        "source": pa.array(np.zeros(n, np.uint8)),
        "order_id": pa.array(np.arange(n)),
    }
    return pa.concat_tables([events, pa.table(more)], promote_options="default")


@pytest.fixture(scope="module")
def canonical(trained: Trained) -> shop.Read:
    return shop.events(trained.dataset)


def _values(log: Log, ids: list[str]) -> np.ndarray:
    places = np.array([log.positions[customer] for customer in ids], np.int64)
    return KERNEL(log, places, np.full(places.size, AS_OF, np.int64))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("after", [0, 1, 3 * DAY])
def test_an_event_at_or_after_the_as_of_changes_no_feature(canonical: shop.Read, kind: str, after: int) -> None:
    now = shop.log(canonical.events, "UTC")
    known = now.customers.take(pa.array(now.known_before(AS_OF))).to_pylist()
    later = shop.log(_add(canonical.events, AS_OF + after, kind, 12_345), "UTC")
    np.testing.assert_array_equal(_values(now, known), _values(later, known))


def test_an_event_just_before_the_as_of_does_change_features(canonical: shop.Read) -> None:
    now = shop.log(canonical.events, "UTC")
    known = now.customers.take(pa.array(now.known_before(AS_OF))).to_pylist()
    earlier = shop.log(_add(canonical.events, AS_OF - 1, "cancellation", 12_345), "UTC")
    assert not np.array_equal(_values(now, known), _values(earlier, known), equal_nan=True)


def test_changing_or_removing_what_comes_later_changes_no_feature(canonical: shop.Read) -> None:
    now = shop.log(canonical.events, "UTC")
    known = now.customers.take(pa.array(now.known_before(AS_OF))).to_pylist()
    times = canonical.events["occurred_at"].to_numpy()
    cut = shop.log(canonical.events.filter(pa.array(times < AS_OF)), "UTC")
    amounts = canonical.events["amount"].fill_null(0).to_numpy()
    changed = np.where(times >= AS_OF, amounts * 7 + 1, amounts)
    place = canonical.events.column_names.index("amount")
    other = shop.log(canonical.events.set_column(place, "amount", pa.array(changed)), "UTC")
    np.testing.assert_array_equal(_values(now, known), _values(cut, known))
    np.testing.assert_array_equal(_values(now, known), _values(other, known))
