"""Chance: who of a workflow's customers is left alone, and who gets which variant, drawn as audiences draw."""

from collections.abc import Mapping
from dataclasses import dataclass

from activation.assignment.assign import EVERYWHERE, FREE, HELD, drawn
from activation.assignment.bucket import quarter
from activation.assignment.kept import Kept
from activation.workflows.workflow import Workflow

Before = Mapping[tuple[str, str], Kept]
"""Where customers were put before, by what it was for and the customer."""


@dataclass(frozen=True)
class Arm:
    """What chance gave."""

    name: str = ""
    """Empty where nothing is left to chance."""
    probability: float = 1.0
    """Of the workflow's own draws, among those that the hold-out of everything left; of who is held out by that, its
    share."""
    everywhere: bool = False
    """Whether the customer is left alone by everything."""
    draws: tuple[tuple[str, Kept], ...] = ()
    """What is to be kept: what was drawn for, and how it came out."""

    @property
    def held(self) -> bool:
        """Whether the customer is left alone."""
        return self.name == HELD


def units(workflow: Workflow) -> tuple[str, str]:
    """Return what is drawn for, which is the salt, too: the hold-out, and the variants."""
    return f"{workflow.key}:holdout", workflow.key


def arm(workflow: Workflow, customer: str, before: Before, at: int, zone: str) -> Arm:
    """Return what chance gives a customer: hold-outs first, then the variant. Who was put somewhere stays there.

    Args:
        workflow: for which it is.
        customer: to whom.
        before: where they were put before.
        at: in whose quarter the hold-out of everything counts, microseconds UTC.
        zone: whose calendar the quarter is of.
    """
    holdout, variant = units(workflow)
    term = f"{EVERYWHERE}:{quarter(at, zone)}"
    out = _drawn(term, customer, {HELD: workflow.everywhere, FREE: 1 - workflow.everywhere}, before)
    if out.arm == HELD:
        return Arm(HELD, out.probability, everywhere=True, draws=((term, out),))
    own = _drawn(holdout, customer, {HELD: workflow.holdout, FREE: 1 - workflow.holdout}, before)
    draws = [(term, out), (holdout, own)]
    if own.arm == HELD:
        return Arm(HELD, own.probability, draws=_left_to_chance(draws))
    if not (names := workflow.action.variants):
        left = _left_to_chance(draws)
        return Arm(FREE if left else "", own.probability, draws=left)
    told = _drawn(variant, customer, {name: 1 / len(names) for name in names}, before)
    return Arm(told.arm, told.probability * own.probability, draws=_left_to_chance([*draws, (variant, told)]))


def _drawn(unit: str, customer: str, shares: Mapping[str, float], before: Before) -> Kept:
    had = before.get((unit, customer))
    known = {customer: had} if had is not None and had.arm in shares else {}  # a variant may be there no more
    return drawn(unit, [customer], shares, known)[0]


def _left_to_chance(draws: list[tuple[str, Kept]]) -> tuple[tuple[str, Kept], ...]:
    return tuple(one for one in draws if one[1].probability < 1)
