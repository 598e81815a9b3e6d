"""Columns: every one of the table against a count event by event, whatever happened, in whatever order."""

import math
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from features.clock import DAY
from tests.training.recommenders import street
from tests.training.recommenders.street import AS_OF, CATEGORIES, Reader
from training.recommenders import columns
from training.recommenders.candidates import RELATIONS
from training.recommenders.columns import COLUMNS
from training.recommenders.neighbours import Neighbours
from training.recommenders.shop import Shop


def relations(shop: Shop, reader: Reader, customer: int, product: str) -> dict[str, float]:
    """Return what lies between, added up product by product."""
    ids = shop.items.ids.to_pylist()

    def weight(of: Neighbours, one: str) -> float:
        row = slice(int(of.begin[ids.index(one)]), int(of.begin[ids.index(one) + 1]))
        weights: dict[int, float] = dict(zip(of.item[row].tolist(), of.weight[row].tolist(), strict=True))
        return weights.get(ids.index(product), 0.0)

    own = {one: told for one in ids if (told := reader.own(customer, one))["baskets"]}
    kin = {name: {one: weight(of, one) for one in own} for name, of in (("ease", shop.ease), ("cosine", shop.cosine))}
    found = {name: sum(weights.values()) for name, weights in kin.items()}
    found |= {
        f"{name}_56d": sum(w * own[one]["decay_56d"] for one, w in weights.items()) for name, weights in kin.items()
    }
    same = [told["baskets"] for one, told in own.items() if CATEGORIES[one] == CATEGORIES[product]]
    return found | {"in_category": sum(same) if CATEGORIES[product] else 0}


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(street.rows, min_size=1, max_size=50))
def test_every_column_equals_a_count_event_by_event(rows: list[dict[str, Any]]) -> None:
    log = street.log_of(rows)
    who, as_of = street.everybody(log)
    shop = street.shop_of(log)
    seen = shop.seen(log, who, as_of)
    reader, ids = Reader(log, AS_OF), shop.items.ids.to_pylist()
    statics = {product: reader.static(product) for product in ids}
    for row, customer in enumerate(who.tolist()):
        for pair in range(int(seen.pairs.begin[row]), int(seen.pairs.begin[row + 1])):
            product = ids[seen.pairs.item[pair]]
            told = reader.own(customer, product) | reader.whole(customer) | statics[product]
            told |= relations(shop, reader, customer, product)
            told |= {"as_of": AS_OF, "DAY": DAY, "ONE": 1000, "NAN": math.nan}
            for column, value in zip(COLUMNS, seen.x[pair].tolist(), strict=True):
                expected = float(np.float32(eval(column.formula, {}, told)))  # noqa: S307  the table's own
                same = value == expected or (math.isnan(value) and math.isnan(expected))
                assert same or math.isclose(value, expected, rel_tol=1e-6), (column.name, product, value, expected)


def test_a_product_and_a_customer_are_told_by_name() -> None:
    assert len({column.name for column in COLUMNS}) == len(COLUMNS)
    assert len(RELATIONS) == len(set(RELATIONS))
    assert all(column.meaning and column.unit for column in columns.COLUMNS)
