"""Bootstrap: groups that are there are found again, and a cut through nothing is not."""

from functools import partial

import numpy as np
import pytest

from training.segmenters import Clusters, Facts
from training.segmenters.inputs import Inputs
from training.segmenters.nested import Nested
from training.stability.bootstrap import inside, stability

GENERATOR = np.random.default_rng(3)
NAMES = ("one", "other", "third")
APART = np.repeat([[0, 0, 0], [9, 0, 1], [0, 9, 2]], 200, axis=0) + GENERATOR.normal(size=(600, 3))
NONE = GENERATOR.normal(size=(600, 3))


def _fit(facts: Facts) -> Clusters:
    return Clusters.fit("groups", Inputs.ranked(facts, NAMES), facts, 3, starts=3)


def test_groups_are_found_again_and_a_cut_through_one_cloud_is_not() -> None:
    for x, low, high in ((APART, 0.88, 1.0), (NONE, -0.1, 0.75)):
        facts = Facts(x.astype(np.float32), NAMES)
        found = stability(_fit, _fit(facts), facts, pairs=8)
        assert low <= found.p10 <= found.ari <= high
        assert min(found.jaccard) <= 1
        assert sum(found.shares) == pytest.approx(1)
        assert (found.pairs, found.sample) == (8, 600)


def test_the_same_seed_gives_the_same_figures() -> None:
    facts = Facts(NONE.astype(np.float32), NAMES)
    whole = _fit(facts)
    assert stability(_fit, whole, facts, 3, 200) == stability(_fit, whole, facts, 3, 200)
    assert stability(_fit, whole, facts, 3, 200) != stability(_fit, whole, facts, 3, 200, seed=1)


def test_who_never_purchased_is_left_out() -> None:
    x = np.column_stack([GENERATOR.gamma(2, 5, 300), GENERATOR.gamma(2, 5, 300), GENERATOR.gamma(2, 500, 300)])
    x[:100, 1] = np.nan
    facts = Facts(x.astype(np.float32), ("purchase_activity", "purchase_recency", "spend_364d"))
    fit = partial(Nested.fit, shape=(3, 2))
    whole = fit(facts)
    assert inside(whole, facts).sum() == 200
    found = stability(fit, whole, facts, 4)
    assert found.sample == 200
    assert len(found.jaccard) == len(found.shares) == 6
