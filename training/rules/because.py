"""Because: what is said of why a customer is in a segment; who only reads it needs nothing that judges."""

import msgspec


class Because(msgspec.Struct, omit_defaults=True):
    """A condition with what was found of one customer."""

    text: str
    """As it stands in the rule."""
    holds: bool | None
    """None: unknown, since something that it asks for is."""
    value: str = ""
    """What was found, as people read it; of a condition that is made of others, nothing."""
    parts: list["Because"] = []
    """What it is made of."""


class Membership(msgspec.Struct, omit_defaults=True):
    """A rule segment, or the segment of a segmenter, and why a customer is in it or not."""

    inside: bool
    """Of a rule: what cannot be told is not inside. Everybody is inside the segment that a segmenter names."""
    title: str
    because: Because
    segment: str = ""
    """The name of the segment that a segmenter puts the customer in."""
    meaning: str = ""
    action: str = ""
