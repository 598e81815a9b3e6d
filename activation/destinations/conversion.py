"""Conversions: a value of ours in the form that a destination takes. Numbers are written without an exponent."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Any

import msgspec

from activation.destinations import normal

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = 1_000_000
_EXACT = 2**63


class Unfit(ValueError):
    """A value cannot be told in the form that is asked for; the message holds nothing personal."""


def number(text: str) -> msgspec.Raw:
    """Return digits as a number of JSON."""
    return msgspec.Raw(text.encode())


def plain(value: Any) -> Any:
    """Return a value as JSON takes it: floats as digits, text, booleans, whole numbers and lists of these as they are.

    Raises:
        Unfit: it is no number, or of a type that JSON has not.
    """
    if value is None or isinstance(value, bool | msgspec.Raw):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        return value if -_EXACT <= value < _EXACT else number(str(value))
    if isinstance(value, float | Decimal):
        return number(digits(value))
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, Mapping):
        return {_text(str(name)): plain(one) for name, one in value.items()}
    raise Unfit(f"a value of type {type(value).__name__}; text, numbers, true, false and lists of them can be told")


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Unfit("text with half of a character pair, which no encoding has") from None
    return value


def digits(value: float | Decimal) -> str:
    """Return a number as digits without an exponent, as short as it is exact.

    Raises:
        Unfit: it is not finite.
    """
    if not isfinite(value):
        raise Unfit("a number that is none, or without bounds")
    text = format(Decimal(repr(value)) if isinstance(value, float) else value, "f")
    short = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if short == "-0" else short


def _string(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float | Decimal):
        return digits(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):  # as a file has it
        return "; ".join(_string(one) for one in value)
    raise Unfit(f"a value of type {type(value).__name__} where text is asked for")


def _number(value: Any) -> Any:
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return plain(value)
    try:
        return number(digits(Decimal(str(value).strip())))
    except InvalidOperation:
        raise Unfit("text that is no number where one is asked for") from None


def _integer(value: Any) -> Any:
    text = _number(value)
    said = bytes(text).decode() if isinstance(text, msgspec.Raw) else str(text)
    if not said.lstrip("-").isdigit():
        raise Unfit("a broken number where a whole one is asked for")
    return plain(int(said))


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise Unfit(f"a value of type {type(value).__name__} where true or false is asked for")


def moment(value: Any) -> int:
    """Return microseconds UTC of themselves, or of text as ISO 8601 has it.

    Raises:
        Unfit: it is no moment.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    try:
        read = datetime.fromisoformat(str(value))
    except ValueError:
        raise Unfit("text that is no moment where one is asked for") from None
    since = (read if read.tzinfo else read.replace(tzinfo=UTC)) - _EPOCH
    return (since.days * 86_400 + since.seconds) * _MICRO + since.microseconds


def iso8601(value: Any) -> str:
    """Return a moment as ISO 8601 in UTC, to the microsecond where it has them."""
    seconds, micro = divmod(moment(value), _MICRO)
    try:
        read = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise Unfit("a moment outside the years 1 to 9999") from None
    parts = f".{micro:06d}" if micro % 1000 else f".{micro // 1000:03d}" if micro else ""
    return f"{read:%Y-%m-%dT%H:%M:%S}{parts}Z"


def _digest(name: str) -> Callable[[Any], str]:
    return lambda value: hashlib.new(name, _string(value).encode(), usedforsecurity=False).hexdigest()


CONVERSIONS: Mapping[str, Callable[[Any], Any]] = {
    "": plain,
    "string": _string,
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "iso8601": iso8601,
    "epoch_us": moment,
    "epoch_ms": lambda value: moment(value) // 1000,
    "epoch_s": lambda value: moment(value) // _MICRO,
    "date": lambda value: iso8601(value)[:10],
    "sha256": _digest("sha256"),
    "md5": _digest("md5"),
    "google_email": normal.google_email,
    "google_phone": normal.google_phone,
    "json": lambda value: msgspec.json.encode(plain(value)).decode(),
}
"""By the word `as` of a template."""
