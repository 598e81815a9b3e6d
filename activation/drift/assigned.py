"""The assigned: whether chance gave each arm as many customers as it was logged to, of all that the ledger knows."""

import sqlite3
from collections.abc import Iterator

import numpy as np

from activation.experiments.assigned import Assigned, AssignmentError, of_ledger
from activation.experiments.balance import LEAST, pearson
from features.consent.groups import enough
from training.drift.alarm import Alarm

NOBODY = "(no arm)"
"""What is left of all probabilities: it has nobody, and one that is not small is an arm that lost everybody."""
_ROUNDED = 0.005


def alarms(connection: sqlite3.Connection, smallest: int) -> Iterator[Alarm]:
    """Yield an alarm for each thing that customers were assigned for and whose arms are not as large as chance makes.

    Args:
        connection: of a ledger that has the tables of assignments.
        smallest: customers of whom something is told at the least.
    """
    pairs = connection.execute("SELECT DISTINCT unit, arm FROM assigned ORDER BY unit, arm").fetchall()
    units = dict.fromkeys(unit for unit, _ in pairs)
    for unit in units:
        arms = [arm for own, arm in pairs if own == unit]
        try:
            found = of_assigned(unit, of_ledger(connection, unit, arms), LEAST / len(units), smallest)
        except AssignmentError as error:
            found = Alarm.of("assignment", unit, f"sizes of arms cannot be judged: {error}", 1.0, 0.0)
        if found is not None:
            yield found


def of_assigned(unit: str, assigned: Assigned, least: float, smallest: int) -> Alarm | None:
    """Return an alarm where the arms of a phase are out of balance, of the phase that is furthest off.

    Args:
        unit: what they were assigned for.
        assigned: who was put where, and how likely that was.
        least: the p below which it alarms, over all phases.
        smallest: customers of whom something is told at the least.
    """
    phase, weights = assigned.phases([1.0] * len(assigned.arms))
    worst: tuple[float, str, float] | None = None
    for number, shares in enumerate(weights):
        counts = [*assigned.counts(phase == number), 0]
        left = 1 - sum(shares)
        meant = np.array([*shares, left if left > _ROUNDED else 0.0])
        p = pearson(counts, meant)
        if p < least / len(weights) and (worst is None or p < worst[0]):
            told = [count if enough(count, smallest) else f"fewer than {smallest}" for count in counts]
            each = zip((*assigned.arms, NOBODY), told, meant, strict=True)
            said = ", ".join(f"{arm} {count} (meant {share:.1%})" for arm, count, share in each if share or count)
            moved = float(np.abs(np.array(counts) / sum(counts) - meant / meant.sum()).sum() / 2)
            worst = p, f"{said}: p {p:.2g}, and from {least / len(weights):.2g} on it may be chance", moved
    return Alarm.of("assignment", unit, worst[1], worst[2], 0.0) if worst else None
