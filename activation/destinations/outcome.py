"""An outcome: what became of each row of a request, as the destination's own data read its answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What became of one row."""

    DONE = "done"
    ACCEPTED = "accepted"
    """A job of the vendor has it, and is asked later: nothing counts until it says so."""
    AGAIN = "again"
    """Nothing of it was applied: it may be sent again at once, or after `wait`."""
    RENEW = "renew"
    """The credentials ran out: they are renewed, and it is sent again."""
    HALVE = "halve"
    """The whole request was refused for some of its rows: halves of it are sent, until the bad row stands alone."""
    NEVER = "never"
    """It is refused, and would be again."""
    DOUBT = "in doubt"
    """It may have been applied: nobody knows."""


@dataclass(frozen=True)
class Outcome:
    """What became of one row."""

    verdict: Verdict
    reason: str = ""
    """For people; without anything personal."""
    vendor: str = ""
    """The id that the vendor gave the customer, where it told one."""


@dataclass(frozen=True)
class Answered:
    """What an answer says."""

    rows: Mapping[str, Outcome]
    """By the id of the row; each row of the request has one."""
    wait: float = 0.0
    """Seconds until the next call of the same kind may be made, as the vendor asks."""
    job: str = ""
    """The vendor's id of the job, where rows are ACCEPTED."""
    untouched: bool = False
    """Whether nothing of it was applied for certain, also of what is sent again."""
