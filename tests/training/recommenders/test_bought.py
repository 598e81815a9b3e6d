"""Bought: baskets and buyers are what a plain reading of the rows tells, by law 1 and in whatever order they come."""

from statistics import median_low
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from features.clock import DAY
from features.log.event import MONEY_UNITS
from tests.features.kernel.test_kernel import AS_OF
from tests.training.recommenders.rows import ROWS, basket, log, row, seen
from training.recommenders.bought import Bought, baskets, buyers, usual


def _told(bought: Bought) -> list[list[str]]:
    names = bought.products.to_pylist()
    groups = zip(bought.offsets[:-1].tolist(), bought.offsets[1:].tolist(), strict=True)
    return [[names[place] for place in bought.items[begin:end].tolist()] for begin, end in groups]


def _plain(rows: list[dict[str, Any]], by_order: bool) -> list[list[str]]:
    groups: dict[tuple[Any, ...], set[str]] = {}
    for one in seen(rows):
        at = () if one["order_id"] is not None else (one["occurred_at"],)
        key = (one["customer_id"], one["order_id"], *at) if by_order else (one["customer_id"],)
        groups.setdefault(key, set()).add(one["product_id"])
    return sorted(sorted(own) for own in groups.values())


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, order=st.randoms(use_true_random=False))
def test_groups_are_what_a_plain_reading_tells(rows: list[dict[str, Any]], order: Any) -> None:
    shuffled = list(rows)
    order.shuffle(shuffled)
    for counted, by_order in ((baskets, True), (buyers, False)):
        found = counted(log(rows), AS_OF)
        assert sorted(_told(found)) == _plain(rows, by_order)
        assert found.products.to_pylist() == sorted({one["product_id"] for one in seen(rows)})
        again = counted(log(shuffled), AS_OF)
        assert sorted(_told(again)) == sorted(_told(found))


@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_buyers_know_when_each_product_was_first_bought(rows: list[dict[str, Any]]) -> None:
    found = buyers(log(rows), AS_OF)
    first: dict[tuple[str, str], int] = {}
    for one in seen(rows):
        key = one["customer_id"], one["product_id"]
        first[key] = min(first.get(key, one["occurred_at"]), one["occurred_at"])
    assert found.first.tolist() == [first[key] for key in sorted(first)]


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


def test_parts_of_a_customer_hold_one_kind_each() -> None:
    import numpy as np

    found = buyers(log([*basket("a", "1", "pqrs"), *basket("b", "1", "qs")]), AS_OF)
    assert _told(found.within(np.array([1, 0, 1, -1], np.int32))) == [["q"], ["p", "r"], ["q"]]


def test_a_window_begins_at_its_moment() -> None:
    rows = [row("a", "p", 3), row("a", "q", 2), row("a", "r", 1)]
    assert _told(baskets(log(rows), AS_OF - DAY, AS_OF - 2 * DAY)) == [["q"]]
