"""Strict JSON: what msgspec takes and this does not, and that nothing else is refused."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException

from serving import shape
from serving.limits.strict import decode


def _refused(body: bytes, what: type = shape.Request) -> tuple[int, str]:
    with pytest.raises(HTTPException) as refused:
        decode(body, what)
    return refused.value.status_code, refused.value.detail


@pytest.mark.parametrize(
    "body",
    [
        b'{"customer_ids":["a"],"customer_ids":["b"]}',
        b'{"customer_ids":["a:\\"b"],"language":"en", "language" : "en"}',
        b'{"customer_ids":["a"],"customer\\u005fids":["b"]}',
    ],
)
def test_a_key_that_stands_twice_is_refused(body: bytes) -> None:
    assert msgspec.json.decode(body, type=shape.Request)
    assert _refused(body) == (
        422,
        "a key stands more than once in an object; which of its values counts is not told",
    )


def test_a_key_that_stands_twice_in_one_event_is_refused() -> None:
    event = '{"customer_id":"a","occurred_at":"2017-12-20T10:30:00Z","event":"purchase","amount":1.5,"amount":2.5}'
    assert _refused(f'{{"events":[{event}]}}'.encode(), shape.ScoreRequest)[0] == 422


@pytest.mark.parametrize("text", ["\\u0000", "a\\u0000b", "\\\\\\u0000"])
def test_a_nul_is_refused(text: str) -> None:
    assert _refused(f'{{"customer_ids":["{text}"]}}'.encode()) == (422, "a text has a NUL (\\u0000); none may")


def test_what_only_looks_like_a_nul_is_taken() -> None:
    assert decode(b'{"customer_ids":["\\\\u0000"]}', shape.Request).customer_ids == ["\\u0000"]


@pytest.mark.parametrize(
    "body",
    [b'{"customer_ids":["\\ud800"]}', b'{"customer_ids":["\xed\xa0\x80"]}', b"\xff", b'{"customer_ids":["\xff"]}'],
)
def test_what_is_no_unicode_is_refused(body: bytes) -> None:
    status, detail = _refused(body)
    assert status == 400
    assert len(detail) < 120


_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(st.characters(exclude_characters="\0", codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text('":\\a'), inner),
)


@given(_values, st.booleans(), st.sampled_from([None, 2]))
def test_whatever_has_each_key_once_is_taken(value: object, ascii_: bool, indent: int | None) -> None:
    assert decode(json.dumps(value, ensure_ascii=ascii_, indent=indent).encode(), object) == value
