"""The ground that spines are made on: a dataset's log, and the time in which it is complete."""

from dataclasses import dataclass, field
from typing import Self

from features.dataset import Dataset
from features.log import as_of
from features.log.log import Log
from features.sources import campaigns
from features.sources.campaigns import Campaigns


@dataclass(frozen=True)
class Ground:
    """What is known of a business, from one moment to another."""

    dataset: Dataset
    log: Log
    begin: int
    """The first moment that events are complete from, in microseconds UTC."""
    end: int
    """The moment that labels are complete up to."""
    _campaigns: dict[tuple[str, str], Campaigns] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, dataset: Dataset, log: Log, end: int | None = None) -> Self:
        """Return the ground of a dataset's log; one that ends earlier is asked for by its end."""
        return cls(dataset, log, as_of.start(log.days), as_of.end(log.days, dataset.end) if end is None else end)

    def campaigns(self, contact: str, answer: str) -> Campaigns:
        """Return the contacts of a kind and the answers to them, which are looked for once.

        Raises:
            DatasetError: the sources do not say of which campaign contacts and answers are.
        """
        if (contact, answer) not in self._campaigns:
            self._campaigns[contact, answer] = campaigns.read(self.dataset, self.log, contact, answer)
        return self._campaigns[contact, answer]
