"""Things: what may be asked of purchased lines, and what is refused or left out, with the reason."""

import msgspec
import pytest

from features.dataset import Dataset, DatasetError, ProductTable
from features.log.products import Products
from tests.features.shop import known_of
from tests.training.rules.conftest import with_rules
from training.rules.rules import Rules
from training.rules.things import UNKNOWN_PRODUCTS

COLUMNS = {"product_id": "sku", "brand": "brand", "price": "price", "in_stock": "there", "channel": "sold", "size": "s"}


@pytest.fixture(scope="module")
def with_products(shop: Dataset) -> Dataset:
    """Return the shop with purchases that say which product they are of, and a table of those."""
    first, *others = shop.sources
    first = msgspec.structs.replace(first, columns={**first.columns, "product_id": "sku"})
    table = ProductTable("products.csv", COLUMNS)
    return msgspec.structs.replace(shop, sources=(first, *others), products=(table,))


@pytest.fixture(scope="module")
def products() -> Products:
    return known_of(["1"], brand=["A"], price=[30_000], in_stock=[True], channel=["web"])


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("brandt == 'A'", "'brandt' is not known of purchased lines and their products. Did you mean 'brand'?"),
        ("store_id == 'A'", "'store_id' is not known of purchased lines and their products. Allowed: brand, category"),
        ("channel == 'web'", "'channel' means two things: write event.channel or product.channel"),
        ("prodct.brand == 'A'", "'prodct' is not known before a point of purchased lines. Did you mean 'product'?"),
        ("product.bran == 'A'", "'product.bran': there is no such thing. Did you mean 'brand'?"),
        ("event.brand == 'A'", "'event.brand': there is no such thing."),
        ("price == '3'", "price is a number; compare it with a number, without quotes"),
        ("price > 3%", "price is currency, and no share: leave the % out"),
        ("price", "'price' is a number, and no condition: compare what a line or its product is"),
        ("brand", "'brand' is text, and no condition"),
        ("brand > 'A'", "text is compared by ==, != and in"),
        ("brand == 3", "text in quotes is needed here"),
        ("in_stock == 3", "is yes or no; compare it with true or false"),
        ("brand = 'A'", "is no condition: write == to compare"),
        ("price > brand", "cannot be compared"),
        ("rule.a", "rule.a is not allowed of purchased lines"),
        ("bought('x')", "is not allowed of purchased lines"),
        ("product_id == 42", "text in quotes is needed here"),
    ],
)
def test_what_is_not_known_of_lines_is_refused(
    with_products: Dataset, products: Products, where: str, said: str
) -> None:
    with pytest.raises(DatasetError) as caught:
        Rules.read(with_rules(with_products, a=f'bought("{where}")'), None, "none", products)
    assert said in str(caught.value)


def test_what_is_wrong_is_told_before_products_are_read_and_what_is_right_is_left_out(with_products: Dataset) -> None:
    with pytest.raises(DatasetError, match="Did you mean 'brand'"):
        Rules.read(with_rules(with_products, a="bought(\"brandt == 'A'\")"), None, "none")
    asked = with_rules(with_products, a="bought(\"brand == 'A'\")", b="bought(\"product_id == '1'\")", c="spend(7) > 1")
    rules = Rules.read(asked, None, "none")
    assert rules.left_out == {"a": UNKNOWN_PRODUCTS, "b": UNKNOWN_PRODUCTS}
    assert list(rules.declared) == ["c"]


def test_what_stored_products_lack_is_left_out_with_the_command_that_stores_it(
    with_products: Dataset, products: Products
) -> None:
    rules = Rules.read(with_rules(with_products, a='bought("size > 3")'), None, "none", products)
    assert rules.left_out == {"a": "size is not known of the products that were stored; `make train` stores them anew"}


def test_events_without_products_cannot_be_asked_for_theirs(with_products: Dataset, shop: Dataset) -> None:
    without = msgspec.structs.replace(with_products, sources=shop.sources)
    for where, said in (
        ("brand == 'A'", "'brand': no source of the dataset has product_id"),
        ("product_id == '1'", "'product_id': no source of the dataset has it"),
    ):
        with pytest.raises(DatasetError, match=said):
            Rules.read(with_rules(without, a=f'bought("{where}")'), None, "none")


def test_a_category_that_events_take_from_their_product_means_one_thing(with_products: Dataset) -> None:
    first, *others = with_products.sources
    table = ProductTable("products.csv", {"product_id": "sku", "category": "type"})
    both = msgspec.structs.replace(with_products, products=(table,))
    with pytest.raises(DatasetError, match=r"means two things: write event\.category or product\.category"):
        Rules.read(with_rules(both, a="bought(\"category == 'A'\")"), None, "none")
    columns = {name: column for name, column in first.columns.items() if name != "category"}
    taken = msgspec.structs.replace(both, sources=(msgspec.structs.replace(first, columns=columns), *others))
    assert list(Rules.read(with_rules(taken, a="bought(\"category == 'A'\")"), None, "none").declared) == ["a"]
