"""Reasons: the evidence of each product by hand, and its words."""

import math
from dataclasses import replace

import numpy as np
import pytest

from features.clock import DAY
from tests.training.recommenders import street
from tests.training.recommenders.street import AS_OF, bought
from training.reasons.wording import LANGUAGES
from training.recommenders import reasons, shop
from training.recommenders.by_columns import DECAY_REPEAT, POPULARITY
from training.recommenders.candidates import NEAR
from training.recommenders.lists import BUY_AGAIN, NEW_TO_YOU
from training.recommenders.neighbours import Neighbours
from training.recommenders.recommender import Recommender

ROWS = [
    bought("ann", "tea", 44, "1"),
    bought("ann", "tea", 16, "2"),
    bought("ann", "wine", 16, "2"),
    bought("bob", "tea", 3, "1"),
    bought("bob", "milk", 3, "1"),
    bought("cem", "tea", 3, "1"),
    bought("cem", "milk", 3, "1"),
    bought("eve", "tea", 3, "1"),
    bought("eve", "milk", 3, "1"),
    bought("dee", "rice", 3, "1"),
    {**bought("dee", "soap", 2.2), "kind": 5, "order_id": None},
]


@pytest.fixture(scope="module")
def told() -> dict[tuple[str, str, str], str]:
    """Return, by language, customer and product, what is said in English of the lists."""
    log = street.log_of(ROWS)
    known, _ = shop.learned(log, AS_OF)
    made = Recommender(known, {BUY_AGAIN: DECAY_REPEAT, NEW_TO_YOU: POPULARITY})
    who, as_of = street.everybody(log)
    offered = made.ranked(log, who, as_of)
    ids, found = known.items.ids.to_pylist(), {}
    for ranked in offered.lists.values():
        evidence = reasons.evidence(known, offered.seen, ranked)
        for row, customer in enumerate(log.customers.take(who).to_pylist()):
            for at in range(int(ranked.begin[row]), int(ranked.begin[row + 1])):
                for language in LANGUAGES:
                    said = reasons.text(evidence, at, ids, language)
                    found[language, customer, ids[ranked.item[at]]] = said
    return found


@pytest.mark.parametrize(
    ("language", "customer", "product", "said"),
    [
        ("en", "ann", "tea", "bought 2 times, every 28 days on the mean, last 16 days ago"),
        ("fr", "ann", "tea", "acheté 2 fois, tous les 28 jours en moyenne, la dernière fois il y a 16 jours"),
        ("en", "ann", "wine", "bought 16 days ago"),
        ("en", "ann", "milk", "bought by 75% of the buyers of tea, 1.2 times the usual"),
        ("de", "ann", "milk", "gekauft von 75 % derer, die tea kauften: das 1,2-Fache des Üblichen"),
        ("en", "dee", "soap", "looked at 1 time, last 2 days ago"),
        ("en", "ann", "rice", "popular now: bought by 20% of the buyers of 28 days"),
        ("fr", "ann", "rice", "populaire en ce moment : acheté par 20 % des acheteurs des 28 derniers jours"),
    ],
)  # fmt: skip
def test_words(told: dict[tuple[str, str, str], str], language: str, customer: str, product: str, said: str) -> None:
    assert told[language, customer, product].replace("\u202f", " ") == said


def test_what_nothing_of_the_customer_stands_behind_is_counted() -> None:
    log = street.log_of(ROWS)
    known, _ = shop.learned(log, AS_OF)
    made = Recommender(known, {BUY_AGAIN: DECAY_REPEAT, NEW_TO_YOU: POPULARITY})
    place = np.array([log.customers.to_pylist().index("dee")])
    offered = made.ranked(log, place, np.array([AS_OF]), (NEW_TO_YOU,))
    evidence = reasons.evidence(known, offered.seen, offered.lists[NEW_TO_YOU])
    assert evidence.fallback == 2 / 4  # tea and wine; soap was looked at, milk is new in a category that dee bought
    nobody = offered.lists[NEW_TO_YOU].first(0)
    assert math.isnan(reasons.evidence(known, offered.seen, nobody).fallback)


def test_what_ease_alone_or_too_few_buyers_tell_goes_with_what_was_bought_and_is_no_fallback() -> None:
    log = street.log_of(ROWS)
    known, _ = shop.learned(log, AS_OF, 4)  # three customers bought tea and milk
    made = Recommender(known, {BUY_AGAIN: DECAY_REPEAT, NEW_TO_YOU: POPULARITY})
    offered = made.ranked(log, np.array([0]), np.array([AS_OF]), (NEW_TO_YOU,))
    evidence, ids = reasons.evidence(known, offered.seen, offered.lists[NEW_TO_YOU]), known.items.ids.to_pylist()
    words = {ids[one]: reasons.text(evidence, row, ids, "en") for row, one in enumerate(offered.lists[NEW_TO_YOU].item)}
    assert words["milk"] == "goes with what was bought, as others bought it together"
    assert words["rice"].startswith("popular now")
    none = replace(known, cosine=Neighbours.none(len(ids)))
    offered = Recommender(none, made.methods).ranked(log, np.array([0]), np.array([AS_OF]), (NEW_TO_YOU,))
    by_ease = reasons.evidence(none, offered.seen, offered.lists[NEW_TO_YOU])
    near = offered.seen.pairs.why[offered.lists[NEW_TO_YOU].pair] & NEAR > 0
    assert near.any()
    assert (by_ease.kind[near] == reasons.ALIKE).all()
    assert (by_ease.kind[~near] != reasons.ALIKE).all()


def test_a_language_that_there_are_no_words_of_is_refused() -> None:
    log = street.log_of([bought("ann", "tea", 1)])
    made = Recommender(street.shop_of(log), {BUY_AGAIN: DECAY_REPEAT, NEW_TO_YOU: POPULARITY})
    offered = made.ranked(log, np.array([0]), np.array([AS_OF + DAY]), (BUY_AGAIN,))
    evidence = reasons.evidence(made.shop, offered.seen, offered.lists[BUY_AGAIN])
    with pytest.raises(ValueError, match="language"):
        reasons.text(evidence, 0, ["tea"], "xx")
