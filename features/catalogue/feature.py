"""A feature: a number about one customer before a moment. Declarations only; the kernel computes them."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from features.catalogue.kind import FORMULAS, KINDS
from features.log.event import CUSTOM, selection
from features.log.event import KINDS as EVENT_KINDS
from features.log.log import KEYS, ORDER

MOST_SELECTIONS = 63
"""So many selections of events can the features of one kernel look at: a mask has a bit for each."""


@dataclass(frozen=True)
class Aggregate:
    """One kind of aggregate over the selected events of a window that ends `lag` days before the as-of."""

    name: str
    meaning: str
    unit: str
    kind: str
    selection: str
    window: int | None = None
    """Days; None is all of the history."""
    column: str | None = None
    lag: int = 0
    only: tuple[str, str] | None = None
    """Only events count that have this value in this column, a category or a channel; None is all."""


@dataclass(frozen=True)
class Derived:
    """A formula over two other features of the same row."""

    name: str
    meaning: str
    unit: str
    formula: str
    a: str
    b: str


@dataclass(frozen=True)
class Given:
    """A number that a row has of its context: its table has it, or says which of the customer's numbers it is.

    No kernel computes it, since it is another for the same customer at the same moment with another context.
    """

    name: str
    meaning: str
    unit: str
    context: str
    """The kind of context."""
    column: str
    """The column of that kind's table that is looked at."""
    equals: str = ""
    """The value for which the feature is 1, and 0 for another; empty: the feature is the column's own number."""
    picks: tuple[tuple[str, str], ...] = ()
    """By the column's value, the kernel's feature that holds the customer's number."""


Feature = Aggregate | Derived
"""What the kernel computes."""
Declared = Aggregate | Derived | Given
"""What a model may see."""


def needs(feature: Feature, by_name: dict[str, Feature]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the canonical columns, and the event kinds of which one must be there, that a feature needs."""
    if isinstance(feature, Derived):
        parts = [needs(by_name[name], by_name) for name in (feature.a, feature.b)]
        return parts[0][0] | parts[1][0], parts[0][1] | parts[1][1]
    columns = frozenset() if feature.column in {None, ORDER} else frozenset({KEYS.get(feature.column, feature.column)})
    if selection(feature.selection).discounted_only:
        columns |= {"discount"}
    if feature.only is not None:
        columns |= {KEYS[feature.only[0]]}
    return columns, frozenset(selection(feature.selection).kinds)


def fitting(
    features: Sequence[Feature], columns: Iterable[str], kinds: Iterable[str], days: float = math.inf
) -> tuple[tuple[Feature, ...], dict[str, str]]:
    """Return the features that a dataset can have, and why each of the others is left out, by name.

    Args:
        features: the declarations.
        columns: the canonical columns that the dataset has.
        kinds: its kinds of event.
        days: how much history it has; a feature of earlier days needs twice as much, since a model has to see it in
            training as it sees it later.
    """
    by_name = {feature.name: feature for feature in features}
    columns, kinds = frozenset(columns), frozenset(kinds)
    kept, left_out = [], {}
    for feature in features:
        missing = lacks(feature, by_name, columns, kinds) or _too_early(feature, by_name, days)
        if missing:
            left_out[feature.name] = missing
        else:
            kept.append(feature)
    return tuple(kept), left_out


def _too_early(feature: Feature, by_name: dict[str, Feature], days: float) -> str:
    if isinstance(feature, Derived):
        return _too_early(by_name[feature.a], by_name, days) or _too_early(by_name[feature.b], by_name, days)
    return f"fewer than {2 * feature.lag} days of history" if days < 2 * feature.lag else ""


def lacks(feature: Feature, by_name: dict[str, Feature], columns: frozenset[str], kinds: frozenset[str]) -> str:
    """Return what a dataset lacks for a feature, in words; empty where it lacks nothing."""
    if isinstance(feature, Derived):
        parts = (lacks(by_name[name], by_name, columns, kinds) for name in (feature.a, feature.b))
        return next((part for part in parts if part), "")
    needed, any_of = needs(feature, by_name)
    if needed - columns:
        return f"no column {', '.join(sorted(needed - columns))}"
    at_least = selection(feature.selection).at_least if isinstance(feature, Aggregate) else 1
    if len(any_of & kinds) >= at_least:
        return ""
    return f"no event of kind {' or '.join(sorted(any_of))}" if at_least == 1 else "no events of two kinds"


def own_kinds(features: Sequence[Feature]) -> tuple[str, ...]:
    """Return the kinds of datasets' own that features look at, sorted."""
    looked_at = {feature.selection for feature in features if isinstance(feature, Aggregate)}
    return tuple(sorted(name for name in looked_at if name.startswith(CUSTOM)))


def fingerprint(features: Sequence[Feature], kinds: Sequence[str] = ()) -> str:
    """Return a hash of the declarations and of what the kinds, formulas and selections that they use mean.

    Args:
        features: the declarations.
        kinds: those of events that there are; by default all that are known.
    """
    kinds = tuple(kinds) or EVENT_KINDS
    used: dict[str, Any] = {"features": to_json(features), "event_kinds": kinds}
    aggregates = [feature for feature in features if isinstance(feature, Aggregate)]
    for kind in sorted({feature.kind for feature in aggregates}):
        used[f"kind {kind}"] = [KINDS[kind].init, KINDS[kind].step, KINDS[kind].value]
    for name in sorted({feature.selection for feature in aggregates}):
        meant = selection(name)
        used[f"selection {name}"] = asdict(meant) | {"kinds": [kind for kind in meant.kinds if kind in kinds]}
    for formula in sorted({feature.formula for feature in features if isinstance(feature, Derived)}):
        used[f"formula {formula}"] = FORMULAS[formula].value
    return hashlib.sha256(json.dumps(used, sort_keys=True).encode()).hexdigest()[:16]


def to_json(features: Sequence[Feature]) -> list[dict[str, Any]]:
    """Return the declarations as plain data."""
    return [asdict(feature) for feature in features]


def from_json(declared: Sequence[dict[str, Any]]) -> tuple[Feature, ...]:
    """Return the declarations that `to_json` wrote."""
    return tuple(
        Derived(**row) if "formula" in row else Aggregate(**row | {"only": tuple(row["only"]) if row["only"] else None})
        for row in declared
    )
