"""A segment: one of the groups that a segmenter puts customers in."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Segment:
    """Its name in data, its title for people, who is in it, and what is usually done for them.

    The name stays over retrainings as long as it is the same segment; so does the colour.
    """

    name: str
    title: str
    meaning: str
    action: str = ""
    colour: int | None = None
    """Its place in the palette, where it is not that among the segments."""


NO_PURCHASE = Segment("no_purchase", "No purchase yet", "known by other events alone", "make the first purchase easy")
"""Where segmenters put those whom there is nothing to segment by."""
