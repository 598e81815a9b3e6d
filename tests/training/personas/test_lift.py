"""Lift: what segments buy beyond the rest, counted by customer, and told where chance would hardly give it."""

from dataclasses import replace
from math import exp, sqrt
from typing import Any

import numpy as np
import pytest

from features.log.log import Log
from tests.features.kernel.test_kernel import AS_OF
from tests.training.recommenders.rows import REFUND, row
from tests.training.recommenders.rows import log as log_of
from training.personas.lift import DAYS, NOTHING, Sold, beyond, sold


def _assigned(made: Log, **segments: int) -> dict[str, Any]:
    return {"rfm": np.array([segments.get(name, -1) for name in made.customers.to_pylist()], np.int32)}


def test_customers_are_counted_once_by_what_they_bought_in_the_newest_days() -> None:
    rows = [row("a", "p", 5), row("a", "p", 6), row("a", "q", 7, category="hats"), row("b", "q", 8, category="hats")]
    rows += [row("b", "p", 9, kind=REFUND), row("b", "p", DAYS + 1), row("c", None, 3, category=None)]
    rows += [row("d", "p", 3), row("e", "p", 5, recorded_at=AS_OF), row("e", "p", -1), row("a", "p", DAYS)]
    made = log_of(rows)
    found = sold(made, AS_OF, _assigned(made, a=0, b=0, c=1, e=1), {"rfm": 2})["rfm"]
    assert found.buyers.tolist() == [2, 1]
    told = {name: found.customers[:, n].tolist() for n, (_, name, _) in enumerate(found.things)}
    assert told == {"shoes": [1, 0], "hats": [2, 0], "p": [1, 0], "q": [2, 0]}
    assert [about for about, _, _ in found.things] == ["category", "category", "product", "product"]


def test_segments_that_are_told_together_are_counted_together() -> None:
    things = (("category", "shoes", "shoes"),)
    found = Sold(np.array([5, 2, 0, 4]), np.array([[3], [1], [0], [2]]), things)
    merged = found.merged(np.array([0, 1, -1, 1], np.int32), 2)
    assert (merged.buyers.tolist(), merged.customers.tolist()) == ([5, 6], [[3], [3]])


THINGS = (("category", "wine", "Wine"), ("category", "beer", "Beer"), ("product", "7", "A red one"))


def test_what_is_bought_beyond_the_rest_has_its_lift_and_interval() -> None:
    found = beyond(Sold(np.array([200, 400]), np.array([[80, 100, 60], [40, 200, 20]]), THINGS))
    first, second = found.segments
    assert [(one.about, one.title) for one in first] == [("category", "Wine"), ("product", "A red one")]
    assert second == ()
    wine = first[0]
    assert (wine.customers, wine.inside, wine.rest) == (80, 0.4, 0.1)
    assert wine.lift == pytest.approx(4.0)
    error = sqrt(1 / 80 - 1 / 200 + 1 / 40 - 1 / 400)
    assert (wine.lo, wine.hi) == pytest.approx((4 * exp(-1.959964 * error), 4 * exp(1.959964 * error)), rel=1e-6)
    assert found.tested == 6
    assert wine.p <= wine.adjusted < 0.05
    (plain,) = found.plain((wine,))
    assert plain == {**{k: v for k, v in vars(wine).items() if k != "adjusted"}, "p": wine.adjusted}
    assert "p" not in replace(found, described=True).plain((wine,))[0]


def test_nothing_is_told_that_chance_gives() -> None:
    rng = np.random.default_rng(0)
    things = tuple(("product", str(n), str(n)) for n in range(200))
    for _ in range(5):
        counts = np.stack([rng.binomial(n, 0.2, 200) for n in (300, 500, 700)])
        assert beyond(Sold(np.array([300, 500, 700]), counts, things)).segments == ((), (), ())


def test_few_customers_are_never_told_of() -> None:
    counted = Sold(np.array([200, 400]), np.array([[80, 100, 60], [40, 200, 12]]), THINGS)
    assert [one.name for one in beyond(counted, 20).segments[0]] == ["wine"]
    assert beyond(Sold(np.array([20, 400]), np.array([[15, 1, 9], [40, 200, 12]]), THINGS)).tested == 0
    assert beyond(Sold(np.array([10, 400]), np.array([[5], [40]]), THINGS[:1]), 20).segments == ((), ())
    assert NOTHING.segments == ()


def test_what_nobody_else_buys_has_no_ratio_and_is_not_told() -> None:
    found = beyond(Sold(np.array([200, 400]), np.array([[80], [0]]), THINGS[:1]))
    assert (found.segments, found.tested) == (((), ()), 0)


def test_a_log_without_products_or_categories_is_counted_as_nothing() -> None:
    made = log_of([row("a", None, category=None)])
    found = sold(made, AS_OF, _assigned(made, a=0), {"rfm": 1})["rfm"]
    assert (found.buyers.tolist(), found.things, found.customers.shape) == ([1], (), (1, 0))
    assert beyond(found).segments == ((),)
