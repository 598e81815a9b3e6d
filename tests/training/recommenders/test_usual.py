"""Usual: prices and categories are what a plain reading of the rows tells."""

from statistics import median_low
from typing import Any

from hypothesis import given, settings

from features.log.event import MONEY_UNITS
from tests.features.kernel.test_kernel import AS_OF
from tests.training.recommenders.rows import ROWS, log, seen
from training.recommenders.bought import buyers
from training.recommenders.usual import usual


@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_what_is_usual_is_the_lower_median_and_the_newest_category(rows: list[dict[str, Any]]) -> None:
    known, made = seen(rows), log(rows)
    products = buyers(made, AS_OF).products
    found = usual(made, products, AS_OF)
    for place, product in enumerate(products.to_pylist()):
        own = [one for one in known if one["product_id"] == product]
        assert found.price[place] == median_low([one["amount"] / MONEY_UNITS for one in own])
        newest = max(one["occurred_at"] for one in own)
        names = {one["category"] for one in own if one["occurred_at"] == newest}
        code = int(found.category[place])
        assert (made.names["category"][code].as_py() if code >= 0 else None) in names
