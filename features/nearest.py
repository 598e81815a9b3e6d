"""The nearest name, for errors that say what is allowed."""

from collections.abc import Collection
from difflib import get_close_matches


def nearest(got: str, allowed: Collection[str]) -> str:
    """Return a sentence, with a space before it, that names the closest of `allowed`, or all where none is close."""
    return close(got, allowed) or f" Allowed: {', '.join(sorted(allowed)) or 'nothing here'}."


def close(got: str, allowed: Collection[str]) -> str:
    """Return a sentence, with a space before it, that names the closest of `allowed`; empty where none is close."""
    by_folded = {name.casefold(): name for name in allowed}
    found = get_close_matches(got.casefold(), list(by_folded), n=1, cutoff=0.6)
    return f" Did you mean {by_folded[found[0]]!r}?" if found else ""
