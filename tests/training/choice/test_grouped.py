"""Behaviour: what may be clustered follows from what a dataset has; noise and customers without groups are refused."""

import numpy as np
import pytest

from features.catalogue.catalogue import of_category
from features.catalogue.feature import Aggregate, Derived
from training.choice.grouped import Words, grouped
from training.segmenters import Facts
from training.segmenters.behaviour import LINES, sets, words
from training.stability.gate import Gate, NotStable
from training.stability.grade import Grade
from training.stability.outcome import After

TASTES = tuple(of_category(name, name)[0] for name in ("wine", "toys", "books", "pets"))
COUNT = Aggregate(LINES, "lines", "lines", "count", "purchase", 364)
QUICK = Gate(pairs=8)


def _derived(name: str) -> Derived:
    return Derived(name, name, "ratio", "ratio", "a", "b")


RHYTHM = tuple(map(_derived, ("gap_mean_364d", "lines_per_visit_364d", "repeat_share_364d")))


def _facts(tastes: np.ndarray, seed: int = 0) -> Facts:
    """Return customers with twenty lines by their tastes, shape (rows, 4)."""
    generator = np.random.default_rng(seed)
    counts = generator.multinomial(20, tastes / tastes.sum(1, keepdims=True))
    x = np.column_stack([counts, np.full(len(counts), 20), generator.gamma(2, 20, len(counts))])
    return Facts(x.astype(np.float32), (*(one.name for one in TASTES), LINES, "spend_364d"))


def test_the_sets_follow_from_the_features_tastes_first() -> None:
    assert [one.title for one in sets((*RHYTHM, *TASTES, COUNT))] == [
        "shares of 4 categories",
        "gap mean, lines per visit, repeat share",
    ]
    assert sets((*RHYTHM[:2], *TASTES[:2], COUNT)) == ()
    more = sets((*RHYTHM, _derived("discounted_line_share_364d")))
    assert [len(one.needs) for one in more] == [4, 3, 3]
    assert all(one.bound for one in more)


def test_groups_that_are_there_are_natural_and_have_names_and_numbers() -> None:
    facts = _facts(np.repeat(np.eye(4) + 0.1, 90, axis=0))
    told = Words(words((*TASTES, COUNT)), "EUR", "spend_364d")
    found = grouped(sets((*TASTES, COUNT)), facts, None, None, told, QUICK)
    assert found.verdict.passes
    assert found.verdict.grade is Grade.NATURAL
    assert found.verdict.entry == "4 clusters by shares of 4 categories"
    assert sorted(segment.title.split(" % ")[1].split(",")[0] for segment in found.segmenter.segments[:4]) == sorted(
        ("wine", "toys", "books", "pets")
    )
    again = found.again(facts)
    np.testing.assert_array_equal(again.assign(facts), found.segmenter.assign(facts))


@pytest.mark.parametrize("noise", ["gaussian", "uniform"])
def test_noise_is_refused(noise: str) -> None:
    generator = np.random.default_rng(2)
    x = generator.normal(size=(900, 3)) if noise == "gaussian" else generator.random((900, 3))
    names = tuple(one.name for one in RHYTHM)
    outcomes = Facts(generator.random((900, 1)).astype(np.float32), ("spend_per_day_28d",))
    rfm = generator.gamma(2, 9, (900, 4))
    map_ = ("purchase_recency", "purchase_tenure", "purchase_days_364d", "spend_364d")
    facts = Facts(np.column_stack([x, rfm]).astype(np.float32), (*names, *map_))
    try:
        found = grouped(
            sets(RHYTHM), facts, None, After(facts, outcomes, 28), Words(words(RHYTHM), "", "spend_364d"), QUICK
        )
    except NotStable as error:
        assert "at least 0.80 is needed" in str(error)  # noqa: PT017  either is a refusal
    else:
        assert not found.verdict.passes
        assert found.verdict.grade is not Grade.NATURAL


def test_one_taste_for_all_is_refused_with_the_figures() -> None:
    facts = _facts(np.random.default_rng(4).dirichlet(np.full(4, 3.0), 600))
    with pytest.raises(NotStable, match=r"not stable: at best \d clusters by shares of 4 categories, mean ARI 0\.\d+"):
        grouped(sets((*TASTES, COUNT)), facts, None, None, Words(words(TASTES), "EUR", "spend_364d"), QUICK)


def test_few_customers_are_refused_with_the_numbers() -> None:
    with pytest.raises(ValueError, match="got 40 customers with enough purchases; 300 are needed"):
        grouped(sets((*TASTES, COUNT)), _facts(np.ones((40, 4))), None, None, Words({}, "EUR", "spend_364d"), QUICK)
