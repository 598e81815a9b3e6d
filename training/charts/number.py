"""Numbers as people read them: one place says how many digits, and what stands where there is no number."""

import math

from features.catalogue.unit import digits

MISSING = "–"  # noqa: RUF001  a dash in a table is not a minus sign
MINUS = "\N{MINUS SIGN}"
SPACE = "\N{NO-BREAK SPACE}"
_LARGE, _MIDDLING = 1000, 10


def whole(value: float) -> str:
    """Return a count, with its thousands set apart."""
    return _signed(f"{value:,.0f}") if math.isfinite(value) else MISSING


def share(value: float, decimals: int = 1) -> str:
    """Return a share or probability in per cent."""
    return _signed(f"{value:.{decimals}%}".removesuffix("%")) + f"{SPACE}%" if math.isfinite(value) else MISSING


def decimal(value: float, decimals: int = 3) -> str:
    """Return a figure without a unit."""
    return _signed(f"{value:,.{decimals}f}") if math.isfinite(value) else MISSING


def amount(value: float) -> str:
    """Return a quantity of any size: more digits after the point the smaller it is."""
    size = abs(value)
    return decimal(value, 0 if size >= _LARGE or not size else 1 if size >= _MIDDLING else 2)


def money(value: float, currency: str) -> str:
    """Return an amount without its currency, with as many digits behind the point as that has."""
    return decimal(value, digits(currency))


def short(value: float, currency: str) -> str:
    """Return an amount as an axis has room for it: whole where it is large."""
    return decimal(value, 0 if abs(value) >= _LARGE else digits(currency))


def signed(text: str) -> str:
    """Return a formatted difference with its sign also where it is positive."""
    return text if text.startswith((MINUS, MISSING)) else f"+{text}"


def _signed(text: str) -> str:
    """Return the text with a true minus, and none before a zero that only rounding made negative."""
    if not text.startswith("-"):
        return text
    return f"{MINUS}{text[1:]}" if text.strip("-0.,") else text[1:]
