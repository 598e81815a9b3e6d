"""The nearest name, for errors that say what is allowed."""

from collections.abc import Collection
from difflib import get_close_matches


def nearest(got: str, allowed: Collection[str]) -> str:
    """Return a sentence, with a space before it, that names the closest of `allowed`, or all where none is close."""
    by_folded = {name.casefold(): name for name in allowed}
    close = get_close_matches(got.casefold(), list(by_folded), n=1, cutoff=0.6)
    if close:
        return f" Did you mean {by_folded[close[0]]!r}?"
    return f" Allowed: {', '.join(sorted(allowed)) or 'nothing here'}."
