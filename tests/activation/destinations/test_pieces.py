"""Pieces: as many rows as a call takes, by items and by bytes, in their order, and nobody twice in one."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activation.destinations import shipped
from activation.destinations.row import Row
from tests.activation.destinations import example

CALLS = [(kind, change, operation) for kind in example.TABLES for change, operation in example.asked(kind)]
FIELDS = st.dictionaries(st.sampled_from(["churn_band", "score"]), st.text(max_size=200) | st.integers(), max_size=2)


def drawn(kind: str, change: str, people: list[int], fields: list[dict[str, Any]], keys: list[str]) -> list[Row]:
    rows = example.rows(kind, change, 10)
    return [
        msgspec.structs.replace(
            rows[person],
            id=f"row-{place}",
            fields=fields[place % len(fields)] if change != "erase" else {},
            key=keys[place % len(keys)] if change != "event" else "",
        )
        for place, person in enumerate(people)
    ]


@pytest.mark.parametrize(("kind", "change", "operation"), CALLS)
@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=40),
    st.lists(FIELDS, min_size=1, max_size=3),
    st.lists(st.sampled_from(["1", "2"]), min_size=1, max_size=3),
)
def test_pieces_keep_limits_and_order(
    kind: str, change: str, operation: str, people: list[int], fields: list[dict[str, Any]], keys: list[str]
) -> None:
    one = example.destination(kind)
    known = one.definition.operations[operation]
    small = msgspec.structs.replace(known, items=min(known.items, 7), bytes=2_000 if known.bytes else 0)
    object.__setattr__(one, "definition", msgspec.structs.replace(one.definition, operations={operation: small}))
    rows = [row for row in drawn(kind, change, people, fields, keys) if not one.fitting(operation, row)]
    cut = list(one.pieces(operation, rows))
    assert [row for piece in cut for row in piece] == rows
    for piece in cut:
        request = one.request(operation, piece, example.SECRETS, example.NOW)
        assert request.rows == tuple(row.id for row in piece)
        assert not small.items or len(piece) <= small.items
        assert not small.bytes or len(request.body) <= small.bytes
        assert change == "event" or len({row.customer for row in piece}) == len(piece)
        if "key" in one.calls[operation].names.outside:
            assert len({row.key for row in piece}) == 1


def test_pieces_are_full() -> None:
    """As many as may: 250 rows at 100 a call are three calls."""
    rows = example.rows("hubspot", "enter", 250, identifiers={})
    rows = [msgspec.structs.replace(row, identifiers={"email": f"a{n}@b.co"}) for n, row in enumerate(rows)]
    assert [len(piece) for piece in example.destination("hubspot").pieces("upsert", rows)] == [100, 100, 50]


def test_bytes_are_filled_up_to_the_limit() -> None:
    one = example.destination("segment")
    rows = [
        msgspec.structs.replace(row, identifiers={"customer_id": f"c{n:05}"}, fields={"x": "y" * 900})
        for n, row in enumerate(example.rows("segment", "enter", 1_000))
    ]
    sizes = [
        len(one.request("identify", piece, example.SECRETS, example.NOW).body) for piece in one.pieces("identify", rows)
    ]
    assert max(sizes) <= 500_000
    assert sizes[0] > 480_000


def test_a_row_that_is_too_large_fits_no_call_and_says_so() -> None:
    one = example.destination("segment")
    (row,) = example.rows("segment", "enter", 1, fields={"x": "y" * 32_000})
    assert "32000 are allowed" in one.fitting("identify", row)


@pytest.mark.parametrize("kind", example.TABLES)
def test_limits_are_limits(kind: str) -> None:
    known = shipped.read(shipped.shipped()[kind])
    for operation in known.operations.values():
        assert operation.items > 0 or operation.method == "WRITE"
        assert not operation.item_bytes or operation.item_bytes <= operation.bytes
