"""What is sent to each destination for each change: method, address, headers without secrets, decoded body."""

import json

import pytest

from activation.destinations.shipped import shipped
from tests.activation.destinations import example, golden


def test_every_kind_has_an_example() -> None:
    assert set(example.TABLES) == set(shipped())


@pytest.mark.parametrize("kind", example.TABLES)
def test_a_request_is_what_is_kept_of_it(kind: str) -> None:
    kept = json.loads((golden.FOLDER / f"{kind}.json").read_text(encoding="utf-8"))
    assert golden.told(kind) == kept


@pytest.mark.parametrize("kind", example.TABLES)
def test_a_request_is_made_twice_alike(kind: str) -> None:
    one = example.destination(kind)
    for change, operation in example.asked(kind):
        piece = next(iter(one.pieces(operation, example.rows(kind, change))))
        first, second = (one.request(operation, piece, example.SECRETS, example.NOW) for _ in range(2))
        assert (first, first.headers, first.body) == (second, second.headers, second.body)
