"""The adjusted Rand index and Jaccard's, beside the library's and by hand."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from training.stability import rand


def test_it_is_that_of_the_library() -> None:
    generator = np.random.default_rng(0)
    for _ in range(20):
        one, other = (generator.integers(0, 4, 80).astype(np.int32) for _ in range(2))
        other[:60] = one[:60]
        assert rand.adjusted(rand.table(one, other, (4, 4))) == pytest.approx(adjusted_rand_score(one, other))


def test_other_names_are_the_same_partition_and_one_segment_is_like_itself() -> None:
    one = np.array([0, 0, 1, 2], np.int32)
    assert rand.adjusted(rand.table(one, 2 - one, (3, 3))) == 1
    assert rand.adjusted(rand.table(one * 0, one * 0, (1, 1))) == 1


def test_jaccard_is_the_shared_over_those_of_either() -> None:
    one, other = np.array([0, 0, 0, 1], np.int32), np.array([1, 1, 0, 0], np.int32)
    found = rand.jaccard(rand.table(one, other, (3, 2)))
    assert found[:2] == pytest.approx([2 / 3, 1 / 2])
    assert np.isnan(found[2])
