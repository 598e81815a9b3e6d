"""What a dataset file says of the lifecycle: where its states begin, and by which target they are told."""

from collections.abc import Sequence
from typing import Annotated

import msgspec

from features.catalogue.feature import Aggregate
from training.targets import Churn, Comeback, Target
from training.targets.cohort import PURCHASE_DAYS, Days

_Share = Annotated[float, msgspec.Meta(gt=0, lt=1)]
_Multiple = Annotated[float, msgspec.Meta(gt=0)]
HORIZON = 28
"""Days of the horizon where neither the dataset file nor a target says any; the silence is of twice as many."""


class LifecycleSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table `[lifecycle]`: the probability of a purchase within the horizon from which on a state is told."""

    active: _Share = 0.7
    cooling: _Share = 0.5
    at_risk: _Share = 0.3
    highly_at_risk: _Share = 0.1
    gaps: tuple[_Multiple, _Multiple, _Multiple, _Multiple] = (1.0, 2.0, 3.0, 5.0)
    """Where nothing is predicted: the silence up to which each of these states is told, in usual gaps."""
    horizon_days: Days | None = None
    """By default the churn target's."""
    silent_days: Days | None = None
    """Who buys after a longer silence is reactivated; by default the days within which the churn target's customers
    have purchased."""

    def __post_init__(self) -> None:
        """Refuse states that are out of order."""
        if list(self.levels) != sorted(set(self.levels), reverse=True):
            raise ValueError(f"active, cooling, at_risk, highly_at_risk: got {list(self.levels)}; each must be less.")
        if list(self.gaps) != sorted(set(self.gaps)):
            raise ValueError(f"gaps: got {list(self.gaps)}; each must be more.")

    @property
    def levels(self) -> tuple[float, ...]:
        """The probabilities, decreasing."""
        return self.active, self.cooling, self.at_risk, self.highly_at_risk


class Told(msgspec.Struct, frozen=True):
    """What states are told by: the horizon, the silence, and the targets whose predictions are looked at."""

    horizon: int
    silent: int
    churn: str = ""
    """Empty where there is none."""
    comeback: str = ""

    @property
    def before(self) -> Aggregate:
        """The silence as of one horizon ago."""
        meaning = f"days since the last purchase, as of {self.horizon} days ago"
        name = f"purchase_recency_{self.horizon}d_ago"
        return Aggregate(name, meaning, "days", "silence", "purchase", None, None, self.horizon)

    @property
    def first(self) -> Aggregate:
        """How long ago the first purchase of the last horizon was."""
        meaning = f"days since the first purchase of the last {self.horizon} days"
        name = f"purchase_tenure_{self.horizon}d"
        return Aggregate(name, meaning, "days", "tenure", "purchase", self.horizon)

    @property
    def needs(self) -> tuple[Aggregate, ...]:
        """The features that are looked at."""
        return (*EVER, self.before, self.first)


RECENCY = Aggregate("purchase_recency", "days since the last purchase", "days", "silence", "purchase")
TENURE = Aggregate("purchase_tenure", "days since the first purchase", "days", "tenure", "purchase")
GAP = Aggregate("gap_mean", "mean days between purchase days since the first", "days", "gap_mean", "purchase")
EVER = (RECENCY, TENURE, PURCHASE_DAYS, GAP)
"""The catalogue's features of those names."""


def told_by(settings: LifecycleSettings, targets: Sequence[Target]) -> Told:
    """Return what states are told by: the first churn target, and the comeback of whom it no longer speaks of.

    Where a horizon is declared, a target of another one tells nothing: its probabilities are of other days. A silence
    within the horizon cannot be seen from one horizon ago, so it is at least as long.
    """
    days = settings.horizon_days
    churn = next((one for one in targets if isinstance(one, Churn) and days in {None, one.horizon_days}), None)
    comeback = next((one for one in targets if isinstance(one, Comeback) and churn and _follows(one, churn)), None)
    horizon = days or (churn.horizon_days if churn else HORIZON)
    silent = max(horizon, settings.silent_days or (churn.active_days if churn else 2 * horizon))
    return Told(horizon, silent, churn.name if churn else "", comeback.name if comeback else "")


def _follows(comeback: Comeback, churn: Churn) -> bool:
    """Return whether a comeback speaks of whom a churn target does not, over the same days."""
    return (comeback.silent_days, comeback.horizon_days) == (churn.active_days, churn.horizon_days)
