"""Rows of a made-up shop, for what is counted of a log: small, so that pairs meet often and ties are the rule."""

from typing import Any

from hypothesis import strategies as st

from features.clock import DAY
from features.log.event import KINDS, MONEY_UNITS, QUANTITY_UNITS
from features.log.log import Log
from tests.features.kernel.test_kernel import AS_OF, log_of

PURCHASE, REFUND, VIEW = (KINDS.index(kind) for kind in ("purchase", "refund", "page_view"))
PRICES = (1.0, 1.05, 1.2, 1.9, 2.0, 3.0)


def row(customer: str, product: str | None, days: float = 10, **other: Any) -> dict[str, Any]:
    """Return the event of a customer and a product, so many days before AS_OF: a purchase, unless something else."""
    at = AS_OF - int(days * DAY)
    made = {"customer_id": customer, "occurred_at": at, "recorded_at": at, "kind": PURCHASE, "product_id": product}
    made |= {"amount": MONEY_UNITS, "quantity": QUANTITY_UNITS, "discount": 0, "order_id": None, "category": "shoes"}
    return {**made, "store_id": None, "campaign_id": None, "channel": None, **other}


def basket(customer: str, order: str, products: str, days: float = 10, **other: Any) -> list[dict[str, Any]]:
    """Return the lines of one order, whose products have names of one letter."""
    return [row(customer, product, days, order_id=order, **other) for product in products]


ROWS = st.lists(
    st.builds(
        lambda customer, product, days, late, kind, order, price, category: row(
            customer,
            product,
            days,
            recorded_at=AS_OF - int(days * DAY) + late,
            kind=kind,
            order_id=order,
            amount=int(price * MONEY_UNITS),
            category=category,
        ),
        st.sampled_from("abcdef"),
        st.sampled_from([*"pqrstu", None]),
        st.one_of(st.integers(-20, 60), st.sampled_from([0, 1 / DAY, -1 / DAY])),
        st.sampled_from([0, 0, DAY, 30 * DAY]),
        st.sampled_from([PURCHASE, PURCHASE, PURCHASE, REFUND, VIEW]),
        st.sampled_from([None, "1", "2", "3"]),
        st.sampled_from(PRICES),
        st.sampled_from(["shoes", "hats", None]),
    ),
    min_size=1,
    max_size=80,
)
"""Events around AS_OF, some late, some without an order, a product or a category."""


def seen(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the purchased lines of products that are known at AS_OF, by a plain reading."""
    return [
        one
        for one in rows
        if one["kind"] == PURCHASE
        and one["product_id"] is not None
        and max(one["occurred_at"], one["recorded_at"]) < AS_OF
    ]


def log(rows: list[dict[str, Any]]) -> Log:
    """Return the log of rows."""
    return log_of(rows)
