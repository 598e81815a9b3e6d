"""Rules: what may be offered, counted by reason, and lists that keep caps and variants and are never padded."""

from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from features.dataset import Dataset, DatasetError, ProductTable, Source
from features.log.event import MONEY_UNITS
from features.log.history import EVER, History
from features.log.products import Products
from training.recommenders import rules
from training.recommenders.declared import LISTS, Recommend, declared
from training.recommenders.rules import NO_CAP, allowed, caps, check, parents

IDS = pa.array(["a", "b", "c", "d", "e", "unknown"])
COLUMNS = {
    "price": pa.array([10 * MONEY_UNITS, 5 * MONEY_UNITS, 8 * MONEY_UNITS, None, 4 * MONEY_UNITS], pa.int64()),
    "cost": pa.array([4 * MONEY_UNITS, 4 * MONEY_UNITS, None, 1 * MONEY_UNITS, 1 * MONEY_UNITS], pa.int64()),
    "there": pa.array([True, True, False, None, True]),
    "brand": pa.array(["X", "Y", "X", None, "Y"]),
    "parent": pa.array(["shirt", None, "shirt", "", "b"]),
    "category": pa.array(["tops", "tops", "hats", None, "hats"]),
    "left": pa.array([3.0, 0.0, None, 1.0, -1.0]),
}
PRODUCTS = Products((History(IDS[:5], np.array([EVER]), np.arange(5) * 2, COLUMNS),))
DATASET = Dataset(
    name="shop",
    sources=(Source("orders.csv", "purchase", {"customer_id": "c", "occurred_at": "t", "product_id": "sku"}),),
    products=(ProductTable("p.csv", {"product_id": "sku", **{name: name for name in COLUMNS}}),),
)


def _said(**keys: Any) -> Recommend:
    return declared(msgspec.structs.replace(DATASET, recommend=keys))


@pytest.mark.parametrize(
    ("keys", "offered", "left_out"),
    [
        ({}, "a b c d e unknown", {}),
        ({"exclude": ["b"], "trigger": ["b", "e"]}, "a c d unknown", {"trigger": 2}),
        ({"in_stock": "there"}, "a b e", {"in_stock: not known": 2, "in_stock": 1}),
        ({"in_stock": "left"}, "a d", {"in_stock: not known": 2, "in_stock": 2}),
        ({"min_price": 5}, "a b c", {"min_price: not known": 2, "min_price": 1}),
        ({"min_margin": 0.5}, "a e", {"min_margin: not known": 3, "min_margin": 1}),
        ({"price": "left", "min_price": 2.5}, "a", {"min_price: not known": 2, "min_price": 3}),
    ],
)
def test_each_rule_leaves_out_what_it_says_and_counts_it(
    keys: dict[str, Any], offered: str, left_out: dict[str, int]
) -> None:
    mask, counts = allowed(_said(**keys), PRODUCTS, IDS, 0)
    assert IDS.filter(pa.array(mask)).to_pylist() == offered.split()
    assert counts == left_out
    assert mask.sum() + sum(counts.values()) == len(IDS)


def test_a_condition_that_was_not_read_is_never_passed_over() -> None:
    said = _said(exclude_where="brand == 'X'")
    with pytest.raises(ValueError, match="exclude_where: it is declared, and was not read"):
        allowed(said, PRODUCTS, IDS, 0)
    mask, counts = allowed(said, PRODUCTS, IDS, 0, lambda table: np.arange(len(table)) < 2)
    assert (mask.tolist(), counts) == ([False, False, True, True, True, True], {"exclude_where": 2})


def test_variants_share_the_number_of_their_parent_which_is_one_of_them() -> None:
    found = parents(_said(), PRODUCTS, IDS, 0).tolist()
    assert found[0] == found[2]
    assert found[1] == found[4]
    assert len(set(found)) == 4


def test_the_variant_of_a_variant_is_one_of_all_of_them() -> None:
    parent = pa.array(["b", "c", None, "gone", "gone", "f"])
    ids = pa.array([*"abcdef"])
    products = Products((History(ids, np.array([EVER]), np.arange(6) * 2, {"parent": parent}),))
    found = parents(_said(), products, ids, 0).tolist()
    assert found[0] == found[1] == found[2]
    assert found[3] == found[4]
    assert len({found[0], found[3], found[5]}) == 3


@pytest.mark.parametrize("key", ["category", "parent"])
def test_a_named_column_that_stored_products_lack_is_told(key: str) -> None:
    without = {name: column for name, column in COLUMNS.items() if name != "brand"}
    stored = Products((History(IDS[:5], np.array([EVER]), np.arange(5) * 2, without),))
    with pytest.raises(DatasetError, match=rf"recommend\.{key}: got 'brand', which is not known of the products"):
        check(DATASET, _said(**{key: "brand"}), stored, IDS, COLUMNS["category"])


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"list": ["similar"]}, "recommend: unknown key 'list'. Did you mean 'lists'?"),
        ({"lists": ["similiar"]}, "recommend.lists[0]: got 'similiar'. Did you mean 'similar'?"),
        ({"lists": []}, "recommend.lists: got none; at least one is needed"),
        ({"lists": ["similar", "similar"]}, "recommend.lists[1]: got 'similar' again; each is allowed once."),
        ({"k": 0}, "recommend.k: Expected `int` >= 1"),
        ({"in_stock": "their"}, "recommend.in_stock: got 'their'. Did you mean 'there'?"),
        ({"in_stock": "brand"}, "recommend.in_stock: got 'brand', which is text; a column of your own is allowed."),
        ({"price": "brand"}, "recommend.price: got 'brand', which is text; price, cost or a column of your own"),
        ({"parent": "cost"}, "recommend.parent: got 'cost', which is money; "),
        (
            {"recently_bought": {"new_to_you": 28}},
            "got 'new_to_you', which holds nothing that the customer bought; buy_",
        ),
        ({"recently_bought": {"looked_at": 28}}, "got 'looked_at', which holds nothing that the customer bought; buy_"),
        ({"recently_bought": {"up_sell": 28}}, "got 'up_sell', which is of a product and of no customer; buy_again"),
        (
            {"recently_bought": {"buy_agian": 28}},
            "recommend.recently_bought: got 'buy_agian'. Did you mean 'buy_again'?",
        ),
        ({"recently_bought": {"buy_again": 0}}, "recommend.recently_bought"),
        ({"exclude": ["a", "a"]}, "recommend.exclude[1]: got 'a' again"),
        ({"min_margin": 1.5}, "recommend.min_margin: Expected `float` < 1"),
        ({"cap": {"tops": -1}}, "recommend.cap"),
        ({"cap": 0}, "recommend.cap: Expected `int` >= 1"),
    ],
)
def test_a_wrong_declaration_is_refused_in_one_line(keys: dict[str, Any], said: str) -> None:
    with pytest.raises(DatasetError) as error:
        _said(**keys)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_what_needs_products_is_refused_without_them() -> None:
    bare = msgspec.structs.replace(DATASET, products=(), recommend={"min_price": 2})
    with pytest.raises(
        DatasetError, match=r"recommend\.min_price: got 'price', and the dataset says nothing of its prod"
    ):
        declared(bare)
    source = Source("orders.csv", "purchase", {"customer_id": "c", "occurred_at": "t"})
    with pytest.raises(DatasetError, match="no source of the dataset has product_id"):
        declared(msgspec.structs.replace(DATASET, sources=(source,), recommend={"k": 3}))
    assert declared(msgspec.structs.replace(DATASET, sources=(source,))).lists == LISTS


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"exclude": ["a", "gift-crad"]}, r"recommend.exclude\[1\]: got 'gift-crad', .* Did you mean 'gift-card'?"),
        ({"trigger": ["nowhere"]}, r"recommend.trigger\[0\]: got 'nowhere', and there is no such product"),
        ({"cap": {"topps": 1}}, "recommend.cap: got 'topps', and there is no such category. Did you mean 'tops'?"),
        ({"in_stock": "size"}, "recommend.in_stock: got 'size', which is text; numbers, or yes and no, are allowed"),
    ],
)
def test_what_is_nowhere_is_refused_with_the_nearest(keys: dict[str, Any], said: str) -> None:
    table = ProductTable("p.csv", {"product_id": "sku", **{name: name for name in (*COLUMNS, "size")}})
    dataset = msgspec.structs.replace(DATASET, products=(table,), recommend=keys)
    products = Products(
        (History(IDS[:5], np.array([EVER]), np.arange(5) * 2, COLUMNS | {"size": pa.array(list("12345"))}),)
    )
    with pytest.raises(DatasetError, match=said):
        check(dataset, declared(dataset), products, pa.array(["gift-card", "a"]), COLUMNS["category"])


def test_rules_of_what_is_there_pass() -> None:
    keys = {"exclude": ["a"], "trigger": ["gift"], "cap": {"tops": 2}, "in_stock": "there", "min_margin": 0.1}
    check(DATASET, _said(**keys), PRODUCTS, pa.array(["gift"]), COLUMNS["category"])


def test_caps_are_by_name_or_one_for_all() -> None:
    assert caps(_said(cap={"hats": 0, "tops": 2}), ["hats", "shoes", "tops"]).tolist() == [0, NO_CAP, 2]
    assert caps(_said(cap=3), ["hats", "shoes"]).tolist() == [3, 3]
    assert caps(_said(), ["hats"]).tolist() == [NO_CAP]


def test_categories_come_from_the_column_that_is_named() -> None:
    named, own = (rules.categories(said, PRODUCTS, IDS, 0) for said in (_said(category="brand"), _said()))
    assert named is not None
    assert own is not None
    assert (named.to_pylist(), own.to_pylist()[:3]) == (["X", "Y", "X", None, "Y", None], ["tops", "tops", "hats"])
    assert rules.categories(_said(), Products(), IDS, 0) is None
