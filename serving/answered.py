"""The answered: the newest answer to each of the last customers, to be compared with what the bundle was made of.

Nothing of it is stored: it ends with the process.
"""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from features.clock import DAY
from features.consent.suppression import CUSTOMER, Suppression
from serving.shape import Based
from training.bundle.bundle import Bundle
from training.bundle.reference import Reference
from training.bundle.scores import Scores
from training.drift import reference
from training.drift.figures import Column, Figures, Seen, columns, figures

NEWEST = 1000
"""So many answers, of as many customers, are looked at."""
DAYS = 28
"""All answers of so many days are looked at, too."""
MOST = 10_000
"""Of no more customers is the newest answer kept."""


class Drift(Based, kw_only=True):
    """How the last answers lie beside what the bundle was made of."""

    last_1000: Figures
    """Of as many different customers."""
    last_28_days: Figures


@dataclass(frozen=True)
class _One:
    at: int
    """What the clock showed."""
    as_of: int
    values: NDArray[np.float64]


class Answered:
    """What was answered, the newest last; may be used by several threads."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._lock = Lock()
        self._kept: OrderedDict[str, _One] = OrderedDict()

    def add(self, bundle: Bundle, scores: Scores, now: int) -> None:
        """Keep the answers to some customers in the place of older ones to the same.

        Args:
            bundle: which answered.
            scores: the answers.
            now: what the clock shows.
        """
        values = reference.values(scores, len(bundle.kernel.features))
        with self._lock:
            for customer, as_of, row in zip(
                scores.customer_ids.to_pylist(), scores.as_of.tolist(), values, strict=True
            ):
                self._kept[customer] = _One(now, as_of, row.copy())  # a view would keep the whole request
                self._kept.move_to_end(customer)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)

    def forget(self, suppressed: Suppression) -> None:
        """Drop the answers to people who were erased."""
        with self._lock:
            for customer in [one for one in self._kept if suppressed.has(CUSTOMER, one)]:
                del self._kept[customer]

    def told(self, bundle: Bundle, now: int) -> dict[str, Figures]:
        """Return the figures of the last answers, and of those of the last days; nothing for a bundle of before."""
        if bundle.reference is None:
            return {}
        with self._lock:
            kept = list(self._kept.values())
        young = [one for one in kept if one.at > now - DAYS * DAY]
        parts = {"last_1000": kept[-NEWEST:], "last_28_days": young}
        return {name: figures(_seen(bundle, bundle.reference, part)) for name, part in parts.items()}

    def columns(self, bundle: Bundle) -> list[Column]:
        """Return each column of the last answers beside training; none of few, and for a bundle of before."""
        if bundle.reference is None:
            return []
        with self._lock:
            kept = list(self._kept.values())[-NEWEST:]
        return columns(_seen(bundle, bundle.reference, kept))


def _seen(bundle: Bundle, reference: Reference, kept: list[_One]) -> Seen:
    seen = Seen(bundle, reference, live=True)
    if kept:
        values = np.array([one.values for one in kept])
        seen.add(values, np.array([one.as_of for one in kept], np.int64))
    return seen
