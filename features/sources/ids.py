"""Ids: what they are in files, tables and requests alike, beside what holds for all text."""

import re

from features.arrow import literal

NAN = ("nan", "NaN", "NAN")
"""What programs write where they have no number: no id."""

MAIL = "[!-?A-~]+@[!-?A-~]+[.][!-?A-~]+"
"""A mail address in ASCII: in it capitals say nothing."""
_AT = re.compile("[!-?A-~]+@[!-?A-~]+")
"""A mail address where its second part has a point within: a pattern of that would try each point of a long text."""
ONCE_A_FLOAT = "[0-9]+[.]0"
"""A whole number that a program took for a float."""


def of_customer(text: str) -> str:
    """Return the id of a customer, which is in small letters where it is a mail address."""
    return text.lower() if _AT.fullmatch(text) and "." in text.partition("@")[2][1:-1] else text


def bared(some: list[str]) -> list[str]:
    """Return ids without the `.0` behind them where all have it: once they were whole numbers, then floats."""
    return [one.removesuffix(".0") for one in some] if all(re.fullmatch(ONCE_A_FLOAT, one) for one in some) else some


def customers_sql(given: str) -> str:
    """Return SQL for what `of_customer` returns of a text that is given as SQL."""
    mail = f"contains({given}, '@') AND regexp_full_match({given}, {literal(MAIL)})"
    return f"CASE WHEN {mail} THEN lower({given}) ELSE {given} END"
