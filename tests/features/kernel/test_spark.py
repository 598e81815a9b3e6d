"""Pieces of whole customers, out of batches that are cut anywhere."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.kernel import spark


@given(
    sizes=st.lists(st.integers(1, 9), max_size=12),
    cuts=st.lists(st.integers(0, 7), min_size=1),
    rows=st.integers(1, 12),
)
def test_a_piece_ends_where_a_customer_does_and_nothing_is_lost(sizes: list[int], cuts: list[int], rows: int) -> None:
    owners = [f"{number:02}" for number, size in enumerate(sizes) for _ in range(size)]
    whole = pa.table({"customer": pa.array(owners, pa.string()), "row": list(range(len(owners)))})
    batches, at = [], 0
    while at < len(owners):
        for cut in [*cuts, 1]:
            batches += whole.slice(at, cut).to_batches()
            at += cut
    found = list(spark.pieces(iter(batches), "customer", rows))
    assert [row for piece in found for row in piece["row"].to_pylist()] == list(range(len(owners)))
    seen: set[str] = set()
    for piece in found:
        own = set(piece["customer"].to_pylist())
        assert not own & seen
        seen |= own
    assert all(len(piece) < rows + 2 * max(sizes) + max([*cuts, 1]) for piece in found)


def test_one_customer_with_more_rows_than_a_piece_is_in_one() -> None:
    batches = pa.table({"customer": ["a"] * 10 + ["b"]}).to_batches(max_chunksize=3)
    assert [len(piece) for piece in spark.pieces(iter(batches), "customer", 2)] == [10, 1]


@pytest.mark.parametrize("empty", [[], [pa.record_batch({"customer": pa.array([], pa.string())})]])
def test_no_rows_are_no_pieces(empty: list[pa.RecordBatch]) -> None:
    assert not list(spark.pieces(iter(empty), "customer"))
