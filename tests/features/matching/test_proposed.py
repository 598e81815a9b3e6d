"""Proposed: what a person is asked, on three pairs of five customers."""

import numpy as np
import pyarrow as pa

from features.matching.agreement import DIFFERS, NEARLY, SAME, UNKNOWN
from features.matching.customers import Customers
from features.matching.pairs import Matched
from features.matching.proposed import proposed


def customers(different: frozenset[tuple[int, int]] = frozenset()) -> Customers:
    values = {
        "first": pa.array(["ann", "anne", "bob", "rob", "eve"]),
        "born": pa.array(["1980-01-02", "1980-01-02", None, "1970-03-04", "1970-03-04"]),
        "house": pa.array([7.0, 7.0, 12.5, 12.0, 12.0]),
    }
    return Customers(pa.array(list("abcde")), values, np.ones((5, 1), np.int64), {"user_id": 2}, different)


FOUND = Matched(
    np.array([3, 0, 2]),
    np.array([4, 1, 3]),
    np.array([0.99999, 0.97, 0.6]),
    {
        "first": np.array([DIFFERS, NEARLY, NEARLY]),
        "born": np.array([SAME, SAME, UNKNOWN]),
        "house": np.array([SAME, SAME, DIFFERS]),
    },
    [["born"]],
    np.array([True, False, False]),
    0,
)


def test_pairs_are_in_groups_the_surest_first_with_reasons_and_wait_for_a_person() -> None:
    assert proposed(FOUND, customers()).to_pylist() == [
        {
            "one": "d",
            "other": "e",
            "customer": "?",
            "probability": 0.9999,
            "reason": "same: born, house; differs: first (rob / eve); perhaps two of one household",
            "group": 1,
            "beyond": "the group would have 3 user_id (limit 2)",
        },
        {
            "one": "c",
            "other": "d",
            "customer": "?",
            "probability": 0.6,
            "reason": "nearly: first (bob / rob); differs: house (12.5 / 12); not known of both: born",
            "group": 1,
            "beyond": "the group would have 3 user_id (limit 2)",
        },
        {
            "one": "a",
            "other": "b",
            "customer": "?",
            "probability": 0.97,
            "reason": "same: born, house; nearly: first (ann / anne)",
            "group": 2,
            "beyond": None,
        },
    ]


def test_what_a_person_called_different_is_not_asked_again() -> None:
    found = proposed(FOUND, customers(frozenset({(3, 4)})))
    assert found.select(["one", "other", "beyond"]).to_pylist() == [
        {"one": "a", "other": "b", "beyond": None},
        {"one": "c", "other": "d", "beyond": None},
    ]
