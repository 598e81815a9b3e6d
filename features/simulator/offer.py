"""Offers: what a contact can bring to a customer, and what it truly does in each latent segment."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.simulator.segment import EVERYONE, SEGMENTS, Segment

ANSWERED_DAYS = 28.0
"""For so long after a contact visits are changed by it."""
NOTHING = -1
"""The code of no offer."""


@dataclass(frozen=True)
class Offer:
    """An offer: by which event it shows, and by what it multiplies two numbers in each segment."""

    name: str
    event: str
    """`mail_sent`, or `contact` (a letter)."""
    conversion: dict[str, float]
    """By the segment's name: what the share of the visits that buy is multiplied by, up to a share of 1."""
    basket: dict[str, float]
    """By the segment's name: what the value of a basket is multiplied by."""


def _offer(name: str, event: str, **effects: tuple[float, float]) -> Offer:
    conversion, basket = ({of: both[place] for of, both in effects.items()} for place in (0, 1))
    return Offer(name, event, conversion, basket)


OFFERS = (
    _offer(
        "reminder", "mail_sent", loyal=(0.97, 1.0), bargain=(1.1, 1.0), mobile=(1.35, 1.0), occasional=(1.15, 1.0),
        passing=(1.0, 1.0), everyone=(1.1, 1.0),
    ),
    _offer(
        "coupon", "contact", loyal=(1.05, 0.88), bargain=(1.6, 0.9), mobile=(1.15, 0.9), occasional=(1.25, 0.9),
        passing=(1.2, 0.9), everyone=(1.25, 0.9),
    ),
    _offer(
        "premium", "mail_sent", loyal=(1.0, 1.25), bargain=(0.8, 1.0), mobile=(0.95, 1.1), occasional=(1.0, 1.15),
        passing=(0.9, 1.0), everyone=(0.95, 1.1),
    ),
)  # fmt: skip
"""The offers; some do harm in some segments, and none is the best in all."""


def effects(kinds: tuple[Segment, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what offers multiply conversions and baskets by.

    Returns:
        two arrays (segments, offers + 1); the last column, for NOTHING, is 1.
    """
    conversion, basket = (
        np.array([[*(getattr(offer, what)[kind.name] for offer in OFFERS), 1.0] for kind in kinds])
        for what in ("conversion", "basket")
    )
    return conversion, basket


SEGMENT_NAMES = tuple(kind.name for kind in (*SEGMENTS, EVERYONE))
"""The segments that each offer has effects for."""
