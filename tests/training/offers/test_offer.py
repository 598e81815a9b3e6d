"""What each customer is offered: rules hold, lists are never padded, and one by one is as together."""

from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from features.clock import DAY
from features.dataset import Dataset, DatasetError, ProductTable, Source
from features.kernel.kernel import Kernel
from features.log.history import EVER, History
from features.log.log import Log
from features.log.products import Products
from tests.training.recommenders.street import AS_OF, bought, everybody, log_of, shop_of
from training.bundle.bundle import Bundle
from training.offers.offer import Item, Offer, UnknownProduct, offer
from training.recommenders.assortment import Assortment
from training.recommenders.by_columns import DECAY_REPEAT, POPULARITY
from training.recommenders.by_product import ByProduct
from training.recommenders.compared import Compared
from training.recommenders.declared import Recommend
from training.recommenders.lists import BUY_AGAIN, LOOKED_AT, NEW_TO_YOU
from training.recommenders.offering import Offering
from training.recommenders.recommender import Recommender
from training.rules.shelf import Shelf

ROWS = [
    *(
        bought(who, what, days, f"{days}")
        for who in ("ann", "bob")
        for what in ("bread", "milk")
        for days in (3, 20, 40)
    ),
    *(bought(who, "tea", 5, "5") for who in ("bob", "cem", "dee")),
    *(bought(who, "wine", 5, "5") for who in ("bob", "cem")),
    *(bought("dee", what, 60, "60") for what in ("rice", "soap", "bread")),
]


PLAIN, NO_PRODUCTS = Recommend(), Products()
DATASET = Dataset(
    name="shop",
    sources=(
        Source("orders.csv", "purchase", {"customer_id": "c", "occurred_at": "t", "product_id": "p", "category": "k"}),
    ),
    products=(ProductTable("p.csv", {"product_id": "p", "parent": "of", "there": "there"}),),
)


def recommender_of(log: Log) -> Recommender:
    return Recommender(shop_of(log), {BUY_AGAIN: DECAY_REPEAT, NEW_TO_YOU: POPULARITY})


def offer_of(log: Log, said: Recommend = PLAIN, products: Products = NO_PRODUCTS) -> Offer:
    made = recommender_of(log)
    now = Assortment.of(said, products, made.shop.items, AS_OF)
    return Offer(made, ByProduct.fit(log, AS_OF, PLAIN), now, shelf=Shelf(said, products))


def lists(offer: Offer, log: Log, k: int = 3, **how: object) -> list[dict[str, list[Item]]]:
    who, as_of = everybody(log)
    return list(offer.customers(log, who, as_of, k, offer.names, **how))  # type: ignore[arg-type]


def ids(own: list[Item]) -> list[str]:
    return [item.product_id for item in own]


def test_lists_are_never_mixed_and_never_padded() -> None:
    log = log_of(ROWS)
    ann, bob, cem, dee = lists(offer_of(log), log, k=10)
    assert sorted(ids(ann[BUY_AGAIN])) == ["bread", "milk"]
    assert sorted(ids(bob[BUY_AGAIN])) == ["bread", "milk", "tea", "wine"]
    for own, had in ((ann, {"bread", "milk"}), (cem, {"tea", "wine"}), (dee, {"tea", "rice", "soap", "bread"})):
        assert set(ids(own[BUY_AGAIN])) == had
        assert not set(ids(own[NEW_TO_YOU])) & had
        assert own[LOOKED_AT] == []


def test_one_by_one_is_as_together_to_the_bit() -> None:
    log = log_of(ROWS)
    offer, (who, as_of) = offer_of(log), everybody(log)
    together = list(offer.customers(log, who, as_of, 5, offer.names))
    alone = [next(offer.customers(log, who[n : n + 1], as_of[n : n + 1], 5, offer.names)) for n in range(who.size)]
    assert alone == together


@pytest.mark.parametrize(
    ("said", "gone"),
    [
        (Recommend(exclude=("bread",)), {"bread"}),
        (Recommend(trigger=("milk",)), {"milk"}),
        (Recommend(recently_bought={BUY_AGAIN: 4}), {"bread", "milk"}),
        (Recommend(cap={"food": 0}), {"bread", "milk"}),
    ],
)
def test_what_a_rule_leaves_out_is_offered_to_nobody(said: Recommend, gone: set[str]) -> None:
    log = log_of(ROWS)
    ann, *_ = lists(offer_of(log, said), log)
    plain, *_ = lists(offer_of(log), log)
    assert gone <= set(ids(plain[BUY_AGAIN]))
    assert not gone & set(ids(ann[BUY_AGAIN]))
    assert len(ann[BUY_AGAIN]) == len(plain[BUY_AGAIN]) - len(gone)


def test_what_is_looked_at_now_is_not_offered_and_an_unknown_product_is_refused_by_name() -> None:
    log = log_of(ROWS)
    offer = offer_of(log)
    ann, *_ = lists(offer, log, context=["bread"])
    assert ids(ann[BUY_AGAIN]) == ["milk"]
    with pytest.raises(UnknownProduct, match="'salt'"):
        lists(offer, log, context=["salt"])
    with pytest.raises(UnknownProduct, match="'salt'"):
        offer.product("bought_together", "salt", 3)


def test_somebody_unknown_is_offered_what_is_popular() -> None:
    offer = offer_of(log_of(ROWS))
    told = offer.unknown(3, AS_OF)
    assert ids(told[NEW_TO_YOU]) == ["tea", "bread", "milk"]
    assert all(item.popular and "popular now" in item.reason for item in told[NEW_TO_YOU])
    assert offer_of(log_of(ROWS), Recommend(exclude=("tea",))).unknown(1, AS_OF)[NEW_TO_YOU][0].product_id == "bread"


def test_what_goes_with_a_product_says_why() -> None:
    many = [bought(f"c{n}", what, 5 + n, "1") for n in range(8) for what in ("bread", "milk")]
    many += [bought(f"d{n}", "tea", 5 + n, "1") for n in range(8)]
    offer = offer_of(log_of([*ROWS, *many]))
    (milk,) = offer.product("bought_together", "bread", 3)
    assert milk.product_id == "milk"
    assert "of the baskets with bread" in milk.reason
    assert "der Körbe mit bread" in offer.product("bought_together", "bread", 3, "de")[0].reason


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"exclude": ["bred"]}, r"recommend\.exclude\[0\]: got 'bred', and there is no such product. Did .* 'bread'"),
        ({"cap": {"fod": 1}}, r"recommend\.cap: got 'fod', and there is no such category. Did you mean 'food'"),
        ({"parent": "parent"}, r"recommend\.parent: got 'parent', which is not known of the products that were stored"),
        ({"in_stock": "there"}, r"recommend\.in_stock: got 'there', which is not known of the products"),
    ],
)
def test_a_rule_of_what_is_nowhere_is_refused(said: dict[str, Any], message: str) -> None:
    log = log_of(ROWS)
    made = Offering(recommender_of(log), ByProduct.fit(log, AS_OF, PLAIN), Compared((), ()))
    bundle = Bundle("shop", "UTC", "", AS_OF, log.digest, Kernel(()), (), (), offering=made)
    right = msgspec.structs.replace(DATASET, recommend={"exclude": ["bread"], "cap": {"food": 1}})
    assert offer(bundle, right, NO_PRODUCTS, log.names["product"], AS_OF) is not None
    with pytest.raises(DatasetError, match=message):
        offer(bundle, msgspec.structs.replace(DATASET, recommend=said), NO_PRODUCTS, log.names["product"], AS_OF)


def test_lists_that_a_dataset_no_longer_wants_are_not_there() -> None:
    offer = offer_of(log_of(ROWS), Recommend(lists=(BUY_AGAIN, "similar")))
    assert (offer.names, offer.of_products) == ((BUY_AGAIN,), ("similar",))


def test_where_answers_speak_of_now_the_assortment_moves_with_them() -> None:
    ids, since = pa.array(["bread", "milk"]), np.array([EVER, AS_OF + DAY])
    there = {"there": pa.array([True, False, True])}  # of bread since ever and since tomorrow, of milk since ever
    log, products = log_of(ROWS), Products((History(ids, since, np.array([0, 1, 3]), there),))
    offer, (who, as_of) = offer_of(log, Recommend(in_stock="there"), products), everybody(log)
    later = offer.at(AS_OF + 2 * DAY)
    assert offer.at(AS_OF) is offer
    assert offer.at(AS_OF + 2 * DAY) is later
    assert [ids_of(one, log, who, as_of) for one in (offer, later)] == [["bread", "milk"], ["milk"]]


def ids_of(offer: Offer, log: Log, who: Any, as_of: Any) -> list[str]:
    return sorted(ids(next(offer.customers(log, who, as_of, 3, (BUY_AGAIN,)))[BUY_AGAIN]))


def test_somebody_unknown_is_offered_nothing_that_came_later() -> None:
    offer = offer_of(log_of([*ROWS, bought("eve", "salt", 1)]))
    assert "salt" in ids(offer.unknown(9, AS_OF)[NEW_TO_YOU])
    assert "salt" not in ids(offer.unknown(9, AS_OF - 2 * DAY)[NEW_TO_YOU])


def test_rules_ask_for_what_is_known_now_whatever_moment_is_asked_about() -> None:
    log = log_of(ROWS)
    offer, who = offer_of(log, Recommend(exclude=("bread",))), np.array([0])
    early = next(offer.customers(log, who, np.array([AS_OF - 10 * 86_400_000_000]), 5, (BUY_AGAIN,)))
    assert ids(early[BUY_AGAIN]) == ["milk"]
