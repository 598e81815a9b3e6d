"""Pairs: what goes with a product is what a plain count tells, never itself, in one order, whatever comes later."""

from itertools import permutations
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.log.event import MONEY_UNITS
from features.log.log import Log
from features.log.store import mapped
from tests.features.kernel.test_kernel import AS_OF
from tests.training.recommenders.rows import ROWS, basket, log, row, seen
from training.recommenders.bought import baskets, buyers
from training.recommenders.by_product import ByProduct
from training.recommenders.declared import BY_PRODUCT, Recommend
from training.recommenders.pairs import Pairs
from training.recommenders.similar import similar
from training.recommenders.together import together
from training.recommenders.up_sell import up_sell


def _rows_of(pairs: Pairs) -> dict[tuple[str, str], tuple[int, float]]:
    names = pairs.products.to_pylist()
    every = zip(pairs.owners.tolist(), pairs.index.tolist(), pairs.support.tolist(), pairs.weight.tolist(), strict=True)
    return {(names[own], names[other]): (support, weight) for own, other, support, weight in every}


def _ordered(pairs: Pairs) -> bool:
    names = pairs.products.to_pylist()
    told = [[(-one.score, one.product) for one in pairs.of(name)] for name in names]
    return all(own == sorted(own) for own in told)


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, support=st.integers(1, 3))
def test_together_is_a_plain_count_of_baskets(rows: list[dict[str, Any]], support: int) -> None:
    found = together(baskets(log(rows), AS_OF), support)
    groups: dict[Any, set[str]] = {}
    for one in seen(rows):
        order = one["order_id"] or one["occurred_at"]
        groups.setdefault((one["customer_id"], order), set()).add(one["product_id"])
    own = {name: sum(name in group for group in groups.values()) for name in found.products.to_pylist()}
    expected = {}
    for a, b in permutations(own, 2):
        both = sum({a, b} <= group for group in groups.values())
        if both >= support:
            expected[a, b] = both, sqrt(both / own[a] * (both / own[a]) / (own[b] / len(groups)))
    told = _rows_of(found)
    assert {pair: both for pair, (both, _) in told.items()} == {pair: both for pair, (both, _) in expected.items()}
    for pair, (_, weight) in told.items():
        assert weight == pytest.approx(expected[pair][1], rel=1e-12)
    assert _ordered(found)


@settings(max_examples=40, deadline=None)
@given(rows=ROWS, order=st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_what_comes_later_changes_a_list(rows: list[dict[str, Any]], order: Any) -> None:
    known = [one for one in rows if max(one["occurred_at"], one["recorded_at"]) < AS_OF] or [row("a", "p")]
    later = [row("z", "new", -1), row("a", "p", 5, recorded_at=AS_OF), row("y", "late", 5, recorded_at=AS_OF + 7)]
    shuffled = [*known, *later]
    order.shuffle(shuffled)
    said = Recommend()
    one, other = (ByProduct.fit(log(every), AS_OF, said) for every in (known, shuffled))
    for name in BY_PRODUCT:
        a, b = one.lists[name], other.lists[name]
        assert a.products.to_pylist() == b.products.to_pylist()
        assert _rows_of(a) == _rows_of(b)
        assert a.index.tobytes() == b.index.tobytes()
        assert a.weight.tobytes() == b.weight.tobytes()
        assert not (a.index == a.owners).any()


@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_similar_and_up_sell_are_plain_counts_of_buyers(rows: list[dict[str, Any]]) -> None:
    bought = buyers(log(rows), AS_OF)
    names = bought.products.to_pylist()
    prices = dict(zip(names, [1.0, 1.05, 1.3, np.nan, 2.0, 2.3], strict=False))
    kinds = dict(zip(names, [0, 0, 0, 0, 0, 1], strict=False))
    first: dict[str, dict[str, int]] = {}
    for one in seen(rows):
        own = first.setdefault(one["customer_id"], {})
        own[one["product_id"]] = min(own.get(one["product_id"], one["occurred_at"]), one["occurred_at"])
    arrays = np.array(list(kinds.values()), np.int32), np.array(list(prices.values()), np.float64)
    alike, dearer = {}, {}
    for a, b in permutations(names, 2):
        if kinds[a] != kinds[b] or np.isnan(prices[a]) or np.isnan(prices[b]):
            continue
        both = [own for own in first.values() if a in own and b in own]
        if both and max(prices[a], prices[b]) <= 1.1 * min(prices[a], prices[b]):
            alike[a, b] = len(both)
        if (up := sum(own[b] > own[a] for own in both)) and 1.1 < prices[b] / prices[a] <= 2:
            dearer[a, b] = up
    found = similar(bought, *arrays, support=1)
    assert {pair: support for pair, (support, _) in _rows_of(found).items()} == alike
    moved = up_sell(bought, *arrays, support=1)
    assert {pair: support for pair, (support, _) in _rows_of(moved).items()} == dearer
    assert _ordered(found)
    assert _ordered(moved)


def test_evidence_says_share_and_lift() -> None:
    rows = [line for n in range(6) for line in basket("a", str(n), "pq")]
    rows += [line for n in range(6, 8) for line in basket("a", str(n), "p")]
    rows += [line for n in range(8, 12) for line in basket("a", str(n), "r")]
    (other,) = together(baskets(log(rows), AS_OF)).of("p")
    assert (other.product, dict(other.evidence)) == ("q", {"support": 6, "p": 0.75, "lift": 1.5})
    assert other.score == pytest.approx(sqrt(0.75 * 1.5))
    assert together(baskets(log(rows), AS_OF)).of("never bought") == ()


def test_a_move_up_is_one_step_dearer_afterwards_and_never_in_the_same_basket() -> None:
    def bought(customer: str, product: str, days: int, price: float) -> dict[str, Any]:
        return row(customer, product, days, amount=int(price * MONEY_UNITS))

    customers = [f"c{n}" for n in range(6)]
    rows = [bought(one, "plain", 20, 1.0) for one in customers]
    rows += [bought(one, "finer", 10, 1.5) for one in customers]
    rows += [bought(one, "before", 30, 1.5) for one in customers] + [bought(one, "with", 20, 1.5) for one in customers]
    rows += [bought(one, "finest", 5, 2.5) for one in customers]
    found = ByProduct.fit(log(rows), AS_OF, Recommend(lists=("up_sell",)))
    (other,) = found.of("up_sell", "plain")
    assert (other.product, dict(other.evidence)) == ("finer", {"support": 6, "p": 1.0, "price": 1.5})
    assert other.score == 6 / 26


def test_of_equals_the_smaller_id_is_first_and_what_is_kept_is_bounded() -> None:
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    rows = [line for n in range(5) for line in basket("a", str(n), letters)]
    found = together(baskets(log(rows), AS_OF))
    assert [one.product for one in found.of("m")] == sorted(set(letters) - {"m"})[:50]


def test_a_smallest_group_is_the_least_that_a_pair_is_of() -> None:
    rows = [line for n in range(6) for line in basket(f"c{n}", str(n), "pq")]
    found = [ByProduct.fit(log(rows), AS_OF, Recommend(), smallest) for smallest in (0, 6, 7)]
    told = [[one.product for name in ("bought_together", "similar") for one in every.of(name, "p")] for every in found]
    assert told == [["q", "q"], ["q", "q"], []]


def test_a_log_in_pieces_tells_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    orders = enumerate(("pqr", "pq", "qr", "pqs", "pr", "pq", "pqr", "qrs"))
    rows = [line for n, own in orders for line in basket(f"c{n % 3}", f"o{n}", own, days=n + 1)]
    whole = log(rows)
    stored = mapped.written([whole], tmp_path, whole.days)
    pieces = Log.pieces
    monkeypatch.setattr(Log, "pieces", lambda self: pieces(self, 1))
    assert sum(1 for _ in stored.pieces()) == 3
    one, other = (ByProduct.fit(made, AS_OF, Recommend()) for made in (whole, stored))
    assert len(one.lists["bought_together"].index)
    assert [_rows_of(other.lists[name]) for name in one.lists] == [_rows_of(own) for own in one.lists.values()]


def test_what_is_saved_is_what_is_read(tmp_path: Path) -> None:
    rows = [line for n in range(5) for line in basket(f"ö{n}", str(n), "pqé")]
    made = ByProduct.fit(log(rows), AS_OF, Recommend())
    made.save(tmp_path)
    again = ByProduct.load(tmp_path)
    assert again.lists.keys() == made.lists.keys() == {"bought_together", "similar", "up_sell"}
    for name, pairs in made.lists.items():
        assert again.lists[name].products.to_pylist() == pairs.products.to_pylist()
        assert [again.of(name, product) for product in "pqé"] == [made.of(name, product) for product in "pqé"]
    assert len(again.of("bought_together", "é")) == 2
