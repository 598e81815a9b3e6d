"""A segment: one of the groups that a segmenter puts customers in."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Segment:
    """Its name in data, its title for people, who is in it, and what is usually done for them."""

    name: str
    title: str
    meaning: str
    action: str = ""


NO_PURCHASE = Segment("no_purchase", "No purchase yet", "known by other events alone", "make the first purchase easy")
"""Where segmenters put those whom there is nothing to segment by."""
