"""The catalogue as a whole: well declared, and blind to what happens at or after the as-of."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from features import clock
from features import dataset as datasets
from features.catalogue.catalogue import CATALOGUE, of_channel
from features.catalogue.feature import Aggregate, Derived, fitting
from features.catalogue.kind import FORMULAS
from features.catalogue.kind import KINDS as AGGREGATES
from features.clock import DAY
from features.kernel.kernel import Kernel
from features.log.event import COLUMNS, KINDS, SELECTIONS
from features.log.log import KEYS, Log
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


def _add(events: pa.Table, moment: int, kinds: Sequence[str]) -> pa.Table:
    """Return the events with one more of each of some kinds for every customer."""
    ids = events["customer_id"].unique()
    n = len(ids) * len(kinds)
    codes = np.repeat([KINDS.index(kind) for kind in kinds], len(ids)).astype(np.uint8)
    more = {
        "customer_id": pa.concat_arrays([ids] * len(kinds)),
        "occurred_at": pa.array(np.full(n, moment)),
        "kind": pa.array(codes),
        "amount": pa.array(np.full(n, 12_345)),
        "source": pa.array(np.zeros(n, np.uint8)),
        "order_id": pa.array(np.arange(n)),
    }
    return pa.concat_tables([events, pa.table(more)], promote_options="default")


@pytest.fixture(scope="module")
def canonical(part: Path) -> shop.Read:
    return shop.events(datasets.load(str(part)))


@dataclass(frozen=True)
class Known:
    """Those who are known before the as-of, and their features."""

    ids: list[str]
    values: np.ndarray


def _values(log: Log, ids: list[str]) -> np.ndarray:
    places = np.array([log.positions[customer] for customer in ids], np.int64)
    return KERNEL(log, places, np.full(places.size, AS_OF, np.int64))


@pytest.fixture(scope="module")
def known(canonical: shop.Read) -> Known:
    now = shop.log(canonical.events, "UTC")
    ids = now.customers.take(pa.array(now.known_before(AS_OF))).to_pylist()
    return Known(ids, _values(now, ids))


@pytest.mark.parametrize("after", [0, 1, 3 * DAY])
def test_an_event_of_any_kind_at_or_after_the_as_of_changes_no_feature(
    canonical: shop.Read, known: Known, after: int
) -> None:
    later = shop.log(_add(canonical.events, AS_OF + after, KINDS), "UTC")
    np.testing.assert_array_equal(known.values, _values(later, known.ids))


@pytest.mark.parametrize("kind", ["purchase", "cancellation", "page_view"])
def test_an_event_just_before_the_as_of_does_change_features(canonical: shop.Read, known: Known, kind: str) -> None:
    earlier = shop.log(_add(canonical.events, AS_OF - 1, [kind]), "UTC")
    assert not np.array_equal(known.values, _values(earlier, known.ids), equal_nan=True)


def test_changing_or_removing_what_comes_later_changes_no_feature(canonical: shop.Read, known: Known) -> None:
    times = canonical.events["occurred_at"].to_numpy()
    cut = shop.log(canonical.events.filter(pa.array(times < AS_OF)), "UTC")
    amounts = canonical.events["amount"].fill_null(0).to_numpy()
    changed = np.where(times >= AS_OF, amounts * 7 + 1, amounts)
    place = canonical.events.column_names.index("amount")
    other = shop.log(canonical.events.set_column(place, "amount", pa.array(changed)), "UTC")
    np.testing.assert_array_equal(known.values, _values(cut, known.ids))
    np.testing.assert_array_equal(known.values, _values(other, known.ids))
