"""What is left out: how many features a dataset cannot have, by reason; their names are for those who ask."""

from collections import Counter
from collections.abc import Mapping


def told(left_out: Mapping[str, str], names: str) -> str:
    """Return a line, with the most frequent reason first.

    Args:
        left_out: why each feature is left out, by name.
        names: where their names are, in words.

    Example:
        >>> told({"a": "no column discount", "b": "no column amount", "c": "no column discount"}, "docs/catalogue.md")
        '3 features left out: 2 for no column discount, 1 for no column amount; names in docs/catalogue.md'
    """
    counts = sorted(Counter(left_out.values()).items(), key=lambda one: (-one[1], one[0]))
    reasons = ", ".join(f"{count} for {reason}" for reason, count in counts)
    features = "1 feature" if len(left_out) == 1 else f"{len(left_out)} features"
    return f"{features} left out: {reasons}; names in {names}"
