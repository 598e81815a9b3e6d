"""The rehearsal: made-up customers by whom a bundle tests itself, so that no event of a real one lies in it."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from features.buckets import intake
from features.clock import DAY, iso
from features.log.event import SELECTIONS
from features.log.log import KEYS, NAMES, Log

EVENTS = (200, 90, 40, 18, 8, 4, 2, 1)
"""Of each customer."""
_SEED = 20_240_229
_MEAN_DAYS = 7
"""Between two events of a customer, on average."""
_MOST_NAMES = 40
_OTHERS = {"order": 40, "product": 60, "store": 6}
"""Keys that have no names of the business's own, and how many values each has here."""
_PURCHASES = 0.6
"""The share of events that are purchases, where there are purchases."""
_USUAL = 20.0


def rehearsal(log: Log, as_of: int) -> Log:
    """Return the events of a few customers who are drawn by chance, with the columns, kinds and names of a log.

    Equal columns, kinds, names and moments give equal events. Of the log's own events nothing is looked at.

    Args:
        log: of whose kind they are to be.
        as_of: before which they happen, in microseconds UTC.
    """
    rng = np.random.default_rng(_SEED)
    total = sum(EVENTS)
    ago = np.concatenate([np.sort(rng.exponential(_MEAN_DAYS, count).cumsum())[::-1] for count in EVENTS])
    time = as_of - 1 - np.minimum(ago * DAY, 4 * 365 * DAY).astype(np.int64)
    columns: dict[str, Sequence[Any]] = {
        "customer_id": [f"made-up-{number}" for number, count in enumerate(EVENTS) for _ in range(count)],
        "occurred_at": [iso(moment) for moment in time.tolist()],
        "event": _kinds(rng, log.kinds, total),
    }
    columns |= {name: own for name, own in _measured(rng, total, time).items() if log.columns[_of(name)].size}
    for key, canonical in KEYS.items():
        if log.columns[key].size:
            names = log.names[key].slice(0, _MOST_NAMES).to_pylist() if key in NAMES and key not in _OTHERS else []
            values = names or [f"{key}-{number}" for number in range(_OTHERS.get(key, 5))]
            columns[canonical] = [values[place] for place in rng.integers(0, len(values), total).tolist()]
    few = intake.of_rows(columns, log.zone, log.kinds)
    assert few.log is not None
    return few.log


def _of(name: str) -> str:
    return "recorded" if name == "recorded_at" else name


def _kinds(rng: np.random.Generator, kinds: Sequence[str], total: int) -> list[str]:
    """Return the kinds of events: most are purchases, and every kind occurs sooner or later."""
    bought = SELECTIONS["purchase"].kinds[0]
    drawn = rng.integers(0, len(kinds), total).tolist()
    return [
        bought if often and bought in kinds else kinds[place]
        for often, place in zip((rng.random(total) < _PURCHASES).tolist(), drawn, strict=True)
    ]


def _measured(rng: np.random.Generator, total: int, time: np.ndarray) -> dict[str, list[Any]]:
    """Return the numbers and moments of events, some of those missing that may be."""
    amount = np.round(rng.lognormal(math.log(_USUAL), 1, total), 2)
    late = rng.random(total) < 1 / 10
    later = {"recorded_at": np.where(late, DAY // 24, 0), "until": np.full(total, 30 * DAY)}
    return {
        "amount": amount.tolist(),
        "quantity": rng.integers(1, 6, total).astype(float).tolist(),
        "discount": np.where(rng.random(total) < 1 / 5, np.round(amount / 10, 2), 0).tolist(),
        "score": np.round(rng.random(total) * 10, 1).tolist(),
        "duration": np.round(rng.exponential(60, total), 1).tolist(),
        **{name: [iso(moment) for moment in (time + by).tolist()] for name, by in later.items()},
    }
