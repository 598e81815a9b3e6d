"""Verdict: what becomes of an event that is offered to a store; a client knows it without knowing a store."""

from enum import StrEnum


class Verdict(StrEnum):
    """What became of an event that was offered."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    """Its `event_id` is known, with the same content: it is stored once."""
    CONFLICT = "conflict"
    """Its `event_id` is known, with other content: what was stored first stays."""
    REFUSED = "refused"
    """It cannot be used, or may not be kept."""
    IGNORED = "ignored"
    """The row of a tool's form holds no event that counts."""
