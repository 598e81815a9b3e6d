"""Capped: whom one more contact would reach too often; asked at the moment of sending, and told of before."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from activation.assignment.assign import Cap
from activation.outbox.item import ENTER, Item
from activation.outbox.outbox import Outbox
from activation.plan.plan import Plan
from features.clock import DAY
from features.consent.suppression import CUSTOMER

CAPPED = "reached as often as the cap allows"


@dataclass(frozen=True)
class Capped:
    """Says who may not enter an audience now: who is in one already is reached by nothing, and stays."""

    cap: Cap | None
    box: Outbox

    def __call__(self, items: Sequence[Item], refused: Collection[str], now: int) -> dict[str, str]:
        """Return by the ids of items why they may not go.

        Args:
            items: of one call.
            refused: ids of those that do not go for another reason.
            now: microseconds UTC.
        """
        entering = [one for one in items if one.change == ENTER and one.contact and one.id not in refused]
        if self.cap is None or not entering:
            return {}
        found, since, ids = dict[str, str](), self._since(now), {one.id for one in entering}
        reached = Counter(self.box.reached([one.row.customer for one in entering], since, ids))
        for one in entering:
            if reached[one.row.customer] >= self.cap.contacts:
                found[one.id] = CAPPED
            reached[one.row.customer] += one.id not in found
        return found

    def lines(self, plans: Sequence[Plan], now: int) -> Iterator[str]:
        """Yield how many of those who come in by some plans would be held back now."""
        if self.cap is None:
            return
        for one in plans:
            places = pa.array([each.place for each in one.changes if each.kind == ENTER], pa.int64())
            customers = one.wanted.members[CUSTOMER].take(places).to_pylist()
            reached = self.box.reached(customers, self._since(now), ())
            if count := sum(reached.get(who, 0) >= self.cap.contacts for who in customers):
                yield f"{one.audience.name}: {count:,} of those who come in are held back: {CAPPED}"

    def _since(self, now: int) -> int:
        return now - round(self.cap.days * DAY) if self.cap else now
