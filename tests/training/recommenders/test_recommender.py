"""The recommender: the same lists one by one and together, in any order, of the past alone, saved and loaded."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.clock import DAY
from features.log.log import Log, pick
from tests.training.recommenders import street
from tests.training.recommenders.street import AS_OF, bought
from training.recommenders import shop as shops
from training.recommenders.by_columns import DECAY_REPEAT, EASE, FREQUENCY, POPULARITY
from training.recommenders.lists import BUY_AGAIN, LISTS, LOOKED_AT, NEW_IN_CATEGORIES, NEW_TO_YOU
from training.recommenders.ranked import Ranked
from training.recommenders.recommender import Recommender
from training.recommenders.up_cf import UpCf

MANY = st.lists(street.rows, min_size=1, max_size=60)


def recommender(log: Log, as_of: int = AS_OF) -> Recommender:
    """Return one whose new products UP-CF ranks."""
    shop, crowd = shops.learned(log, as_of)
    return Recommender(shop, {BUY_AGAIN: DECAY_REPEAT, NEW_TO_YOU: UpCf.of(crowd, len(shop.items), 5.0)})


def by_name(made: Recommender, ranked: dict[str, Ranked], log: Log, who: Any) -> dict[str, list[tuple[str, float]]]:
    """Return each customer's lists by names."""
    ids, found = made.shop.items.ids.to_pylist(), {}
    for name, own in ranked.items():
        for row, customer in enumerate(who.tolist()):
            some = slice(int(own.begin[row]), int(own.begin[row + 1]))
            told = [(ids[item], score) for item, score in zip(own.item[some], own.score[some].tolist(), strict=True)]
            found[f"{name} of {log.customers[customer].as_py()}"] = told
    return found


def asked(made: Recommender, log: Log, k: int = 10) -> dict[str, list[tuple[str, float]]]:
    """Return everybody's lists as of AS_OF."""
    who, as_of = street.everybody(log)
    return by_name(made, made.lists(log, who, as_of, k), log, who)


@settings(max_examples=40, deadline=None)
@given(rows=MANY, order=st.randoms(use_true_random=False))
def test_the_order_of_rows_says_nothing(rows: list[dict[str, Any]], order: Any) -> None:
    shuffled = list(rows)
    order.shuffle(shuffled)
    first, second = street.log_of(rows), street.log_of(shuffled)
    assert asked(recommender(first), first) == asked(recommender(second), second)


@settings(max_examples=40, deadline=None)
@given(rows=MANY)
def test_one_by_one_equals_together_to_the_bit(rows: list[dict[str, Any]]) -> None:
    log = street.log_of(rows)
    made = recommender(log)
    together = asked(made, log)
    alone: dict[str, list[tuple[str, float]]] = {}
    for customer in log.known_before(AS_OF).tolist():
        one = pick(log, [customer])
        alone |= by_name(made, made.lists(one, np.array([0]), np.array([AS_OF]), 10), one, np.array([0]))
    assert alone == together


@settings(max_examples=40, deadline=None)
@given(rows=MANY, future=st.lists(street.rows, max_size=10))
def test_what_was_not_known_before_the_moment_changes_nothing(
    rows: list[dict[str, Any]], future: list[dict[str, Any]]
) -> None:
    late = [row | {"occurred_at": AS_OF + row["late"]} for row in future]
    not_arrived = [row | {"occurred_at": AS_OF - DAY, "late": DAY} for row in future]
    before, after = street.log_of(rows), street.log_of([*rows, *late, *not_arrived])
    assert asked(recommender(before), before) == asked(recommender(after), after)


@settings(max_examples=40, deadline=None)
@given(rows=MANY, k=st.integers(1, 4))
def test_lists_hold_what_they_say_and_are_never_padded(rows: list[dict[str, Any]], k: int) -> None:
    log = street.log_of(rows)
    made = recommender(log)
    who, as_of = street.everybody(log)
    seen, ranked = made.shop.seen(log, who, as_of), made.lists(log, who, as_of, k)
    ids = set(log.names["product"].to_pylist())
    for row, customer in enumerate(who.tolist()):
        own = street.Reader(log, AS_OF)
        has = {one for one in street.PRODUCTS if own.own(customer, one)["baskets"]}
        looked = {one for one in street.PRODUCTS if own.own(customer, one)["looks"]} - has
        told = {
            name: [product for product, _ in products]
            for name, products in by_name(made, ranked, log, who).items()
            if name.endswith(f" of {log.customers[customer].as_py()}")
        }
        for name, products in told.items():
            assert len(products) <= k
            assert len(set(products)) == len(products)
            assert set(products) <= ids
            assert (set(products) <= has) == (name.startswith(BUY_AGAIN) or not products)
            assert not name.startswith(LOOKED_AT) or set(products) <= looked
        assert len(told[f"{BUY_AGAIN} of {log.customers[customer].as_py()}"]) == min(k, len(has))
        assert int(seen.pairs.begin[row + 1] - seen.pairs.begin[row]) <= len(made.shop.items)


@settings(max_examples=20, deadline=None)
@given(rows=MANY)
def test_saved_and_loaded_it_says_the_same(
    rows: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    log, folder = street.log_of(rows), tmp_path_factory.mktemp("recommender")
    made = recommender(log)
    made.save(folder)
    assert asked(Recommender.load(folder), log) == asked(made, log)
    assert not [path for path in Path(folder).rglob("*") if path.suffix not in {".npz", ".json", ""}]


def test_ties_are_broken_by_popularity_and_then_by_product() -> None:
    log = street.log_of([bought("ann", one, 3) for one in ("tea", "milk", "rice")] + [bought("bob", "tea", 3)])
    shop, _ = shops.learned(log, AS_OF)
    made = Recommender(shop, {BUY_AGAIN: FREQUENCY, NEW_TO_YOU: POPULARITY})
    told = asked(made, log)
    assert [one for one, _ in told["buy_again of ann"]] == ["tea", "milk", "rice"]
    assert [one for one, _ in told["new_to_you of bob"]] == ["milk", "rice"]


def test_a_log_with_other_names_is_read_by_text() -> None:
    log = street.log_of([bought("ann", "tea", 3), bought("bob", "tea", 4), bought("bob", "wine", 4)])
    made = recommender(log)
    live = street.log_of([bought("ann", "aaa", 1), bought("ann", "tea", 3)])
    assert [one for one, _ in asked(made, live)["buy_again of ann"]] == ["tea"]
    assert [one for one, _ in asked(made, live)["new_to_you of ann"]] == ["wine"]


def test_what_may_not_be_offered_is_on_no_list_and_others_take_its_place() -> None:
    log = street.log_of(
        [bought("ann", "tea", 3), bought("bob", "tea", 4), bought("bob", "wine", 4), bought("bob", "soap", 4)]
    )
    made = recommender(log)
    may = np.array([one != "soap" for one in made.shop.items.ids.to_pylist()])
    who, as_of = street.everybody(log)
    told = by_name(made, made.lists(log, who, as_of, 1, tuple(LISTS), may), log, who)
    assert [one for one, _ in told["new_to_you of ann"]] == ["wine"]
    assert [one for one, _ in told["buy_again of bob"]] == ["tea"]


def test_what_is_new_is_so_for_28_days_and_in_categories_that_were_bought() -> None:
    rows = [
        bought("ann", "bread", 40),
        bought("bob", "milk", 27.9),
        bought("bob", "rice", 28.1),
        bought("bob", "tea", 3),
    ]
    log = street.log_of(rows)
    assert [one for one, _ in asked(recommender(log), log)["new_in_your_categories of ann"]] == ["milk"]
    assert NEW_IN_CATEGORIES in LISTS


def test_of_a_moment_of_the_past_nothing_is_offered_that_came_later() -> None:
    rows = [bought(who, what, 40) for who in ("ann", "bob", "cem", "dee") for what in ("bread", "tea")]
    rows += [bought(who, what, 5) for who in ("bob", "cem", "dee") for what in ("milk", "tea")]
    log = street.log_of(rows)
    made, who = recommender(log), log.known_before(AS_OF)
    told = by_name(made, made.lists(log, who, np.full(who.size, AS_OF), 10), log, who)
    assert [one for one, _ in told["new_to_you of ann"]] == ["milk"]
    assert [one for one, _ in told["new_in_your_categories of ann"]] == ["milk"]
    early = by_name(made, made.lists(log, who, np.array([AS_OF - 30 * DAY, *[AS_OF] * 3]), 10), log, who)
    assert early["new_to_you of ann"] == early["new_in_your_categories of ann"] == []
    assert early["buy_again of bob"] == told["buy_again of bob"]


def test_what_nobody_bought_in_28_days_is_not_popular() -> None:
    log = street.log_of([bought("ann", "soap", 3), bought("bob", "wine", 40, "0"), bought("bob", "tea", 4)])
    assert [one for one, _ in asked(recommender(log), log)["new_to_you of ann"]] == ["tea"]


def test_what_was_bought_recently_leaves_its_place_to_what_was_not() -> None:
    rows = [bought("ann", f"new{n:03d}", 3 + n / 100, f"{n}") for n in range(120)]
    log = street.log_of([*rows, *(bought("ann", f"old{n}", 60, "old") for n in range(3))])
    made, (who, as_of) = recommender(log), street.everybody(log)
    ranked = made.ranked(log, who, as_of, (BUY_AGAIN,), rested=28 * DAY).lists
    assert [one for one, _ in by_name(made, ranked, log, who)["buy_again of ann"]] == ["old0", "old1", "old2"]


def test_a_list_that_is_not_there_is_refused() -> None:
    log = street.log_of([bought("ann", "tea", 3)])
    with pytest.raises(KeyError, match="wishes"):
        Recommender(street.shop_of(log), {BUY_AGAIN: EASE}).ranked(log, np.array([0]), np.array([AS_OF]), ("wishes",))


def test_histories_of_one_event_and_of_ten_thousand_are_read_alike() -> None:
    generator = np.random.default_rng(5)
    many = [
        bought("bob", street.PRODUCTS[generator.integers(5)], float(generator.uniform(0, 300)), str(n // 3))
        for n in range(10_000)
    ]
    log = street.log_of([bought("ann", "tea", 3), *many, bought("cem", "rice", 2)])
    made = recommender(log)
    together = asked(made, log)
    for place, customer in enumerate(("ann", "bob", "cem")):
        one = pick(log, [place])
        alone = by_name(made, made.lists(one, np.array([0]), np.array([AS_OF]), 10), one, np.array([0]))
        assert alone == {name: told for name, told in together.items() if name.endswith(customer)}
    assert len(together["buy_again of bob"]) == 5


def test_few_names_are_found_as_many_are() -> None:
    log = street.log_of([bought("ann", f"p{n:02d}", 3 + n) for n in range(40)])
    items = shops.learned(log, AS_OF)[0].items
    few = items.places(pa.array(["p39", "q", "p00"]))
    many = items.places(pa.array(["p39", "q", "p00", *["r"] * 40]))
    assert few.tolist() == many[:3].tolist() == [39, -1, 0]
    assert few.dtype == many.dtype
