"""UP-CF: against its formula, written out customer by customer."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.recommenders import street
from training.recommenders import shop as shops
from training.recommenders.up_cf import ALPHA, UpCf


@pytest.mark.parametrize("power", [1.0, 5.0])
@settings(max_examples=30, deadline=None)
@given(rows=st.lists(street.rows, min_size=1, max_size=40))
def test_similar_customers_count_by_their_likeness(rows: list[dict[str, Any]], power: float) -> None:
    log = street.log_of(rows)
    who, as_of = street.everybody(log)
    shop, crowd = shops.learned(log, street.AS_OF)
    seen = shop.seen(log, who, as_of)
    (scores,) = UpCf.of(crowd, len(shop.items), power).keys(seen, seen.pairs.why > 0)
    reader, ids = street.Reader(log, street.AS_OF), shop.items.ids.to_pylist()
    recent = np.zeros((who.size, len(ids)))
    for row, customer in enumerate(who.tolist()):
        baskets = min(max(len(reader.baskets(customer)), 1), 25)
        recent[row] = [reader.own(customer, product)["last_25"] / baskets for product in ids]
    length = (recent**2).sum(1)
    for row in range(who.size):
        likeness = (recent @ recent[row]) / np.maximum(length[row] ** ALPHA * length ** (1 - ALPHA), 1e-300)
        expected = recent[row] + (likeness**power) @ recent
        pairs = slice(int(seen.pairs.begin[row]), int(seen.pairs.begin[row + 1]))
        np.testing.assert_allclose(scores[pairs], expected[seen.pairs.item[pairs]], rtol=1e-9)
