"""Strict JSON: a body is of its shape, each key stands once, and no text has a NUL."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, TypeVar, cast

import msgspec
from starlette.exceptions import HTTPException

Shape = TypeVar("Shape")
_NESTS = (dict, list)
_untyped = msgspec.json.Decoder().decode


@cache
def _decoder(shape: Any) -> Callable[[bytes], Any]:
    return msgspec.json.Decoder(shape).decode


def decode(body: bytes, shape: type[Shape]) -> Shape:
    """Return the body as `shape`, strictly.

    Raises:
        HTTPException: 400 where it is no JSON, 422 where it is not of that shape; the message holds no values.
    """
    try:
        found: Shape = _decoder(cast("Any", shape))(body)
        plain = _untyped(body)
    except msgspec.ValidationError as error:
        raise HTTPException(422, _explained(str(error), shape)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise HTTPException(400, f"malformed JSON: {_unrepeated(error)}") from None
    bare = body.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in body else body
    if b"\\u0000" in bare:
        raise HTTPException(422, "a text has a NUL (\\u0000); none may")
    # A colon outside of texts is a key's; msgspec takes the last of those that are the same, and says nothing.
    if b"".join(bare.split(b'"')[::2]).count(b":") != _keys(plain):
        raise HTTPException(422, "a key stands more than once in an object; which of its values counts is not told")
    return found


def _keys(value: Any) -> int:
    """Return how many keys there are in a value, at any depth; a walk that calls itself would give up too soon."""
    count = 0
    left: list[Any] = [value]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            count += len(one)
        inner: Iterable[Any] = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        left += [two for two in inner if isinstance(two, _NESTS)]
    return count


def _unrepeated(error: Exception) -> str:
    """Return what a decoder says, but for what would repeat the body."""
    if isinstance(error, UnicodeDecodeError):
        return f"{error.encoding!r} codec can't decode byte 0x{error.object[error.start]:02x}: {error.reason}"
    return str(error)


def _explained(message: str, shape: type) -> str:
    """Return msgspec's message; an unknown field is not repeated, since it may be a customer's data."""
    if "unknown field" not in message:
        return message
    _, _, place = message.partition(" - at ")
    if place:
        return f"there is an unknown field - at {place}"
    return f"there is an unknown field; allowed are {', '.join(getattr(shape, '__struct_fields__', ()))}"
