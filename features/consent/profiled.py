"""Profiled: who may be profiled, as it is kept beside stored events: what a service must know to ask now."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from features.consent.groups import enough, said
from features.consent.loop import EVER
from features.consent.suppression import CUSTOMER, Holds


@dataclass(frozen=True)
class Profiled:
    """Who may be profiled, as told at a moment, and until when that holds."""

    now: int
    """The moment, in microseconds UTC."""
    refused: frozenset[str] = frozenset()
    """Who may not, with events or without."""
    until: Mapping[str, int] = field(default_factory=dict)
    """Of those who may, the first moment at which they may not, where there is one."""
    strangers: bool = True
    """Whether those may of whom nothing is known."""
    known: frozenset[str] = frozenset()
    """Who may and has no event, where strangers may not."""
    left_out: int = 0
    """Customers with events who may not."""
    customers: int = 0
    """Customers with events, those who are left out among them."""
    smallest: int = 0
    """How many customers a figure is of at the least."""

    def may(self, customer: str, now: int, there: Container[str]) -> bool:
        """Return whether a customer may be profiled at a moment; never before `self.now`, whatever a clock says.

        Args:
            customer: an id.
            now: microseconds UTC.
            there: the customers whose events are kept, all of whom might when they were.
        """
        if customer in self.refused or not (self.strangers or customer in self.known or customer in there):
            return False
        return max(now, self.now) < self.until.get(customer, EVER)

    @property
    def named(self) -> frozenset[str]:
        """Everybody who is named."""
        return self.refused | self.known | self.until.keys()

    def without(self, holds: Holds) -> "Profiled":
        """Return the same without people who are to be forgotten."""
        names = sorted(self.named)
        gone = {name for name, out in zip(names, holds(CUSTOMER, pa.array(names, pa.string())), strict=True) if out}
        until = {name: moment for name, moment in self.until.items() if name not in gone}
        return replace(self, refused=self.refused - gone, until=until, known=self.known - gone)

    def said(self) -> str:
        """Return the one line in which totals tell of those who may not."""
        if not enough(self.left_out, self.smallest):  # nor may the number of all tell it
            return f"not profiled: {said(self.left_out, self.smallest)} customers"
        return f"not profiled: {self.left_out:,} of {self.customers:,} customers"

    def plain(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            **vars(self),
            "refused": sorted(self.refused),
            "known": sorted(self.known),
            "until": dict(sorted(self.until.items())),
        }

    @classmethod
    def restored(cls, plain: Mapping[str, Any]) -> "Profiled":
        """Return what `plain` gave."""
        return cls(**{**plain, "refused": frozenset(plain["refused"]), "known": frozenset(plain["known"])})
