"""The gate of workflows, asked at the moment of sending: what was decided may be right no longer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from activation.outbox.item import Item
from activation.workflows.due import capped
from activation.workflows.known import Known
from activation.workflows.workflow import Workflow

Exits = Callable[[Workflow, str, str], str]
"""Of a workflow, an instance's id and its customer, what called it off since; empty where nothing did."""


@dataclass(frozen=True)
class Gate:
    """Says why items may not go."""

    rules: Mapping[str, Workflow]
    known: Callable[[int], Known]
    """What is known at a moment: files that changed are read again."""
    exits: Exits
    times: Callable[[Item], Sequence[int]]
    """Of an item, when others reached its customer, or are about to be sent."""

    def __call__(self, items: Sequence[Item], now: int) -> dict[str, str]:
        """Return by the ids of items why they may not go."""
        known = self.known(now)
        allowed = self._allowed(known, items, now)
        found = {}
        for one in items:
            if why := self._why(known, one, allowed.get((one.purpose, one.row.customer), True), now):
                found[one.id] = why
        return found

    def _allowed(self, known: Known, items: Sequence[Item], now: int) -> dict[tuple[str, str], bool]:
        if known.permissions is None:
            return {}
        found: dict[tuple[str, str], bool] = {}
        for purpose in dict.fromkeys(one.purpose for one in items):
            customers = list(dict.fromkeys(one.row.customer for one in items if one.purpose == purpose))
            if purpose not in known.permissions.consent.purposes:
                found |= {(purpose, one): False for one in customers}
                continue
            may = known.permissions.allowed(purpose, now, pa.array(customers, pa.string())).tolist()
            found |= {(purpose, one): bool(yes) for one, yes in zip(customers, may, strict=True)}
        return found

    def _why(self, known: Known, item: Item, allowed: bool, now: int) -> str:
        customer = item.row.customer
        if known.barred(customer, now):
            return "nothing may be kept or done of this customer: erased, excluded or not profiled"
        if not allowed:
            return f"{item.purpose} is not allowed"
        name = item.source.removeprefix("workflow:")
        if not item.source.startswith("workflow:"):
            return ""
        rule = self.rules.get(name)
        if rule is None:
            return "the dataset has no such workflow any more"
        if kind := self.exits(rule, item.id, customer):
            return f"{kind} happened before it was sent"
        zones = known.people([customer], (), now).lives(customer)
        if rule.quiet and any(rule.quiet.holds(now, zone) for zone in zones.every):
            return "quiet hours began before it was sent"
        if rule.cap and capped(rule.cap, self.times(item), now):
            return "contacted as often as the cap allows"
        return ""
