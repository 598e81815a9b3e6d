"""The shelf: conditions on products, read as rules are, and refused where they ask for what no product has."""

from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from features.dataset import Dataset, DatasetError, ProductTable, Source, load, shipped
from features.log.event import MONEY_UNITS
from features.log.history import EVER, History
from features.log.log import Log
from features.log.products import Products
from tests.training.recommenders.rows import log as log_of
from tests.training.recommenders.rows import row
from training.recommenders.declared import declared
from training.recommenders.rules import allowed
from training.rules.shelf import Shelf, condition

IDS = pa.array(["a", "b", "c"])
COLUMNS = {
    "price": pa.array([10 * MONEY_UNITS, MONEY_UNITS // 2, None], pa.int64()),
    "brand": pa.array(["X", "Y", None]),
    "there": pa.array([True, False, None]),
}
PRODUCTS = Products((History(IDS, np.array([EVER]), np.arange(3) * 2, COLUMNS),))
COLUMNS_OF_EVENTS = {"customer_id": "c", "occurred_at": "t", "product_id": "sku", "category": "kind"}
DATASET = Dataset(
    name="shop",
    currency="EUR",
    sources=(Source("orders.csv", "purchase", COLUMNS_OF_EVENTS),),
    products=(ProductTable("p.csv", {"product_id": "sku", **{name: name for name in COLUMNS}}),),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("brand == 'X'", "a"),
        ("brand != 'X'", "b"),
        ("price < 0.6", "b"),
        ("not there", "b"),
        ("missing(brand) or product.price >= 10", "a c"),
        ("product_id in ('b', 'c')", "b c"),
    ],
)
def test_a_condition_holds_of_products_as_rules_would_say(text: str, expected: str) -> None:
    where = condition(DATASET, text, PRODUCTS, IDS)
    assert where is not None
    assert IDS.filter(pa.array(where(PRODUCTS.at(IDS, 0)))).to_pylist() == expected.split()


def test_nothing_is_read_where_nothing_is_declared() -> None:
    assert condition(DATASET, "", PRODUCTS, IDS) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("brnad == 'X'", "Did you mean 'brand'"),
        ("brand == 'Z'", "no brand 'Z' is known"),
        ("category == 'hats'", "'event.category' is said of purchased lines; of products write product.NAME"),
        ("brand > 3", "text"),
        ("product_id == 'q'", "no product_id 'q' is known"),
        ("rule.best", "rule.best is not allowed"),
        ("price = 3", "write == to compare"),
    ],
)
def test_what_cannot_be_told_is_refused_in_one_line(text: str, said: str) -> None:
    with pytest.raises(DatasetError, match=r"recommend\.exclude_where") as error:
        condition(DATASET, text, PRODUCTS, IDS)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_dataset_without_products_has_no_shelf() -> None:
    bare = msgspec.structs.replace(DATASET, products=())
    with pytest.raises(DatasetError, match="is not known of purchased lines and their products"):
        condition(bare, "brand == 'X'", Products(), IDS)


def _log() -> Log:
    return replace(log_of([row("x", product) for product in "abq"]), products=PRODUCTS)


def _allowed(shelf: Shelf, ids: pa.Array) -> tuple[NDArray[np.bool_], dict[str, int]]:
    return allowed(shelf.said, shelf.products, ids, 0, shelf.where)


def test_the_shelf_is_what_all_rules_leave() -> None:
    said = {"exclude": ["q"], "exclude_where": "brand == 'X'", "min_price": 0.1, "cap": {"shoes": 2}}
    shelf = Shelf.read(msgspec.structs.replace(DATASET, recommend=said), _log())
    mask, left_out = _allowed(shelf, pa.array([*"abcq"]))
    assert mask.tolist() == [False, True, False, False]
    assert left_out == {"exclude": 1, "exclude_where": 1, "min_price: not known": 1}


def test_without_a_declaration_everything_may_be_offered() -> None:
    mask, left_out = _allowed(Shelf.read(DATASET, _log()), IDS)
    assert mask.all()
    assert left_out == {}


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"exclude": ["r"]}, r"recommend\.exclude\[0\]: got 'r', and there is no such product"),
        ({"cap": {"shos": 2}}, r"recommend\.cap: got 'shos', .* Did you mean 'shoes'"),
        ({"category": "brand", "cap": {"Z": 2}}, r"recommend\.cap: got 'Z'"),
        ({"exclude_where": "brand == 'Z'"}, r"recommend\.exclude_where: no brand 'Z' is known"),
    ],
)
def test_what_is_nowhere_is_refused_when_it_is_read(said: dict[str, Any], message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        Shelf.read(msgspec.structs.replace(DATASET, recommend=said), _log())


@pytest.mark.parametrize("name", shipped())
def test_what_comes_along_declares_what_is_allowed(name: str) -> None:
    assert declared(load(name)).k
