"""Hindsight: what was said of a target at an origin, and what happened; compared by the metrics of its task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from training.metrics.bootstrap import Estimate, Scored, scored
from training.metrics.metrics import HEADLINE, Floats
from training.metrics.owners import Owners
from training.report.interval import estimates, mean_outcome
from training.targets import Target

CONSTANT = "constant"
"""The dumbest baseline: the mean outcome of all that was known, for everyone."""


@dataclass(frozen=True)
class Hindsight:
    """What was said at one origin beside what happened in the horizon after it; arrays of shape (rows,)."""

    origins: tuple[int, ...]
    """One, or all that are pooled."""
    by: str
    """The recipe that was chosen, or the file that kept the predictions."""
    customers: NDArray[np.int64] | Owners
    y: Floats
    """What happened."""
    p: Floats
    """What was said."""
    rivals: Mapping[str, Floats] = field(default_factory=dict)
    """What the baselines said, by name."""

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self.y.size)


@dataclass(frozen=True)
class Judged:
    """A hindsight in figures."""

    origins: tuple[int, ...]
    by: str
    rows: int
    happened: Estimate
    """The mean outcome, with the interval that resampled customers give it."""
    predicted: float
    """The mean prediction."""
    figures: Scored
    rivals: dict[str, Scored]


@dataclass(frozen=True)
class Backtest:
    """One target's past: each origin's figures, the oldest first, and those of all their rows together."""

    target: Target
    by_origin: tuple[Judged, ...]
    pooled: Judged
    said: tuple[str, ...] = ()
    """What a reader should know beside the figures."""

    @property
    def ranking(self) -> list[str]:
        """The baselines that have a headline figure at each origin: of a value, a constant ranks nobody."""
        headline, every = HEADLINE[self.target.task], [one.rivals for one in self.by_origin]
        return [name for name in self.pooled.rivals if all(isfinite(own[name].value[headline]) for own in every)]


def backtest(target: Target, found: Sequence[Hindsight], said: Sequence[str] = ()) -> Backtest:
    """Judge a target's hindsights, at least one of them."""
    inside = sorted(found, key=lambda one: one.origins)
    by_origin = tuple(judged(target.task, one) for one in inside)
    pooled = judged(target.task, together(inside)) if len(inside) > 1 else by_origin[0]
    return Backtest(target, by_origin, pooled, tuple(said))


def judged(task: str, one: Hindsight) -> Judged:
    """Return a hindsight's figures; the intervals of all who answer are from the same draws of customers."""
    happened = estimates({"happened": mean_outcome}, one.y, one.p, one.customers)["happened"]
    return Judged(
        one.origins,
        one.by,
        len(one),
        happened,
        float(one.p.mean()),
        _scored(task, one, one.p),
        {name: _scored(task, one, p) for name, p in one.rivals.items()},
    )


def together(every: Sequence[Hindsight]) -> Hindsight:
    """Return the rows of several origins as one; of the baselines, those that answered at each."""
    shared = [name for name in every[0].rivals if all(name in one.rivals for one in every)]
    return Hindsight(
        tuple(moment for one in every for moment in one.origins),
        ", ".join(dict.fromkeys(one.by for one in every)),
        Owners.together([Owners.of(one.customers) for one in every]),
        np.concatenate([one.y for one in every]),
        np.concatenate([one.p for one in every]),
        {name: np.concatenate([one.rivals[name] for one in every]) for name in shared},
    )


def _scored(task: str, one: Hindsight, p: Floats) -> Scored:
    # A draw may hold one outcome only, and a constant ranks nobody: both give no number, and are passed over.
    with np.errstate(invalid="ignore", divide="ignore"):
        return scored(task, one.y, p, one.customers)
