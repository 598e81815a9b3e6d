"""Slugs: names of categories, channels and kinds as parts of the names of features and targets."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable
from functools import lru_cache

_DIGITS = 6
_MARK = "custom_"


@lru_cache(4096)
def slug(name: str) -> str:
    """Return a name as a part of a feature's or target's name. Several may come to the same: `unique` tells them apart.

    Example:
        >>> slug("Fresh Meat"), slug("C++"), slug("C#")
        ('fresh_meat', 'c', 'c')
    """
    return "_".join("".join(c if c.isalnum() else " " for c in name.casefold()).split()) or "unnamed"


def unique(names: Iterable[str], taken: Collection[str] = ()) -> dict[str, str]:
    """Return the slug of each name; those that come to the same are told apart by a hash of the name itself.

    What a name's slug is does not depend on the order of the names. Slugs that are `taken` are nobody's.

    Example:
        >>> unique(["C++", "Go", "C#"])
        {'C++': 'c_f1deb7', 'Go': 'go', 'C#': 'c_040228'}
    """
    plain = {name: slug(name) for name in names}
    count = Counter(plain.values())
    return {name: _marked(name) if count[own] > 1 or own in taken else own for name, own in plain.items()}


def of_own(kind: str) -> str:
    """Return the slug of a kind of event; that of a dataset's own kind is its alone, whatever others there are.

    Example:
        >>> of_own("page_view"), of_own("custom:quote_asked"), of_own("custom:Quote asked?")
        ('page_view', 'custom_quote_asked', 'custom_quote_asked_a8558a')
    """
    plain = slug(kind)
    name = plain.removeprefix(_MARK)
    return plain if kind in {plain, f"custom:{name}"} else _marked(kind)


def _marked(name: str) -> str:
    return f"{slug(name)}_{hashlib.sha256(name.encode()).hexdigest()[:_DIGITS]}"
