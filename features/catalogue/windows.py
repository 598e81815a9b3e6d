"""Windows of a dataset's own: the families of the catalogue that have windows get them beside theirs."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from features.catalogue.catalogue import CATALOGUE, FAMILIES, GENERIC_WINDOWS, is_of_kind, of_kinds
from features.catalogue.feature import Aggregate, Derived, Feature

_DAYS = re.compile(r"_(\d+)d(?=_|$)")
"""How the days of a feature's window stand in its name."""
_BY_NAME = {feature.name: feature for feature in CATALOGUE}


GENERIC = "other kinds of event"
"""The family of the kinds that have none."""


def families(windows: Sequence[int] = (), kinds: Iterable[str] = ()) -> dict[str, tuple[Feature, ...]]:
    """Return the catalogue by family, with windows of so many days beside its own, and what no family has of kinds.

    A feature has a window of its own where it ends at the as-of, or as long before as it is itself. What compares with
    the same days a year ago has none.

    Example:
        >>> [feature.name for feature in families((45,))["returns"]][-3:]
        ['refunds_45d', 'refund_share_45d', 'refunded_45d']
    """
    found = {name: (*family, *_widened(family, windows)) for name, family in FAMILIES.items()}
    generic = of_kinds(kinds, windows)
    return found | ({GENERIC: generic} if generic else {})


def catalogue(windows: Sequence[int] = (), kinds: Iterable[str] = ()) -> tuple[Feature, ...]:
    """Return the features of all `families`."""
    return tuple(feature for family in families(windows, kinds).values() for feature in family)


def too_long(features: Sequence[Feature], days: float) -> dict[str, str]:
    """Return which features that the catalogue alone has not look back farther than the history, and why not.

    Args:
        features: of `catalogue`.
        days: how much history there is.
    """
    by_name = {feature.name: feature for feature in features}
    return {
        feature.name: f"fewer than {longest} days of history"
        for feature in features
        if _is_widened(feature) and (longest := _longest(feature, by_name)) > days
    }


def _is_widened(feature: Feature) -> bool:
    """Return whether a feature has a window that the catalogue alone does not have it in."""
    if is_of_kind(feature.name):
        return isinstance(feature, Aggregate) and feature.window not in {None, *GENERIC_WINDOWS}
    return feature.name not in _BY_NAME


def _widened(family: Sequence[Feature], windows: Sequence[int]) -> Iterator[Feature]:
    """Yield the features of a family in windows that the catalogue does not have them in, each once."""
    yielded = set(_BY_NAME)
    for days in windows:
        for feature in family:
            found = _at(feature, days)
            if found and found.name not in yielded:
                yielded.add(found.name)
                yield found


def _at(feature: Feature, days: int) -> Feature | None:
    """Return a feature in a window of other days; None where it has no window, or one of a fixed day."""
    own = _DAYS.search(feature.name)
    if own is None:
        return None
    name, meaning = _renamed(feature.name, days), re.sub(rf"\b{own[1]}\b", str(days), feature.meaning)
    if isinstance(feature, Aggregate):
        if feature.lag not in {0, feature.window}:
            return None
        return replace(feature, name=name, meaning=meaning, window=days, lag=days if feature.lag else 0)
    if not all(_at(_BY_NAME[part], days) for part in (feature.a, feature.b) if _DAYS.search(part)):
        return None
    return replace(feature, name=name, meaning=meaning, a=_renamed(feature.a, days), b=_renamed(feature.b, days))


def _renamed(name: str, days: int) -> str:
    return _DAYS.sub(f"_{days}d", name)


def _longest(feature: Feature, by_name: Mapping[str, Feature]) -> int:
    """Return the days of the longest window that a feature looks at; 0 where it has none."""
    if isinstance(feature, Derived):
        return max(_longest(by_name[part], by_name) for part in (feature.a, feature.b))
    return feature.window or 0
