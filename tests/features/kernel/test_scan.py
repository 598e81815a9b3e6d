"""The generated scan: aggregates of one category, and logs that lack columns."""

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from features import clock
from features.catalogue.feature import Aggregate
from features.kernel import scan
from features.kernel.kernel import Kernel
from features.log.event import KINDS as EVENT_KINDS
from features.log.log import Log
from tests.features import reference, shop

AS_OF = 1_500_000_000 * clock.SECOND
CONTACT = EVENT_KINDS.index("contact")
CATEGORIES = ("Öl", 'a "b"')
PLAIN = (
    Aggregate("lines", "lines", "lines", "count", "purchase"),
    Aggregate("spend", "spend", "cents", "sum", "net", 28, "amount"),
    Aggregate("products", "products", "products", "distinct", "purchase", 28, "product"),
    Aggregate("recency", "recency", "days", "silence", "net"),
    Aggregate("gap", "mean gap", "days", "gap_mean", "purchase"),
    Aggregate("before", "days a week ago", "days", "days", "net", 28, None, 7),
)
RESTRICTED = tuple(
    replace(feature, name=f"{feature.name}_{place}", only=("category", category))
    for place, category in enumerate(CATEGORIES)
    for feature in PLAIN
)
KERNEL = Kernel((*PLAIN, *RESTRICTED))

events = st.fixed_dictionaries(
    {
        "customer_id": st.sampled_from(["a", "b"]),
        "occurred_at": st.integers(AS_OF - 60 * clock.DAY, AS_OF + clock.DAY),
        "kind": st.integers(0, 4),
        "amount": st.integers(-5000, 5000),
        "quantity": st.integers(0, 3000),
        "product_id": st.sampled_from(["p", "q", None]),
        "category": st.sampled_from([*CATEGORIES, "other", None]),
    }
)


def table(rows: list[dict[str, Any]]) -> pa.Table:
    types = {"occurred_at": pa.int64(), "kind": pa.uint8(), "amount": pa.int64(), "quantity": pa.int64()}
    return pa.table({name: pa.array([row[name] for row in rows], types.get(name, pa.string())) for name in rows[0]})


def values_of(kernel: Kernel, log: Log) -> NDArray[np.float64]:
    customers = np.arange(len(log.customers), dtype=np.int64)
    return kernel.exact(log, customers, np.full(customers.size, AS_OF, np.int64))


@settings(deadline=None, max_examples=60)
@given(st.lists(events, min_size=1, max_size=25))
def test_a_feature_of_a_category_sees_the_others_as_contacts(rows: list[dict[str, Any]]) -> None:
    log = shop.log(table(rows), "UTC")
    expected = [reference.values(PLAIN, log, place, AS_OF) for place in range(len(log.customers))]
    for number, category in enumerate(CATEGORIES):
        own = [row if row["category"] == category else row | {"kind": CONTACT} for row in rows]
        few = shop.log(table(own), "UTC")
        for place, values in enumerate(expected):
            alone = reference.values(PLAIN, few, place, AS_OF)
            values.update({f"{name}_{number}": value for name, value in alone.items()})
    found = values_of(KERNEL, log)
    for place, values in enumerate(expected):
        np.testing.assert_array_equal(found[place], [values[name] for name in KERNEL.names])


ONE = {"customer_id": "a", "occurred_at": AS_OF - 1, "kind": 0, "amount": 5, "quantity": 2, "product_id": "p"}


def test_a_category_that_a_log_does_not_know_has_no_events() -> None:
    log = shop.log(table([ONE | {"category": "other"}]), "UTC")
    found = dict(zip(KERNEL.names, values_of(KERNEL, log)[0], strict=True))
    assert (found["lines"], found["lines_0"], found["spend_1"]) == (1, 0, 0)


@pytest.mark.parametrize("lacking", ["amount", "product_id", "category"])
def test_a_column_that_a_log_lacks_counts_as_nothing(lacking: str) -> None:
    nothing = None if lacking in {"product_id", "category"} else 0
    whole = shop.log(table([ONE | {"category": "Öl"} | {lacking: nothing}]), "UTC")
    less = shop.log(table([ONE | {"category": "Öl"}]).drop_columns([lacking]), "UTC")
    np.testing.assert_array_equal(values_of(KERNEL, less), values_of(KERNEL, whole))


def test_the_text_of_a_scan_depends_on_its_features_alone() -> None:
    assert scan.source(KERNEL.features) == scan.source(list(KERNEL.features))
    assert scan.source(PLAIN) != scan.source(RESTRICTED)
    assert scan.named(KERNEL.features) == {"category": CATEGORIES, "channel": ()}
    assert scan.named(PLAIN) == {"category": (), "channel": ()}


def test_a_name_of_a_category_with_quotes_and_line_ends_is_only_a_name() -> None:
    odd = "'\n        out[0, 0] = 99  # "
    kernel = Kernel((replace(PLAIN[0], only=("category", odd)), replace(PLAIN[0], name="all")))
    log = shop.log(table([ONE | {"category": odd}, ONE | {"category": "other"}]), "UTC")
    assert values_of(kernel, log).tolist() == [[1, 2]]
