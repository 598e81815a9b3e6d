"""Importance: which features the chosen recipe's trees gain most by."""

from collections.abc import Sequence
from dataclasses import dataclass

from features.catalogue.feature import Declared
from training.recipes.lightgbm import gains
from training.scorers import Scorer

SHOWN = 15


@dataclass(frozen=True)
class Important:
    """One feature that the trees split on."""

    name: str
    meaning: str
    unit: str
    share: float
    """Of the splits' total gain."""


def importance(scorer: Scorer, features: Sequence[Declared]) -> tuple[Important, ...]:
    """Return the features with the largest gain, the largest first; none where the scorer has no trees."""
    by_name = {feature.name: feature for feature in features}
    top = [(name, share) for name, share in gains(scorer).items() if share > 0][:SHOWN]
    return tuple(Important(name, by_name[name].meaning, by_name[name].unit, share) for name, share in top)
