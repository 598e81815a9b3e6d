"""Importance: which features the chosen recipe's trees gain most by."""

from dataclasses import dataclass

from training.reasons.reasons import Explainer, composed
from training.reasons.wording import ENGLISH
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


def importance(scorer: Scorer, explainer: Explainer, language: str = ENGLISH) -> tuple[Important, ...]:
    """Return the features with the largest gain, the largest first; none where the scorer has no trees."""
    by_name = explainer.by_name
    top = [(name, share) for name, share in gains(scorer).items() if share > 0][:SHOWN]
    return tuple(Important(name, _meaning(name, explainer, language), by_name[name].unit, share) for name, share in top)


def _meaning(name: str, explainer: Explainer, language: str) -> str:
    feature = explainer.by_name[name]
    return feature.meaning if language == ENGLISH else composed(feature, explainer.by_name, language)
