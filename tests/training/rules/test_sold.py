"""Sold: what is known of the lines of a log, each different one once."""

from zoneinfo import ZoneInfo

from features import clock
from tests.features.shop import known_of, made
from training.rules.sold import sold

THINGS = ("event.product_id", "event.category", "product.brand", "product.price")
SINCE = clock.parse("2024-01-02", ZoneInfo("UTC"))


def test_each_different_line_is_there_once_with_what_was_known_of_it_then() -> None:
    log = made(
        customer_id=["a"] * 6,
        occurred_at=[
            "2024-01-01",
            "2024-01-01T23:59:59.999999Z",
            "2024-01-02",
            "2024-01-03",
            "2024-01-04",
            "2024-01-05",
        ],
        event=["purchase"] * 6,
        product_id=["tea", "tea", "tea", "tea", None, "cup"],
        category=["x", "x", "x", "x", "x", None],
    )
    products = known_of(["tea", "tea"], [None, SINCE], brand=["Old", "New"], price=[12_300, None])
    found = sold(log, products, THINGS)
    assert found.seen.attributes is not None
    rows = [found.seen.attributes.slice(row, 1).to_pylist()[0] for row in found.which.tolist()]
    old, new = ("tea", "x", "Old", 1.23), ("tea", "x", "New", None)
    expected = [old, old, new, new, (None, "x", None, None), ("cup", None, None, None)]
    assert [tuple(row[thing] for thing in THINGS) for row in rows] == expected
    assert found.seen.attributes.num_rows == 4


def test_a_log_without_events_or_products_has_nothing_to_tell() -> None:
    log = made(customer_id=["a"], occurred_at=["2024-01-01"], event=["purchase"])
    found = sold(log, known_of([], brand=[]), THINGS[:3])
    assert found.seen.attributes is not None
    assert found.seen.attributes.to_pylist() == [dict.fromkeys(THINGS[:3])]
