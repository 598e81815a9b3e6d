"""Chance: who of a workflow's customers is left alone, drawn as everything is that is left to chance."""

from dataclasses import dataclass

from activation.assignment.assign import FREE, HELD
from activation.assignment.bucket import bucket
from activation.workflows.workflow import Workflow


@dataclass(frozen=True)
class Arm:
    """What chance gave."""

    name: str
    """Empty where nothing is left to chance."""
    probability: float = 1.0

    @property
    def held(self) -> bool:
        """Whether the customer is left alone."""
        return self.name == HELD


def unit(workflow: Workflow) -> str:
    """Return what is drawn for, and by which salt."""
    return f"{workflow.key}:holdout"


def arm(workflow: Workflow, customer: str) -> Arm:
    """Return the arm that a customer is given who was given none before."""
    if not workflow.holdout:
        return Arm("")
    held = bucket(unit(workflow), customer) < workflow.holdout
    return Arm(HELD, workflow.holdout) if held else Arm(FREE, 1 - workflow.holdout)
