"""Bought: baskets and buyers are what a plain reading of the rows tells, by law 1 and in whatever order they come."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from features.clock import DAY
from tests.features.kernel.test_kernel import AS_OF
from tests.training.recommenders.rows import ROWS, basket, log, row, seen
from training.recommenders.bought import Bought, baskets, buyers


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


def test_parts_of_a_customer_hold_one_kind_each() -> None:
    found = buyers(log([*basket("a", "1", "pqrs"), *basket("b", "1", "qs")]), AS_OF)
    assert _told(found.within(np.array([1, 0, 1, -1], np.int32))) == [["q"], ["p", "r"], ["q"]]


def test_a_window_begins_at_its_moment() -> None:
    rows = [row("a", "p", 3), row("a", "q", 2), row("a", "r", 1)]
    assert _told(baskets(log(rows), AS_OF - DAY, AS_OF - 2 * DAY)) == [["q"]]
