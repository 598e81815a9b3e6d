"""Moments: sums of what customers did, of their squares and products, of which all figures and intervals are made.

They are sums over customers, so logs of whole customers come one after the other and none is kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from training.kpis.kpi import Kpi
from training.kpis.things import Floats, Ints, Things
from training.kpis.window import BEFORE, NOW, YEAR_AGO

TODAY = "today"
"""What happened in the window, of those who are members at its end: named so, and no result."""
SLOTS = (NOW, BEFORE, YEAR_AGO, TODAY)
MEMBER, NUMERATOR, DENOMINATOR, COUNTED = range(4)
"""What is told of a customer in each slot; the last is whether there is anything in the denominator."""
WIDTH = 4
OUTSIDE = -1
"""The place of who was in no segment."""


@dataclass(frozen=True)
class Moments:
    """Of the segments of one segmenter, and of some KPIs."""

    grams: Floats
    """Shape (segments, KPIs, SLOTS * WIDTH, SLOTS * WIDTH): of each pair of numbers the sum of the products."""

    @classmethod
    def nothing(cls, segments: int, kpis: Sequence[Kpi]) -> "Moments":
        """Return those of nobody."""
        size = len(SLOTS) * WIDTH
        return cls(np.zeros((segments, len(kpis), size, size)))

    def add(self, places: Ints, numbers: Sequence[Sequence[tuple[Floats, Floats]]]) -> None:
        """Add customers.

        Args:
            places: the segment of each at the beginning of each window, and at the end of the first, by SLOTS; OUTSIDE
                where none. Shape (customers, slots).
            numbers: of each KPI and slot, numerator and denominator of each customer, both of shape (customers,).
        """
        for segment in range(len(self.grams)):
            member = places == segment
            rows = np.flatnonzero(member.any(axis=1))
            if not rows.size:
                continue
            inside = member[rows].astype(np.float64)
            for number, of_slots in enumerate(numbers):
                seen = np.empty((rows.size, len(SLOTS), WIDTH))
                for slot, (above, below) in enumerate(of_slots):
                    own = inside[:, slot]
                    seen[:, slot, MEMBER] = own
                    seen[:, slot, NUMERATOR] = own * above[rows]
                    seen[:, slot, DENOMINATOR] = own * below[rows]
                    seen[:, slot, COUNTED] = own * (below[rows] > 0)
                flat = seen.reshape(rows.size, -1)
                self.grams[segment, number] += flat.T @ flat


def numbers(kpi: Kpi, things: Mapping[str, Things], customers: int) -> tuple[Floats, Floats]:
    """Return numerator and denominator of each customer, shape (customers,)."""

    def of(thing: str, conditions: tuple[str, ...], quantity: str) -> Floats:
        own = things[thing]
        return own.summed(quantity, conditions, customers) if quantity else own.counted(conditions, customers)

    above, below = kpi.numerator, kpi.denominator
    return (
        of(above.thing, above.conditions, above.quantity),
        of(below.thing, below.conditions, below.quantity),
    )
