"""What each customer is offered: rules hold, lists are never padded, and one by one is as together."""

import numpy as np
import pytest

from features.log.log import Log
from features.log.products import Products
from tests.training.recommenders.street import AS_OF, bought, everybody, log_of, shop_of
from training.offers.offer import Item, Offer, UnknownProduct
from training.recommenders.assortment import Assortment
from training.recommenders.by_columns import DECAY_REPEAT, POPULARITY
from training.recommenders.by_product import ByProduct
from training.recommenders.declared import Recommend
from training.recommenders.lists import BUY_AGAIN, LOOKED_AT, NEW_TO_YOU
from training.recommenders.recommender import Recommender

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


PLAIN = Recommend()


def offer_of(log: Log, said: Recommend = PLAIN) -> Offer:
    shop = shop_of(log)
    recommender = Recommender(shop, {BUY_AGAIN: DECAY_REPEAT, NEW_TO_YOU: POPULARITY})
    return Offer(recommender, ByProduct.fit(log, AS_OF, said), Assortment.of(said, Products(), shop.items, AS_OF))


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
    told = offer.unknown(3)
    assert ids(told[NEW_TO_YOU]) == ["tea", "bread", "milk"]
    assert all(item.popular and "popular now" in item.reason for item in told[NEW_TO_YOU])
    assert offer_of(log_of(ROWS), Recommend(exclude=("tea",))).unknown(1)[NEW_TO_YOU][0].product_id == "bread"


def test_what_goes_with_a_product_says_why() -> None:
    many = [bought(f"c{n}", what, 5 + n, "1") for n in range(8) for what in ("bread", "milk")]
    many += [bought(f"d{n}", "tea", 5 + n, "1") for n in range(8)]
    offer = offer_of(log_of([*ROWS, *many]))
    (milk,) = offer.product("bought_together", "bread", 3)
    assert milk.product_id == "milk"
    assert "of the baskets with bread" in milk.reason
    assert "der Körbe mit bread" in offer.product("bought_together", "bread", 3, "de")[0].reason


def test_rules_ask_for_what_is_known_now_whatever_moment_is_asked_about() -> None:
    log = log_of(ROWS)
    offer, who = offer_of(log, Recommend(exclude=("bread",))), np.array([0])
    early = next(offer.customers(log, who, np.array([AS_OF - 10 * 86_400_000_000]), 5, (BUY_AGAIN,)))
    assert ids(early[BUY_AGAIN]) == ["milk"]
