"""A made-up shop of a few products, what its customers did in rows, and what a reader of those would count."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from features.clock import DAY
from features.log.event import KINDS
from features.log.log import Log
from tests.features import shop as made
from training.recommenders import shop as shops
from training.recommenders.history import NEVER
from training.recommenders.shop import Shop

Row = dict[str, Any]
AS_OF = 1_600_000_000_000_000
PRODUCTS = ("bread", "milk", "tea", "wine", "soap", "rice")
CATEGORIES = {"bread": "food", "milk": "food", "tea": "drinks", "wine": "drinks", "soap": None, "rice": "food"}

_EDGES = [AS_OF - days * DAY + by for days in (0, 7, 28, 84) for by in (-1, 0, 1)]
moments = st.one_of(st.sampled_from(_EDGES), st.integers(AS_OF - 200 * DAY, AS_OF + 20 * DAY))
rows = st.fixed_dictionaries(
    {
        "customer_id": st.sampled_from(["ann", "bob", "cem", "dee"]),
        "occurred_at": moments,
        "kind": st.sampled_from([KINDS.index(one) for one in ("purchase", "purchase", "purchase", "refund",
                                                              "cancellation", "page_view", "cart_add", "mail_open")]),
        "amount": st.integers(0, 90_000),
        "quantity": st.integers(0, 4_000),
        "order_id": st.one_of(st.none(), st.integers(0, 4).map(str)),
        "product_id": st.one_of(st.none(), st.sampled_from(PRODUCTS)),
        "late": st.sampled_from([0, 0, 0, 1, 30 * DAY]),
    }
)  # fmt: skip
"""An event; it arrives `late` microseconds after it happened."""


def log_of(some: Sequence[Row]) -> Log:
    """Return the log of rows."""
    types = {"occurred_at": pa.int64(), "recorded_at": pa.int64(), "kind": pa.uint8()}
    types |= dict.fromkeys(("amount", "quantity"), pa.int64())
    whole = [row | {"category": CATEGORIES.get(row["product_id"])} for row in some]
    whole = [row | {"recorded_at": row["occurred_at"] + row.get("late", 0)} for row in whole]
    names = [name for name in whole[0] if name != "late"]
    return made.log(
        pa.table({name: pa.array([row[name] for row in whole], types.get(name, pa.string())) for name in names}), "UTC"
    )


def bought(who: str, what: str, days: float, order: str = "1", **more: Any) -> Row:
    """Return a purchase so many days before AS_OF."""
    told = {"customer_id": who, "occurred_at": AS_OF - int(days * DAY), "kind": 0, "amount": 10_000, "quantity": 1_000}
    return told | {"order_id": order, "product_id": what, "late": 0} | more


def everybody(log: Log) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return the places of those known at AS_OF, and the moment of each."""
    who = log.known_before(AS_OF)
    return who, np.full(who.size, AS_OF)


def shop_of(log: Log) -> Shop:
    """Return the shop as of AS_OF."""
    return shops.learned(log, AS_OF)[0]


class Reader:
    """Counts what a log says of its customers and products as of a moment, event by event."""

    def __init__(self, log: Log, as_of: int) -> None:
        self.as_of = as_of
        columns = {name: column.tolist() for name, column in log.columns.items() if column.size}
        self.events: list[Row] = []
        for customer in range(len(log.customers)):
            for i in range(int(log.offsets[customer]), int(log.offsets[customer + 1])):
                row = {name: column[i] for name, column in columns.items()}
                row |= {
                    "customer": customer,
                    "kind": KINDS[row["code"] % 128],
                    "order": row["order"] if row["order"] >= 0 else ("none", row["time"]),
                }
                for name, column in (("product", "product_id"), ("category", "category")):
                    code = row.get(column, -1)
                    row[f"{name} name"] = log.names[name][code].as_py() if code >= 0 else None
                if row["time"] < as_of and row.get("recorded", row["time"]) < as_of:
                    self.events.append(row)

    def of(self, customer: int, product: str | None = None, kinds: Sequence[str] = ("purchase",)) -> list[Row]:
        """Return a customer's events of some kinds, of a product or of all."""
        mine = [row for row in self.events if row["customer"] == customer and row["kind"] in kinds]
        return [row for row in mine if product is None or row["product name"] == product]

    def baskets(self, customer: int, product: str | None = None) -> list[int]:
        """Return the moments of a customer's baskets, the newest first: those of a product, or all."""
        newest: dict[Any, int] = {}
        for row in self.of(customer):
            newest[row["order"]] = max(newest.get(row["order"], NEVER), row["time"])
        mine = {row["order"] for row in self.of(customer, product)}
        return sorted((newest[order] for order in mine), reverse=True)

    def own(self, customer: int, product: str) -> dict[str, float]:
        """Return OWN and the decays."""
        with_it, every = self.baskets(customer, product), self.baskets(customer)
        newer = [sum(one > moment for one in every) for moment in with_it]
        lines, back = self.of(customer, product), self.of(customer, product, ("refund", "cancellation"))
        looks = self.of(customer, product, ("page_view", "cart_add", "cart_abandon"))
        edges = {days: sum(one >= self.as_of - days * DAY for one in with_it) for days in (28, 84)}
        every_one = [row["time"] for row in (*lines, *back, *looks)]
        told = {
            "baskets": len(with_it), "first": min(with_it, default=NEVER), "last": max(with_it, default=NEVER),
            "newer": newer[0] if newer else 0, "last_5": sum(one < 5 for one in newer),
            "last_25": sum(one < 25 for one in newer), "baskets_28d": edges[28], "baskets_84d": edges[84],
            "gap_newest": with_it[0] - with_it[1] if len(with_it) > 1 else -1,
            "units": sum(row["quantity"] for row in lines), "paid": sum(row["amount"] for row in lines),
            "given_back": len(back), "looks": len(looks), "looked": max((row["time"] for row in looks), default=NEVER),
            "seen": min(every_one, default=NEVER), "touched": max(every_one, default=NEVER),
        }  # fmt: skip
        for days in (14, 56, 112):
            told[f"decay_{days}d"] = sum(0.5 ** ((self.as_of - one) / (days * DAY)) for one in with_it)
        return told

    def whole(self, customer: int) -> dict[str, float]:
        """Return WHOLE."""
        every = self.baskets(customer)
        own = [(product, self.baskets(customer, product)) for product in PRODUCTS]
        lines = [row for row in self.of(customer) if row["product name"]]
        return {
            "all_baskets": len(every), "lines": sum(len(one) for _, one in own),
            "products": sum(bool(one) for _, one in own), "first_basket": min(every, default=NEVER),
            "last_basket": max(every, default=NEVER), "all_units": sum(row["quantity"] for row in lines),
            "all_baskets_28d": sum(one >= self.as_of - 28 * DAY for one in every),
            "all_paid": sum(row["amount"] for row in lines),
        }  # fmt: skip

    def static(self, product: str) -> dict[str, float]:
        """Return STATICS, and when the product was first seen."""
        who = sorted({row["customer"] for row in self.events})
        own = [self.own(one, product) for one in who]
        told: dict[str, float] = {}
        for name, days in (("share", 10**6), ("share_28d", 28), ("share_7d", 7)):
            edge = self.as_of - days * DAY
            buyers = sum(one["baskets"] > 0 and one["last"] >= edge for one in own)
            anything = sum(bool(every := self.baskets(one)) and every[0] >= edge for one in who)
            told[name] = buyers / max(anything, 1)
        old = [one for one in own if one["baskets"] and one["first"] < self.as_of - 28 * DAY]
        looked = [one for one in own if one["looks"]]
        span = sum((one["last"] - one["first"]) / DAY for one in own if one["baskets"] > 1)
        gaps = sum(one["baskets"] - 1 for one in own if one["baskets"] > 1)
        units, paid = sum(one["units"] for one in own), sum(one["paid"] for one in own)
        return told | {
            "repeat_rate": (sum(one["baskets"] > 1 for one in old) + 0.5) / (len(old) + 3),
            "usual_gap": span / gaps if gaps else math.nan,
            "price": paid / (units / 1000) if units else math.nan,
            "conversion": (sum(one["baskets"] > 0 for one in looked) + 0.5) / (len(looked) + 3),
            "first_seen": min((one["seen"] for one in own if one["seen"] > NEVER), default=NEVER),
        }  # fmt: skip
