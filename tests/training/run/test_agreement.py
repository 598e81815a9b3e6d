"""Two runs of a segmenter, on six customers whom one can count."""

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pytest

from training.run.agreement import NothingShared, agreement
from training.run.assignments import Assignments


def _told(customers: str, segments: Sequence[str]) -> Assignments:
    return Assignments("shop", "rfm", ("a", "b", "c"), pa.table({"customer_id": list(customers), "segment": segments}))


def test_sizes_shares_who_stayed_and_the_index_are_those_of_a_table_by_hand() -> None:
    told = agreement(_told("uvwxyz", "aaabbb"), _told("zyxwvu", "cbbbaa"))
    assert (told.customers, told.shared) == ((6, 6), 6)
    assert [(s.segment, s.customers, s.stayed, s.shared) for s in told.segments] == [
        ("a", (3, 2), 2, 3),
        ("b", (3, 3), 2, 3),
        ("c", (0, 1), 0, 0),
    ]
    assert told.segments[0].shares == (0.5, 2 / 6)
    # of 15 pairs 6 are together in the first, 4 in the second, 2 in both: (2 - 6 * 4 / 15) / ((6 + 4) / 2 - 6 * 4 / 15)
    assert told.ari == pytest.approx(0.4 / 3.4, rel=1e-12)


def test_customers_of_one_run_alone_count_in_its_sizes_and_not_in_the_index() -> None:
    told = agreement(_told("uvwx", "aabb"), _told("vwxyz", "abbcc"))
    assert (told.customers, told.shared, told.ari) == ((4, 5), 3, 1.0)
    assert [(s.stayed, s.shared) for s in told.segments] == [(1, 1), (2, 2), (0, 0)]


def test_runs_without_a_shared_customer_are_refused() -> None:
    with pytest.raises(NothingShared, match="rfm: the runs share no customer"):
        agreement(_told("uv", "ab"), _told("xy", "ab"))


def test_segments_of_few_in_either_run_are_told_with_those_beside_them() -> None:
    customers = "".join(chr(ord("A") + place) for place in range(20))
    first, second = (
        replace(_told(customers, segments), smallest=3)
        for segments in ("a" * 9 + "b" * 2 + "c" * 9, "a" * 9 + "b" * 3 + "c" * 8)
    )
    found = agreement(first, second).segments
    assert [(s.segment, s.customers, s.stayed, s.shared) for s in found] == [
        ("a", (9, 9), 9, 9),
        ("b, c (merged: few customers)", (11, 11), 11, 11),
    ]
    few = replace(_told(customers, "a" * 9 + "b" * 11), smallest=3), _told(customers, "a" * 10 + "b" * 10)
    (one,) = agreement(*few).segments  # else one is seen to have left b
    assert (one.customers, one.stayed, one.shared) == ((20, 20), 20, 20)
