"""Spent: what contacts cost: each what `[profit]` says, and its part of the costs of its campaign or channel."""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from features.clock import DAY
from features.dataset import Dataset
from features.log.event import MONEY_UNITS
from features.log.log import Log
from features.sources.costs import Costs
from training.kpis.measure import Contacts
from training.kpis.moments import OUTSIDE
from training.kpis.things import Floats, Ints, Mask
from training.kpis.window import Window

USUAL_GAP = 0.9
"""Of the gaps between days with costs, the share that the usual one is not below: weekends are no end of the rows."""
CAMPAIGN, CHANNEL = "campaign", "channel"
Named = tuple[str, str]
"""Whether it is a campaign or a channel, and its name."""


def within(costs: Costs, window: Window, *, acquisition: bool) -> Mask:
    """Return which costs of a window are for acquisition, or which are not; shape (rows,)."""
    found: Mask = (costs.day >= window.begin) & (costs.day < window.end) & (costs.acquisition == acquisition)
    return found


def acquired(costs: Costs, window: Window | None) -> float:
    """Return what was spent for acquisition in a window; NaN where the rows do not reach over it.

    They reach over it where less than their usual gap lies before the first, and no more from the last to its end.
    """
    days = np.unique(costs.day[costs.acquisition])
    gaps = np.rint(np.diff(days) / DAY)
    if window is None or not gaps.size:
        return np.nan
    gap = np.quantile(gaps, USUAL_GAP, method="higher")
    early, late = np.rint((days.min() - window.begin) / DAY), np.rint((window.end - days.max()) / DAY)
    if early >= gap or late > gap:
        return np.nan
    return float(costs.amount[within(costs, window, acquisition=True)].sum())


def elsewhere(costs: Costs, window: Window) -> dict[Named, float]:
    """Return what was spent on campaigns on days outside a window."""
    found: dict[Named, float] = defaultdict(float)
    outside = ~costs.acquisition & ((costs.day < window.begin) | (costs.day >= window.end))
    for row in np.flatnonzero(outside).tolist():
        if costs.campaign[row]:
            found[CAMPAIGN, costs.campaign[row] or ""] += float(costs.amount[row])
    return dict(found)


def of_what(costs: Costs, window: Window) -> dict[Named, float]:
    """Return what was spent on campaigns and channels in a window; what has both is of the campaign."""
    found: dict[Named, float] = defaultdict(float)
    for row in np.flatnonzero(within(costs, window, acquisition=False)).tolist():
        campaign, channel = costs.campaign[row], costs.channel[row]
        if campaign or channel:
            found[(CAMPAIGN, campaign) if campaign else (CHANNEL, channel or "")] += float(costs.amount[row])
    return dict(found)


@dataclass
class Made:
    """How many contacts of campaigns and channels that cost were made to the members of segments in one window."""

    spent: dict[Named, float]
    """By campaign and channel."""
    segments: int
    elsewhere: dict[Named, float] = field(default_factory=dict)
    """What was spent on campaigns on other days, which is in no roi of the window."""
    counts: dict[Named, Ints] = field(default_factory=dict)
    """Shape (segments + 1,): the last is everybody else."""

    def add(self, log: Log, contacts: Contacts, mask: Mask, places: Ints) -> None:
        """Add the contacts of a window.

        Args:
            log: of the customers.
            contacts: all of theirs.
            mask: those of the window.
            places: the segment of each customer, OUTSIDE where none.
        """
        for kind, column in ((CAMPAIGN, contacts.campaign), (CHANNEL, contacts.channel)):
            names = {name: place for place, name in enumerate(log.names[kind].to_pylist())}
            for own in (one for one in {**self.spent, **self.elsewhere} if one[0] == kind and one[1] in names):
                rows = mask & (column == names[own[1]])
                where = places[contacts.owner[rows]]
                counts = np.bincount(np.where(where == OUTSIDE, self.segments, where), minlength=self.segments + 1)
                self.counts[own] = self.counts.get(own, np.zeros(self.segments + 1, np.int64)) + counts

    def more(self) -> Floats:
        """Return what each segment's contacts cost beside what each costs, shape (segments,)."""
        found = np.zeros(self.segments)
        for own, counts in self.counts.items():
            if counts.sum():
                found += self.spent.get(own, 0.0) * counts[:-1] / counts.sum()
        return found

    def nowhere(self) -> list[str]:
        """Return the campaigns and channels that cost and contacted nobody."""
        return sorted(name for kind, name in self.spent if not self.counts.get((kind, name), np.zeros(1)).sum())

    def outside(self) -> dict[str, float]:
        """Return what campaigns cost on other days that contacted somebody in the window."""
        return {
            own[1]: spent for own, spent in sorted(self.elsewhere.items()) if self.counts.get(own, np.zeros(1)).sum()
        }


def of_each(dataset: Dataset, contacts: float, more: float) -> float:
    """Return what one contact cost on the mean, in units of events' money."""
    own = dataset.profit.cost if dataset.profit else 0.0
    return (own + (more / contacts if contacts else 0.0)) * MONEY_UNITS
