"""What the tests of workflows share: workflows, events, and ticks that remember what the ones before decided."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from activation.workflows.due import due
from activation.workflows.event import Event, People, Turn
from activation.workflows.instance import Due, Verdict
from activation.workflows.memory import Memory, Sent
from activation.workflows.workflow import Action, Happened, Trigger, Workflow
from features import clock
from features.clock import DAY, HOUR
from features.consent.permissions import Permissions

UTC = ZoneInfo("UTC")
PARIS = ZoneInfo("Europe/Paris")
START = clock.parse("2026-03-02T10:00:00Z", UTC)
CART = "cart_abandon"


def workflow(name: str = "cart", trigger: Trigger = Happened(CART), **given: object) -> Workflow:  # noqa: B008
    """Return a workflow with some keys; it may be as late as a day."""
    known = {"lateness": DAY, "reentry": 0} | given
    action = known.pop("action", Action("crm", "told"))
    return Workflow(name, trigger, action, **known)  # type: ignore[arg-type]


def rules(*some: Workflow) -> dict[str, Workflow]:
    """Return workflows by name."""
    return {one.name: one for one in some}


def event(at: int, kind: str = CART, customer: str = "ann") -> Event:
    """Return an event so many hours after START."""
    return Event(customer, kind, START + at * HOUR)


@dataclass
class Ticks:
    """Ticks over some workflows, which remember."""

    rules: Mapping[str, Workflow]
    people: People = field(default_factory=lambda: People(UTC))
    permissions: Permissions | None = None
    met: bool = True
    decided: list[Due] = field(default_factory=list)

    @property
    def memory(self) -> Memory:
        """What was decided so far."""
        entered: dict[tuple[str, str], list[int]] = {}
        contacts: dict[str, list[int]] = {}
        for one in self.decided:
            if one.verdict is not Verdict.EXPIRED:
                entered.setdefault((one.workflow, one.customer), []).append(one.instance.at)
            if one.verdict is Verdict.SEND:
                contacts.setdefault(one.customer, []).append(one.due_at)
        sent = [
            Sent(one.id, one.workflow, one.customer, one.due_at, one.instance.fields)
            for one in self.decided
            if one.verdict is Verdict.SEND
        ]
        return Memory({one.id for one in self.decided}, entered, contacts, sent=sent)

    def ask(self, now: int, events: Sequence[Event], turns: Sequence[Turn] = ()) -> list[Due]:
        """Return what is due, and remember nothing."""
        return due(
            self.rules,
            events,
            turns,
            lambda _, customers: dict.fromkeys(customers, self.met),
            self.permissions,
            self.memory,
            now,
            self.people,
        )

    def tick(self, now: int, events: Sequence[Event], turns: Sequence[Turn] = ()) -> list[Due]:
        """Return what is due, and remember it."""
        found = self.ask(now, events, turns)
        self.decided += found
        return found

    def run(self, moments: Iterable[int], events: Sequence[Event]) -> "Ticks":
        """Tick at moments."""
        for now in moments:
            self.tick(now, events)
        return self

    def again(self) -> "Ticks":
        """Return the same with nothing decided."""
        return replace(self, decided=[])

    def told(self) -> set[tuple[str, Verdict]]:
        """Return the ids and verdicts of all that was decided."""
        return {(one.id, one.verdict) for one in self.decided}

    def sent(self) -> list[Due]:
        """Return what is sent."""
        return [one for one in self.decided if one.verdict is Verdict.SEND]
