"""A suggestion: what to do for one customer, and from what each part of it is told."""

import msgspec

RESPONSE = "by response, not by effect"
"""How an expected value is told: nothing says yet that the contact changes anything."""
SEGMENT, DEFAULT = "segment", "default"
"""Where a part comes from that the customer's own acts do not tell."""


class Part(msgspec.Struct, frozen=True):
    """One part of what is suggested, and from what it is told."""

    value: str
    told_from: str = msgspec.field(name="from")


class Timing(msgspec.Struct, frozen=True, omit_defaults=True):
    """When: in words by the segment, and when the customer is usually active."""

    when: str
    weekday: str | None
    hour: int | None
    """Of the business's day, from 0 to 23."""
    told_from: str = msgspec.field(name="from")


class Suggestion(msgspec.Struct, frozen=True, omit_defaults=True):
    """What to do for a customer."""

    segment: str
    """`SEGMENTER.SEGMENT` that the rest is told by; `any` where no segment tells."""
    proposition: str
    message: str
    action: str
    channel: Part
    timing: Timing
    offer: Part
    """One of `play.LEVELS`."""
    products: list[str]
    products_from: str = ""
    """The list that they are from."""
    destination: str = ""
    service_channel: str = ""
    expected_value: float | None = None
    """In units of currency; None where nothing is predicted."""
    expected_from: str = ""
    """The prediction that tells it."""
    expected_by: str = ""
