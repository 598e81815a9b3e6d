"""Segments: who is in each of them, what sets them apart, and what they did next."""

from collections.abc import Sequence
from dataclasses import dataclass

from training.reasons.reasons import Explainer
from training.segmenters.mark import Mark
from training.segmenters.profile import Profile


@dataclass(frozen=True)
class Told:
    """One segment."""

    title: str
    meaning: str
    """Who is in it, and what is usually done for them."""
    size: int
    """Customers at the data cut-off."""
    share: float
    """Of all customers."""
    traits: tuple[str, ...]
    """Features that set it apart: their median in the segment, and of all customers."""
    mark: Mark | None
    """What its customers are known to be, where that is clearly other than of all."""
    next: dict[str, float]
    """The mean outcome by target, of those of the segment in its cohort at the newest test cut-off."""


def segments(profiles: Sequence[Profile], explainer: Explainer) -> tuple[Told, ...]:
    """Return the segments that have customers, in the segmenter's order.

    Args:
        profiles: of one segmenter.
        explainer: what puts a feature's numbers into words.
    """
    return tuple(
        Told(
            profile.segment.title,
            "; ".join(filter(None, (profile.segment.meaning, profile.segment.action))),
            profile.size,
            profile.share,
            tuple(explainer.compared(one.feature, one.inside, one.overall) for one in profile.traits),
            profile.mark,
            profile.next,
        )
        for profile in profiles
    )
