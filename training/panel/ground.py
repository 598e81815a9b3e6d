"""The ground that spines are made on: a dataset's log, and the time in which it is complete."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

import numpy as np

from features.dataset import Dataset
from features.log import ends
from features.log.log import Log
from features.sources import campaigns
from features.sources.campaigns import Campaigns
from training.panel.sample import EVERYBODY, Ints, Sample, in_order


@dataclass(frozen=True)
class Ground:
    """What is known of a business, from one moment to another."""

    dataset: Dataset
    log: Log
    begin: int
    """The first moment that events are complete from, in microseconds UTC."""
    end: int
    """The moment that labels are complete up to."""
    sample: Sample = EVERYBODY
    """Who is asked about."""
    _campaigns: dict[tuple[str, str], Campaigns] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, dataset: Dataset, log: Log, end: int | None = None, sample: Sample = EVERYBODY) -> Self:
        """Return the ground of a dataset's log; one that ends earlier is asked for by its end."""
        until = ends.end(log.days, dataset.end) if end is None else end
        return cls(dataset, log, ends.start(log.days), until, sample)

    def who(self, key: str) -> Ints:
        """Return the customers who are asked about in a spine, by its key, in the order of what they did."""
        return self.order[self.sample.inside(self.log, key)[self.order]]

    @cached_property
    def rank(self) -> Ints:
        """Each customer's place in the order of what they did, shape (customers,)."""
        rank = np.empty(self.order.size, np.int64)
        rank[self.order] = np.arange(self.order.size)
        return rank

    @cached_property
    def order(self) -> Ints:
        """All customers in the order of what they did."""
        return in_order(self.log)

    def campaigns(self, contact: str, answer: str) -> Campaigns:
        """Return the contacts of a kind and the answers to them, which are looked for once.

        Raises:
            DatasetError: the sources do not say of which campaign contacts and answers are.
        """
        if (contact, answer) not in self._campaigns:
            self._campaigns[contact, answer] = campaigns.read(self.dataset, self.log, contact, answer)
        return self._campaigns[contact, answer]
