"""The gate of workflows, asked at the moment of sending: what was decided may be right no longer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from activation.outbox.item import TAKING, Item
from activation.plan import gate as plans
from activation.workflows.due import capped
from activation.workflows.known import Known
from activation.workflows.workflow import Workflow

WORKFLOW = "workflow:"
CAPPED = "contacted as often as the cap allows"


@dataclass(frozen=True)
class Gate:
    """Says why items may not go: consent, suppression and identifiers of all, and what workflows ask of their own."""

    rules: Mapping[str, Workflow]
    known: Callable[[int], Known]
    """What is known at a moment: files that changed are read again."""
    exits: Callable[[Workflow, Item, int], str]
    """Of a workflow's item, what called it off by a moment; empty where nothing did."""
    times: Callable[[Item], Sequence[int]]
    """Of an item, when anything else of ours reached its customer."""

    def __call__(self, items: Sequence[Item], now: int) -> dict[str, str]:
        """Return by the ids of items why they may not go."""
        known = self.known(now)

        def current(customers: Sequence[str], kind: str) -> dict[str, str]:
            own = {one: known.identifiers(one, now).get(kind) for one in dict.fromkeys(customers)}
            return {one: value for one, value in own.items() if value is not None}

        found = plans.gate(known.permissions, known.suppressed, current)(items, now)
        going: list[Item] = []
        for one in items:
            if one.id in found or one.change in TAKING:
                continue
            together = sum(other.row.customer == one.row.customer and other.contact for other in going)
            if why := next(self._against(known, one, together, now), ""):
                found[one.id] = why
            else:
                going.append(one)
        return found

    def _against(self, known: Known, item: Item, together: int, now: int) -> Iterator[str]:
        """Yield what speaks against an item, beside so many others of its customer that go in the same call."""
        if known.barred(item.row.customer, now):
            yield "nothing may be done about this customer: erased, excluded or not profiled"
        if not item.source.startswith(WORKFLOW):
            return
        rule = self.rules.get(item.source.removeprefix(WORKFLOW))
        if rule is None:
            yield "the dataset has no such workflow any more"
            return
        if kind := self.exits(rule, item, now):
            yield f"{kind} happened before it was sent"
        zones = known.people([item.row.customer], (), now).lives(item.row.customer)
        if rule.quiet and any(rule.quiet.holds(now, zone) for zone in zones.every):
            yield "quiet hours began before it was sent"
        if rule.cap and capped(rule.cap, [*self.times(item), *([now] * together)], now):
            yield CAPPED
