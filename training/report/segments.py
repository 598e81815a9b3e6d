"""Segments: who is in each of them, what sets them apart, and what they did next."""

from collections.abc import Sequence
from dataclasses import dataclass

from features.catalogue.feature import Feature
from features.sources.canonical import MINOR_UNITS, QUANTITY_UNITS
from training.segmenters.profile import Mark, Profile, Trait

_SHOWN_IN = {"cents": ("", MINOR_UNITS), "thousandths": ("units", QUANTITY_UNITS)}
"""The unit that people know for one that is computed in, and how many of the latter make one; empty is the currency."""


@dataclass(frozen=True)
class Typical:
    """A feature that sets a segment apart, in the unit that people know."""

    meaning: str
    unit: str
    inside: float
    """Median in the segment."""
    overall: float
    """Median of all customers."""


@dataclass(frozen=True)
class Told:
    """One segment."""

    title: str
    meaning: str
    size: int
    """Customers at the data cut-off."""
    share: float
    """Of all customers."""
    traits: tuple[Typical, ...]
    mark: Mark | None
    """What its customers are known to be, where that is clearly other than of all."""
    next: dict[str, float]
    """The mean outcome by target, of those of the segment in its cohort at the newest test cut-off."""


def segments(profiles: Sequence[Profile], features: Sequence[Feature], currency: str) -> tuple[Told, ...]:
    """Return the segments that have customers, in the segmenter's order.

    Args:
        profiles: of one segmenter.
        features: what the traits are of.
        currency: what amounts are in.
    """
    by_name = {feature.name: feature for feature in features}
    return tuple(
        Told(
            profile.segment.title,
            profile.segment.meaning,
            profile.size,
            profile.share,
            tuple(_typical(trait, by_name[trait.feature], currency) for trait in profile.traits),
            profile.mark,
            profile.next,
        )
        for profile in profiles
    )


def _typical(trait: Trait, feature: Feature, currency: str) -> Typical:
    unit, scale = _SHOWN_IN.get(feature.unit, (feature.unit, 1))
    return Typical(feature.meaning, unit or currency, trait.inside / scale, trait.overall / scale)
