"""Media types: a filled template as the bytes of a body."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec

from activation.destinations.conversion import Unfit
from activation.destinations.template import ABSENT


def _json(body: Any) -> bytes:
    return msgspec.json.encode(body)


def _ndjson(body: Any) -> bytes:
    return b"".join(_json(one) + b"\n" for one in body)


def _form(body: Any) -> bytes:
    """Return a table as a form; what is no text in it is JSON."""
    return urlencode(
        {name: one if isinstance(one, str) else _json(one).decode() for name, one in body.items()}
    ).encode()


MEDIA: Mapping[str, tuple[str, Callable[[Any], bytes]]] = {
    "json": ("application/json", _json),
    "json_api": ("application/vnd.api+json", _json),
    "ndjson": ("application/x-ndjson", _ndjson),
    "form": ("application/x-www-form-urlencoded", _form),
}
"""By the word of a data file: the type as a header has it, and what encodes."""


def encoded(media: str, body: Any) -> bytes:
    """Return the bytes of a body; none where there is none.

    Raises:
        Unfit: it cannot be written so.
    """
    if body is ABSENT or body is None:
        return b""
    try:
        return MEDIA[media][1](body)
    except (msgspec.EncodeError, UnicodeEncodeError, OverflowError) as error:
        raise Unfit(f"a body that {media} cannot hold ({type(error).__name__})") from None
