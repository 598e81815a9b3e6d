"""Chance: who of a workflow's customers is left alone, by a salted hash; sticky, since nothing but that decides."""

import hashlib
from dataclasses import dataclass

from activation.workflows.workflow import Workflow

_DIGITS = 13
TREATED, HELD_OUT = "treated", "holdout"


@dataclass(frozen=True)
class Arm:
    """What chance gave."""

    name: str
    """Empty where nothing is left to chance."""
    probability: float = 1.0

    @property
    def held(self) -> bool:
        """Whether the customer is left alone."""
        return self.name == HELD_OUT


def bucket(salt: str, customer: str) -> float:
    """Return where a customer falls between 0 and 1."""
    digest = hashlib.sha256(f"{salt}:{customer}".encode()).hexdigest()
    return int(digest[:_DIGITS], 16) / float(16**_DIGITS)


def arm(workflow: Workflow, customer: str) -> Arm:
    """Return the arm of a customer in a workflow."""
    if not workflow.holdout:
        return Arm("")
    held = bucket(workflow.key, customer) < workflow.holdout
    return Arm(HELD_OUT, workflow.holdout) if held else Arm(TREATED, 1 - workflow.holdout)
