"""Renewal: whether a subscriber whose paid-until date is near will renew."""

from typing import Annotated, ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from features.catalogue.feature import Aggregate
from features.clock import DAY
from training.panel.everyone import Everyone, Floats
from training.panel.reach import Reach
from training.targets.candidate import Candidate, candidate, probability
from training.targets.cohort import SUBSCRIPTION_DAYS_LEFT, SUBSCRIPTION_PERIODS, Cohort, paid_until
from training.targets.horizon import Horizon

GRACE_DAYS = 7
"""Days after the paid-until date by which most late payments have come, where a declaration does not say."""

_PERIOD = "subscription_period"
_LEFT = Aggregate(
    "period_left", "days until the end of the newest paid period", "days", "paid_left", _PERIOD, None, "until"
)
_AGO = Aggregate("period_ago", "days since the newest paid period began", "days", "silence", _PERIOD)


class Renewal(Horizon, frozen=True, forbid_unknown_fields=True, tag="renewal", tag_field="kind"):
    """Probability that a subscription which is paid up to a date is renewed by `grace_days` after it.

    Its cohort are those whose date lies in the `horizon_days` less the `grace_days` from the as-of, so that the answer
    is known when the horizon is over. Renewed is who begins another period (a subscription started or renewed) from the
    as-of on, whose own date is later or not known. A customer has one subscription at a time: the newest period counts,
    and a payment up to no later than its own moment begins none.

    Example:
        >>> renewal = Renewal("renewal_56d", 56, 7)
        >>> left = np.array([[10.0], [10.0], [10.0]])  # seen 17 days and a microsecond after the as-of
        >>> renewal.label(np.array([[23.0, 7.0], [-7.0, 37.0], [np.nan, 1.0]]), left)
        array([1., 0., 1.])
    """

    grace_days: Annotated[int, msgspec.Meta(ge=0, le=3650)] = GRACE_DAYS

    def __post_init__(self) -> None:
        """Refuse a grace that leaves no day for the paid-until date."""
        if self.grace_days >= self.horizon_days:
            raise ValueError(
                f"grace_days: got {self.grace_days}; less than horizon_days, {self.horizon_days}, is allowed."
            )

    task: ClassVar[str] = "binary"
    unit: ClassVar[str] = "probability"

    @property
    def due_days(self) -> int:
        """Within how many days from the as-of the paid-until date lies."""
        return self.horizon_days - self.grace_days

    @property
    def meaning(self) -> str:
        """What is predicted, in words."""
        grace = f", by {self.grace_days} days after it" if self.grace_days else ""
        return f"a renewal at a paid-until date in the next {self.due_days} days{grace}"

    def cohort(self) -> Cohort:
        """Return whom the target speaks of."""
        return paid_until(self.due_days)

    def needs(self) -> tuple[Aggregate, ...]:
        """Return the features that the cohort and the recipes need."""
        return SUBSCRIPTION_DAYS_LEFT, SUBSCRIPTION_PERIODS

    def outcome(self) -> tuple[Aggregate, ...]:
        """Return what is seen when the grace is over: up to when the newest period is paid, and when it began."""
        return _LEFT, _AGO

    def history(self) -> tuple[Aggregate, ...]:
        """Return what the outcome is compared with: up to when is paid as of the cut-off."""
        return (SUBSCRIPTION_DAYS_LEFT,)

    def rows(self) -> Everyone:
        """Return what its rows are, how they are split, and what their labels are."""
        reach = Reach(self.horizon_days, self.cohort().look_back)
        return Everyone(reach, self.outcome(), self.label, self.history(), self.seen_after)

    def seen_after(self, history: Floats) -> NDArray[np.int64]:
        """Return how long after the cut-off each row's grace is over, in microseconds: just after its last instant.

        Args:
            history: the days left, shape (rows, 1); where there are none it is the whole horizon.
        """
        horizon = self.horizon_days * DAY
        over = _microseconds(history[:, 0], self.due_days * DAY) + self.grace_days * DAY + 1
        return np.clip(over, 0, horizon)

    def label(self, outcome: Floats, history: Floats) -> Floats:
        """Return 1 where another period began from the cut-off on whose date is later or not known, else 0.

        Args:
            outcome: days, as of `seen_after`, until the newest period's date and since it began, shape (rows, 2).
            history: days, as of the cut-off, until the date that is to be renewed at, shape (rows, 1).
        """
        seen, due = self.seen_after(history), _microseconds(history[:, 0], 0)
        began = seen - _microseconds(outcome[:, 1], np.iinfo(np.int64).max // 2)
        later = np.isnan(outcome[:, 0]) | (seen + _microseconds(outcome[:, 0], 0) > due)
        return np.where((began >= 0) & later, 1.0, 0.0)

    def candidates(self) -> tuple[Candidate, ...]:
        """Return the recipes that it is tried with, baselines first."""
        return candidate("shifted_beta_geometric", feature=SUBSCRIPTION_PERIODS.name), *probability()


def _microseconds(days: Floats, missing: int) -> NDArray[np.int64]:
    """Return days that the kernel told as the microseconds that they were; `missing` where they are NaN."""
    known = ~np.isnan(days)
    return np.where(known, np.rint(np.where(known, days, 0.0) * DAY).astype(np.int64), missing)
