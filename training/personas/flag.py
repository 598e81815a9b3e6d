"""Flags: what speaks against a segment's name, or against acting on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from features.consent.groups import said
from training.segmenters.profile import Profile

ENOUGH = 1_000
"""From so many customers on a segment is not warned of."""


@dataclass(frozen=True)
class Flag:
    """One thing to know before a segment is acted on."""

    key: str
    """What it is, for whoever words it in another language."""
    text: str
    figures: Mapping[str, float | str] = field(default_factory=dict)


def of_size(profile: Profile, least: int, smallest: int = 0) -> tuple[Flag, ...]:
    """Return a flag where a segment has few customers.

    Args:
        profile: of the segment.
        least: customers of a segment that is not flagged, as the dataset says.
        smallest: customers that a figure is of at the least.
    """
    figures = {"customers": profile.size, "least": least}
    count = f"{said(profile.size, smallest)} {'customer' if profile.size == 1 else 'customers'}"
    if profile.size < least:
        return (Flag("small", f"{count}, fewer than {least:,}: too small to act on by itself", figures),)
    if profile.size < ENOUGH:
        figures["least"] = ENOUGH
        return (Flag("few", f"{count}, fewer than {ENOUGH:,}: what is told of it is uncertain", figures),)
    return ()
