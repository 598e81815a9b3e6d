"""A made-up shop with an experiment: some customers are assigned on one day, and what they buy is counted by hand."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from activation.experiments.assigned import Assigned, of_rows
from activation.experiments.declared import Experiment
from features import clock
from features.clock import DAY
from features.log.log import Log
from tests.features import shop as made

START = 1_700_006_400_000_000
"""2023-11-15, midnight UTC."""
Row = tuple[str, float, str, float]
"""Who, how many days after START, what, for how much."""


def log_of(rows: Sequence[Row]) -> Log:
    """Return the log of events."""
    return made.made(
        "UTC",
        customer_id=[row[0] for row in rows],
        occurred_at=[clock.iso(START + round(row[1] * DAY)) for row in rows],
        event=[row[2] for row in rows],
        amount=[row[3] for row in rows],
    )


def experiment(**keys: Any) -> Experiment:
    """Return an experiment of two arms, over a week."""
    told: dict[str, Any] = {"audience": "all", "arms": {"new": "spring", "same": ""}, "primary": "spend_7d"}
    return Experiment(**(told | {"name": "trial"} | keys))


def assigned(
    arms: dict[str, str],
    moment: dict[str, int] | None = None,
    probability: dict[str, float] | None = None,
    segment: dict[str, str] | None = None,
    names: Sequence[str] = ("new", "same"),
) -> Assigned:
    """Return who is in which arm, by customer; by default all at START, each by a coin."""
    rows = [(who, (moment or {}).get(who, START), arm, (probability or {}).get(who, 0.5)) for who, arm in arms.items()]
    return of_rows(rows, names, "trial", None if segment is None else [segment[who] for who in arms])


def many(gain: float, customers: int = 400, seed: int = 1) -> tuple[Log, dict[str, str]]:
    """Return a shop whose customers in the arm `new` spend more by so much, and who is where.

    Each buys a week before the start, a day after it, and three days after it.
    """
    rng = np.random.default_rng(seed)
    names = [f"c{number:04}" for number in range(customers)]
    arm = dict(zip(names, np.where(rng.permutation(customers) % 2 == 0, "new", "same").tolist(), strict=True))
    taste = rng.gamma(4, 10, customers)
    rows: list[Row] = []
    for name, own in zip(names, taste.tolist(), strict=True):
        more = gain if arm[name] == "new" else 0.0
        rows.append((name, -7.0, "purchase", round(own, 2)))
        rows.append((name, 1.5, "purchase", round(own + float(rng.normal(0, 3)) + 20, 2)))
        rows.append((name, 3.5, "purchase", round(5 + more, 2)))
    return log_of(rows), arm
