"""What is popular in segments: counted over those who bought in 28 days, of enough buyers, and back from a folder."""

from pathlib import Path

import numpy as np

from tests.training.recommenders.street import AS_OF, bought, everybody, log_of, shop_of
from training.recommenders.popular import Assigned, Popular

LOG = log_of(
    [
        *(bought(f"a{n}", "tea", 3) for n in range(4)),
        *(bought(f"a{n}", "milk", 5) for n in range(2)),
        *(bought(f"a{n}", "wine", 40, "0") for n in range(4)),  # longer ago than 28 days
        *(bought(f"b{n}", "bread", 3) for n in range(3)),
        bought("b0", "tea", -1),  # after the moment
        bought("b1", "rice", 5, late=10 * 86_400_000_000),  # not known yet
    ]
)


def _fit(least: int, smallest: int = 0) -> dict[str, dict[str, list[tuple[str, float]]]]:
    items, (who, _) = shop_of(LOG).items, everybody(LOG)
    names = LOG.customers.take(who).to_pylist()
    places = np.array([0 if name.startswith("a") else 1 for name in names], np.int32)
    found = Popular.fit(items, LOG, who, AS_OF, {"by": Assigned(["first", "second"], places)}, least, smallest)
    return {
        segmenter: {
            segment: [(items.ids[place].as_py(), share) for place, share in own] for segment, own in every.items()
        }
        for segmenter, every in found.segments.items()
    }


def test_shares_are_of_the_buyers_of_28_days() -> None:
    assert _fit(1) == {"by": {"first": [("tea", 1.0), ("milk", 0.5)], "second": [("bread", 1.0)]}}


def test_of_too_few_buyers_nothing_is_told() -> None:
    assert _fit(4) == {"by": {"first": [("tea", 1.0), ("milk", 0.5)]}}


def test_of_a_product_of_too_few_buyers_nothing_is_told() -> None:
    assert _fit(1, 3) == {"by": {"first": [("tea", 1.0)], "second": [("bread", 1.0)]}}


def test_it_comes_back_from_a_folder(tmp_path: Path) -> None:
    made = Popular({"by": {"first": [(3, 1.0), (1, 0.5)]}})
    made.save(tmp_path)
    assert Popular.load(tmp_path) == made
