"""Capped: whom one more contact would reach more often than the cap allows; asked at the moment of sending."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from activation.assignment.assign import Cap
from activation.outbox.item import ENTER, Item
from activation.outbox.outbox import Outbox
from features.clock import DAY

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
        since, found = now - round(self.cap.days * DAY), dict[str, str]()
        reached = Counter(self.box.reached([one.row.customer for one in entering], since, {one.id for one in entering}))
        for one in entering:
            if reached[one.row.customer] >= self.cap.contacts:
                found[one.id] = CAPPED
            reached[one.row.customer] += one.id not in found
        return found
