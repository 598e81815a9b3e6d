"""A challenger's lists beside the champion's, by the same customers at two origins."""

from pathlib import Path

import numpy as np

from tests.training.recommenders.street import bought, log_of, shop_of
from training.gate import offered
from training.recommenders.by_columns import DECAY_REPEAT, FREQUENCY, POPULARITY
from training.recommenders.by_product import ByProduct
from training.recommenders.compared import Compared
from training.recommenders.lists import BUY_AGAIN, CHOSEN, NEW_TO_YOU
from training.recommenders.method import Method
from training.recommenders.offering import Offering
from training.recommenders.recommender import Recommender


def _offering(again: Method, better: float = 0.0, worse_at: int = 2) -> Offering:
    """Return an offering whose frequency finds so much more than its decay at the first origins."""
    shop = shop_of(log_of([bought(who, what, 5) for who in ("ann", "bob") for what in ("bread", "milk")]))
    rng = np.random.default_rng(1)
    figures = []
    for place in range(2):
        base = rng.uniform(0.2, 0.4, 400)
        more = better if place < worse_at else 0.0
        again_figures = {DECAY_REPEAT.name: base, FREQUENCY.name: base + more + rng.normal(0, 0.01, 400)}
        figures.append({BUY_AGAIN: again_figures, NEW_TO_YOU: {POPULARITY.name: base}})
    return Offering(
        Recommender(shop, {BUY_AGAIN: again, NEW_TO_YOU: POPULARITY}), ByProduct(), Compared((2, 1), tuple(figures))
    )


def test_what_finds_less_than_the_champion_at_both_origins_is_refused() -> None:
    new, old = (_offering(method, 0.02) for method in (DECAY_REPEAT, FREQUENCY))
    again, fresh = offered.judge(new, old)
    assert (again.target, again.passed, again.shown[:5]) == (BUY_AGAIN, False, "-0.01")
    assert (fresh.target, fresh.passed) == (NEW_TO_YOU, True)
    assert all(verdict.passed for verdict in offered.judge(_offering(FREQUENCY, 0.02), new))


def test_one_origin_alone_refuses_nothing() -> None:
    new, old = (_offering(method, 0.02, worse_at=1) for method in (DECAY_REPEAT, FREQUENCY))
    assert all(verdict.passed for verdict in offered.judge(new, old))


def test_a_champion_that_offers_is_not_followed_by_one_that_does_not() -> None:
    offers = _offering(FREQUENCY)
    (verdict,) = offered.judge(None, offers)
    assert not verdict.passed
    assert "RECOMMEND" in verdict.advice
    assert offered.judge(offers, None) == ()
    assert [one.target for one in offered.judge(offers, offers)] == list(CHOSEN)


def test_what_was_compared_comes_back_from_a_folder(tmp_path: Path) -> None:
    made = _offering(FREQUENCY, 0.02)
    made.save(tmp_path)
    back = Offering.load(tmp_path)
    assert back.chosen == made.chosen
    assert back.compared.moments == made.compared.moments
    for one, other in zip(back.compared.figures, made.compared.figures, strict=True):
        assert {task: list(every) for task, every in one.items()} == {
            task: list(every) for task, every in other.items()
        }
        assert all(np.array_equal(one[task][name], other[task][name]) for task in other for name in other[task])
