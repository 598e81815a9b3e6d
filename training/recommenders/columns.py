# ruff: noqa: E501  a table
"""Columns: what a ranker sees of a customer and a product, declared in one table and computed by one compiled loop.

The loop is generated from the table into a readable file named by its hash, as the kernel's scan is: neither it nor
Numba's cache beside it can be stale.

Why not a context of the kernel: a kernel's row is a customer, and its features of one product would be a selection
for each product that is considered. Asked of 200 candidates that is 200 scans; this walks a customer's events once
for all of them (`history`), and looks up what it found.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from features import clock
from features.kernel import kernel
from features.log.event import QUANTITY_UNITS
from training.recommenders.candidates import RELATIONS, Pairs
from training.recommenders.history import HALF_LIVES, OWN, WHOLE, Histories, Ints
from training.recommenders.items import STATICS, Items


@dataclass(frozen=True)
class Column:
    """One column."""

    name: str
    meaning: str
    unit: str
    formula: str
    """Python of OWN, decay_14d and so on, WHOLE, STATICS, RELATIONS, `first_seen` and `as_of`; DAY, NAN and ONE, the
    log's units of quantity in one. Integers are int64; what is not known is NAN."""


COLUMNS: tuple[Column, ...] = (
    Column("baskets", "baskets of the customer with the product", "baskets", "baskets"),
    Column("share_of_baskets", "their share of the customer's baskets", "share", "baskets / all_baskets if all_baskets else NAN"),
    Column("days_since", "days since the last one", "days", "(as_of - last) / DAY if baskets else NAN"),
    Column("baskets_since", "baskets of the customer after the last one", "baskets", "newer if baskets else NAN"),
    Column("days_known", "days since the first one", "days", "(as_of - first) / DAY if baskets else NAN"),
    Column("gap", "mean days between two of them", "days", "(last - first) / DAY / (baskets - 1) if baskets > 1 else NAN"),
    Column("newest_gap", "days between the last two", "days", "gap_newest / DAY if gap_newest >= 0 else NAN"),
    Column("due", "days since the last one over the mean gap", "times", "(as_of - last) * (baskets - 1) / (last - first) if baskets > 1 and last > first else NAN"),
    Column("usually_due", "days since the last one over the mean gap of all buyers", "times", "(as_of - last) / DAY / usual_gap if baskets and usual_gap > 0 else NAN"),
    Column("decay_14d", "baskets with the product, each half as much after 14 days", "baskets", "decay_14d"),
    Column("decay_56d", "the same after 56 days", "baskets", "decay_56d"),
    Column("decay_112d", "the same after 112 days", "baskets", "decay_112d"),
    Column("last_5", "of the newest five baskets those with it", "baskets", "last_5"),
    Column("last_25", "of the newest 25", "baskets", "last_25"),
    Column("baskets_28d", "baskets with it in 28 days", "baskets", "baskets_28d"),
    Column("baskets_84d", "baskets with it in 84 days", "baskets", "baskets_84d"),
    Column("units", "units in a basket with it", "units", "units / ONE / baskets if baskets else NAN"),
    Column("given_back", "refunds and cancellations of it", "events", "given_back"),
    Column("looks", "views and carts of it", "events", "looks"),
    Column("days_since_look", "days since the newest", "days", "(as_of - looked) / DAY if looks else NAN"),
    Column("share", "which share of all buyers ever bought it", "share", "share"),
    Column("share_28d", "which share of the buyers of 28 days bought it then", "share", "share_28d"),
    Column("share_7d", "the same of 7 days", "share", "share_7d"),
    Column("repeat_rate", "how surely buyers buy it again", "share", "repeat_rate"),
    Column("usual_gap", "mean days between two baskets with it, of all buyers", "days", "usual_gap"),
    Column("age", "days since anybody's first event with it", "days", "(as_of - first_seen) / DAY"),
    Column("price", "what a unit costs on the mean", "money", "price"),
    Column("conversion", "how surely who looked at it bought it", "share", "conversion"),
    Column("relative_price", "what a unit costs over what the customer's units do", "times", "price * all_units / ONE / all_paid if all_paid > 0 else NAN"),
    Column("basket_size", "different products in a basket of the customer", "products", "lines / all_baskets if all_baskets else NAN"),
    Column("novelty", "which share of the lines was the first of its product", "share", "products / lines if lines else NAN"),
    Column("all_baskets", "baskets of the customer", "baskets", "all_baskets"),
    Column("all_baskets_28d", "those of 28 days", "baskets", "all_baskets_28d"),
    Column("silence", "days since the customer's last basket", "days", "(as_of - last_basket) / DAY if all_baskets else NAN"),
    Column("category_share", "which share of the lines is of the product's category", "share", "in_category / lines if lines else NAN"),
    Column("ease", "what EASE makes of all that was bought", "weight", "ease"),
    Column("ease_56d", "the same, each product as its decay of 56 days", "weight", "ease_56d"),
    Column("cosine", "the cosines to all that was bought", "weight", "cosine"),
    Column("cosine_56d", "the same, each product as its decay of 56 days", "weight", "cosine_56d"),
    Column("decay_repeat", "the decay of 56 days times the repeat rate", "baskets", "decay_56d * repeat_rate"),
    Column("look_worth", "the conversion, half as much after each week since the newest look", "share", "conversion * 0.5 ** ((as_of - looked) / DAY / 7) if looks else 0.0"),
)  # fmt: skip
"""All of them; the order is that of the ranker's features."""

NAMES = tuple(column.name for column in COLUMNS)

_MODULE = '''\
"""Computes {count} columns of customers and products. Generated by training/recommenders/columns.py; never edited."""

import numpy as np
from numba import njit

DAY, ONE, NAN = {day}, {one}, np.nan


@njit(cache=True, nogil=True)
def fill(moment, begin, item, place, relation, known, decay, customer, static, since, out):
    for row in range(moment.size):
        as_of = moment[row]
        {customer}
        for pair in range(begin[row], begin[row + 1]):
            i, o = item[pair], place[pair]
            first_seen = since[i]
            {pair}
            {columns}
'''


def values(pairs: Pairs, found: Histories, as_of: Ints, items: Items) -> NDArray[np.float32]:
    """Return the columns of customers and products.

    Args:
        pairs: who and what.
        found: what the customers' events say.
        as_of: the customers' moments, shape (customers,).
        items: the products.

    Returns:
        shape (pairs, COLUMNS); NaN where something is not known.
    """
    out = np.empty((pairs.item.size, len(COLUMNS)), np.float32)
    known = (found.own, found.decays, found.whole, items.statics, items.first_seen)
    loop()(np.ascontiguousarray(as_of), pairs.begin, pairs.item, pairs.own, pairs.relations, *known, out)
    return out


def source() -> str:
    """Return the text of the compiled loop."""
    pair = {
        "known[o, {}]": OWN,
        "decay[o, {}]": tuple(f"decay_{days}d" for days in HALF_LIVES),
        "static[i, {}]": STATICS,
        "relation[pair, {}]": RELATIONS,
    }
    told = [f"{name} = {text.format(at)}" for text, names in pair.items() for at, name in enumerate(names)]
    return _MODULE.format(
        count=len(COLUMNS),
        day=clock.DAY,
        one=QUANTITY_UNITS,
        customer="\n        ".join(f"{name} = customer[row, {at}]" for at, name in enumerate(WHOLE)),
        pair="\n            ".join(told),
        columns="\n            ".join(f"out[pair, {at}] = {one.formula}" for at, one in enumerate(COLUMNS)),
    )


@cache
def loop() -> Callable[..., None]:
    """Return the compiled loop, written and compiled where it is new."""
    filled: Callable[..., None] = kernel.load(source()).fill
    return filled
