"""The nearest name, for errors that say what is allowed."""

import re
from collections.abc import Collection
from difflib import get_close_matches

_UNKNOWN = re.compile(r"unknown field `([^`]*)`")


def nearest(got: str, allowed: Collection[str]) -> str:
    """Return a sentence, with a space before it, that names the closest of `allowed`, or all where none is close."""
    return close(got, allowed) or f" Allowed: {', '.join(sorted(allowed)) or 'nothing here'}."


def close(got: str, allowed: Collection[str]) -> str:
    """Return a sentence, with a space before it, that names the closest of `allowed`; empty where none is close."""
    by_folded = {name.casefold(): name for name in allowed}
    found = get_close_matches(got.casefold(), list(by_folded), n=1, cutoff=0.6)
    return f" Did you mean {by_folded[found[0]]!r}?" if found else ""


def explained(error: Exception, keys: Collection[str]) -> str:
    """Return what msgspec found wrong with a table; a key that it does not know is told with the nearest of `keys`."""
    unknown = _UNKNOWN.search(str(error))
    return f"unknown key {unknown[1]!r}.{nearest(unknown[1], keys)}" if unknown else str(error)
