"""Acquired: who ordered for the first time, what a new customer cost, and after how many days that is earned back."""

import numpy as np
from scipy.stats import chi2

from features.clock import DAY
from training.kpis.estimate import wilson
from training.kpis.measure import Piece
from training.kpis.things import NEVER, Floats, Ints
from training.kpis.window import Window
from training.metrics.bootstrap import Estimate

LONGEST = 730
"""Days from the first order on that are looked at."""
FEWEST = 30
"""Customers of whom a mean is told at the least: of one it is an anecdote."""
_ALPHA = 0.05


class Acquired:
    """Counts of new customers in some windows, and what customers earned by day since their first order."""

    def __init__(self, windows: tuple[Window | None, ...]) -> None:
        """Begin with nobody."""
        self._windows = windows
        self.counts = np.zeros(len(windows), np.int64)
        """New customers by window."""
        self.buyers = np.zeros(len(windows), np.int64)
        """All who ordered, known before it or not."""
        size = LONGEST + 1
        self._earned = np.zeros((len(windows), size, size))
        self._observed = np.zeros((len(windows), size))

    def add(self, piece: Piece) -> None:
        """Add customers: those who are no customers yet when a window ends are not looked at."""
        own, count = piece.orders, len(piece.log.customers)
        first = np.full(count, NEVER)
        np.minimum.at(first, own.owner, own.begun)
        owner, time = piece.log.owners[own.lines], piece.log.columns["time"][own.lines]
        for number, window in enumerate(self._windows):
            if window is None:
                continue
            self.counts[number] += int(((first >= window.begin) & (first < window.end)).sum())
            within = (own.begun >= window.begin) & (own.begun < window.end)
            self.buyers[number] += np.unique(own.owner[within]).size
            there = first < window.end
            observed = np.where(there, np.minimum((window.end - np.where(there, first, 0)) // DAY, LONGEST), 0)
            self._observed[number] += np.bincount(observed[there], minlength=LONGEST + 1)
            age = (time - first[owner]) // DAY
            rows = there[owner] & (time < window.end) & (time >= first[owner]) & (age <= LONGEST)
            np.add.at(self._earned[number], (age[rows], observed[owner[rows]]), piece.earned[rows])

    def cumulative(self, number: int) -> tuple[Floats, Ints]:
        """Return what customers of a window's end earned on the mean by each day, and of how many that is told.

        Returns:
            Shapes (LONGEST,): by the end of day n, of those who were observed for n + 1 days, day 0 being the first.
        """
        observed = np.cumsum(self._observed[number][::-1])[::-1][1:]
        whole = np.cumsum(self._earned[number][:, ::-1], axis=1)[:, ::-1][:, 1:]
        days = np.arange(LONGEST)
        sums = np.cumsum(whole[:LONGEST], axis=0)[days, days]
        return sums / np.where(observed > 0, observed, np.nan), observed.astype(np.int64)

    def cost(self, number: int, spent: float) -> Estimate:
        """Return what a new customer cost; the interval is that of the count by chance (Poisson's, exact)."""
        count = int(self.counts[number])
        if not count:
            return Estimate(np.nan, np.nan, np.nan)
        least, most = chi2.ppf(_ALPHA / 2, 2 * count) / 2, chi2.ppf(1 - _ALPHA / 2, 2 * count + 2) / 2
        return Estimate(spent / count, spent / float(most), spent / float(least))

    def returning(self, number: int) -> Estimate:
        """Return which share of those who ordered had ordered before the window; its interval is Wilson's."""
        buyers, new = int(self.buyers[number]), int(self.counts[number])
        if not buyers:
            return Estimate(np.nan, np.nan, np.nan)
        share = (buyers - new) / buyers
        return Estimate(share, *wilson(share, buyers))

    def payback(self, number: int, cost: float, fewest: int) -> int | None:
        """Return the first day, from 1, by which a cost is earned back on the mean; None where that was not seen.

        Args:
            number: of the window.
            cost: of one new customer, in units of events' money.
            fewest: customers of whom a mean is told at the least, if they are more than FEWEST.
        """
        mean, observed = self.cumulative(number)
        reached = np.flatnonzero((mean >= cost) & (observed >= max(fewest, FEWEST)))
        return int(reached[0]) + 1 if reached.size and np.isfinite(cost) else None
