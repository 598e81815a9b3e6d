"""Behaviour: how customers buy, whatever they spend and whether they stay. What may be clustered of a dataset."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from features.catalogue.feature import Aggregate, Feature
from training.segmenters.facts import Facts
from training.segmenters.inputs import Inputs

NAME = "behaviour"
LINES = "lines_364d"
LEAST_LINES = 4
"""Who has bought fewer lines shows no taste."""
LEAST_CATEGORIES = 3

_RHYTHM = (
    ("gap_mean_364d", "lines_per_visit_364d", "repeat_share_364d", "discounted_line_share_364d"),
    ("gap_mean_364d", "lines_per_visit_364d", "discounted_line_share_364d"),
    ("gap_mean_364d", "lines_per_visit_364d", "repeat_share_364d"),
)
"""Sets of inputs, the first that passes the gate is taken: three or four are stable, eight are not."""


@dataclass(frozen=True)
class Set:
    """Some inputs that may be clustered together."""

    title: str
    needs: tuple[str, ...]
    inputs: Callable[[Facts], Inputs]
    """Takes the numbers of their transformation from customers."""
    starts: int = 2
    """Beginnings of each fit to a sample: the more inputs, the more of them end far from the best."""
    bound: bool = False
    """Whether the inputs are made of the same counts, which binds them to each other where there are no groups at all:
    such clusters are never called natural (in a simulation without groups: ARI .95, beside .81 of a normal one)."""


def sets(features: Sequence[Feature]) -> tuple[Set, ...]:
    """Return what may be clustered with some features, what is tried first before: tastes, then rhythm and basket."""
    by_name = {feature.name: feature for feature in features}
    found = [_ranked(names) for names in _RHYTHM if all(name in by_name for name in names)]
    categories = tuple(name for name, feature in by_name.items() if _counts_a_category(feature))
    if len(categories) >= LEAST_CATEGORIES and LINES in by_name:
        found.insert(0, _shares(categories))
    return tuple(found)


def words(features: Sequence[Feature]) -> Mapping[str, Feature]:
    """Return features by name."""
    return {feature.name: feature for feature in features}


def _counts_a_category(feature: Feature) -> bool:
    return isinstance(feature, Aggregate) and feature.kind == "count" and (feature.only or ("",))[0] == "category"


def _shares(categories: tuple[str, ...]) -> Set:
    inputs = Inputs(categories, "shares", LINES, LEAST_LINES)
    return Set(f"shares of {len(categories)} categories", inputs.needs, lambda _: inputs, starts=5)


def _ranked(names: tuple[str, ...]) -> Set:
    title = ", ".join(name.removesuffix("_364d").replace("_", " ") for name in names)
    return Set(title, names, lambda facts: Inputs.ranked(facts, names), bound=True)
