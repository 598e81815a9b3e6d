"""Groups: what proposals that hang together would make."""

import numpy as np

from features.matching.group import beyond, groups


def test_proposals_that_hang_together_are_a_group() -> None:
    group = groups(np.array([1, 2]), np.array([2, 4]), 5)
    assert group.tolist() == [0, 1, 1, 3, 1]


def test_a_group_with_too_many_of_a_kind_is_told() -> None:
    group = np.array([0, 1, 1, 3, 1])
    held = np.array([[1, 9], [1, 2], [0, 2], [1, 0], [0, 2]])
    assert beyond(group, held, {"user_id": 1, "email": 5}) == {1: "the group would have 6 email (limit 5)"}
    assert beyond(group, held, {"user_id": 1, "email": 6}) == {}
    assert beyond(group, np.zeros((5, 0), np.int64), {}) == {}
