"""Due: what is to be sent by workflows now, what is not, and why. A pure function of what is known.

Missed ticks, restarts and replays give the same: an instance is named by its trigger, and due by its instant.
"""

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from activation.workflows import chance
from activation.workflows.event import Event, People, Turn
from activation.workflows.instance import Due, Instance, Verdict
from activation.workflows.memory import Memory, Sent
from activation.workflows.telling import Telling
from activation.workflows.triggered import ByKind, by_kind, exited, instances, made
from activation.workflows.workflow import Cap, Done, Workflow
from activation.workflows.zones import Zones
from features.consent.permissions import Permissions

Scores = Callable[[str, Sequence[str]], Mapping[str, bool]]
"""Of a workflow by name and customers, for whom its `only_if` holds now."""


def due(
    rules: Mapping[str, Workflow],
    events: Sequence[Event],
    segments: Sequence[Turn],
    scores: Scores,
    permissions: Permissions | None,
    outbox: Memory,
    now: int,
    people: People,
    telling: Telling | None = None,
) -> list[Due]:
    """Return what becomes of each instance that is due and was not decided before, in the order in which it is due.

    Args:
        rules: the workflows by name.
        events: what customers did, in any order; as far back as `Workflow.look_back` says.
        segments: conditions of triggers that turned at this tick or a little before.
        scores: for whom conditions hold.
        permissions: what customers allow; None where nobody is asked.
        outbox: what was decided and sent before.
        now: microseconds UTC.
        people: zones and dates.
        telling: what is told; None where nobody is told a message.
    """
    happened = by_kind(events, now)
    asked = _Asked(rules, happened, scores, permissions, outbox, now, people, telling)
    begun = [one for rule in rules.values() for one in instances(rule, happened, segments, people, now)]
    begun += [one for sent in outbox.sent for one in asked.steps(sent)]
    queue = [_placed(one, rules) for one in begun]
    heapq.heapify(queue)
    asked.foresee(begun)
    found: list[Due] = []
    while queue:
        *_, instance = heapq.heappop(queue)
        told = asked.decided(instance)
        if told is not None:
            found.append(told)
            if told.verdict is Verdict.SEND:
                sent = Sent(instance.id, instance.workflow, instance.customer, told.due_at, instance.fields)
                for step in asked.steps(sent):
                    heapq.heappush(queue, _placed(step, rules))
    return found


def _placed(instance: Instance, rules: Mapping[str, Workflow]) -> tuple[int, int, int, str, Instance]:
    """Return an instance behind what it is ordered by; no two have one id."""
    return instance.raw, instance.at, list(rules).index(instance.workflow), instance.id, instance


def capped(cap: Cap, contacts: Sequence[int], at: int) -> bool:
    """Return whether some window would hold more contacts than are allowed, with one more at a moment."""
    times = [*(one for one in contacts if abs(one - at) < cap.window), at]
    begins = (one for one in times if one <= at)
    return any(sum(begin <= one < begin + cap.window for one in times) > cap.contacts for begin in begins)


def _outside(rule: Workflow, moment: int, zones: Zones) -> int | None:
    return moment if rule.quiet is None else rule.quiet.after(moment, zones.every)


@dataclass
class _Asked:
    """What one call of `due` has decided so far."""

    rules: Mapping[str, Workflow]
    events: ByKind
    scores: Scores
    permissions: Permissions | None
    memory: Memory
    now: int
    people: People
    telling: Telling | None = None
    entered: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    contacts: dict[str, list[int]] = field(default_factory=dict)
    met: dict[str, dict[str, bool]] = field(default_factory=dict)
    allowed: dict[str, dict[str, bool]] = field(default_factory=dict)
    lacking: dict[str, str] = field(default_factory=dict)
    """Why instances cannot be told what they should, empty where they can: those that were asked about."""

    def foresee(self, some: Sequence[Instance]) -> None:
        """Ask about all customers at once whose instances may be sent."""
        open_ = [one for one in some if one.id not in self.memory.decided and not self._late(one, self.now)]
        for name, rule in self.rules.items():
            customers = list(dict.fromkeys(one.customer for one in open_ if one.workflow == name))
            self._ask(rule, customers)
            self._tell(name, [one for one in open_ if one.workflow == name])

    def _tell(self, workflow: str, some: Sequence[Instance]) -> None:
        if self.telling is not None:
            found = self.telling.lacks(workflow, some)
            self.lacking |= {one.id: found.get(one.id, "") for one in some}

    def _ask(self, rule: Workflow, customers: Sequence[str]) -> None:
        if rule.only_if:
            met = self.met.setdefault(rule.name, {})
            if fresh := [one for one in customers if one not in met]:
                met |= self.scores(rule.name, fresh)
        if self.permissions is not None and rule.purpose:
            allowed = self.allowed.setdefault(rule.purpose, {})
            if fresh := [one for one in customers if one not in allowed]:
                may = self.permissions.allowed(rule.purpose, self.now, pa.array(fresh, pa.string()))
                allowed |= dict(zip(fresh, may.tolist(), strict=True))

    def _lacks(self, instance: Instance) -> str:
        if instance.id not in self.lacking:
            self._tell(instance.workflow, [instance])
        return self.lacking.get(instance.id, "")

    def _code(self, rule: Workflow, customer: str) -> str:
        """Return why there is no code for a customer; asked last, since one that there is is theirs by that."""
        return self.telling.without_code(rule.name, customer) if self.telling is not None else ""

    def _late(self, instance: Instance, moment: int) -> bool:
        return moment - instance.raw > self.rules[instance.workflow].lateness

    def decided(self, instance: Instance) -> Due | None:
        """Return what becomes of an instance; None where that is known, or where the customer is not to enter again."""
        rule = self.rules[instance.workflow]
        if instance.id in self.memory.decided or self._again(rule, instance):
            return None
        zones = self.people.lives(instance.customer)
        at, sent = (_outside(rule, one, zones) for one in (instance.raw, max(instance.raw, self.now)))
        arm = chance.arm(rule, instance.customer, self.memory.arms, instance.raw, self.people.zone.key)
        verdict, reason = next(self._against(rule, instance, (at, sent), arm), (Verdict.SEND, ""))
        if verdict is not Verdict.EXPIRED:
            self.entered.setdefault((rule.name, instance.customer), []).append(instance.at)
        due_at, send_at = (instance.raw if one is None else one for one in (at, sent))
        if verdict is Verdict.SEND:
            self.contacts.setdefault(instance.customer, []).append(due_at)
        guessed = rule.quiet is not None and zones.guessed
        return Due(instance, due_at, send_at, verdict, reason, guessed, arm.name, arm.probability, arm.draws)

    def _again(self, rule: Workflow, instance: Instance) -> bool:
        """Return whether the customer entered too short a time ago, or will have."""
        own = rule.name, instance.customer
        times = (*self.memory.entered.get(own, ()), *self.entered.get(own, ()))
        return any(rule.reentry is None or abs(instance.at - one) < rule.reentry for one in times)

    def _against(
        self, rule: Workflow, instance: Instance, times: tuple[int | None, int | None], arm: chance.Arm
    ) -> Iterator[tuple[Verdict, str]]:
        """Yield what speaks against sending; the first counts. Chance comes before the cap, which it does not fill."""
        (at, sent), customer = times, instance.customer
        if kind := exited(rule, self.events, instance, instance.raw):
            yield Verdict.EXITED, f"{kind} happened before it was due"
        if self._late(instance, self.now):
            yield Verdict.EXPIRED, "it is later than max_lateness allows"
        if at is None or sent is None or self._late(instance, sent):
            yield Verdict.EXPIRED, "its quiet hours end later than max_lateness allows"
        self._ask(rule, [customer])
        if rule.only_if and not self.met[rule.name].get(customer):
            yield Verdict.UNMET, "only_if does not hold, or cannot be told"
        if not self.allowed.get(rule.purpose, {}).get(customer, self.permissions is None):
            yield Verdict.REFUSED, f"{rule.purpose} is not allowed"
        if why := self._lacks(instance):
            yield Verdict.LACKING, why
        if arm.held:
            yield Verdict.HELD_OUT, "left alone by chance" + (", by everything" if arm.everywhere else "")
        if rule.cap and at is not None and self._capped(rule.cap, customer, at):
            yield Verdict.CAPPED, "contacted as often as the cap allows"
        if why := self._code(rule, customer):
            yield Verdict.LACKING, why

    def _capped(self, cap: Cap, customer: str, at: int) -> bool:
        """Return whether one more contact is one too many, by when those before were due."""
        every = (*self.memory.contacts.get(customer, ()), *self.contacts.get(customer, ()))
        return capped(cap, every, at)

    def steps(self, sent: Sent) -> Iterator[Instance]:
        """Yield the next steps of a journey behind an instance that is sent, which are due."""
        for rule in self.rules.values():
            if isinstance(rule.trigger, Done) and rule.trigger.workflow == sent.workflow:
                step = made(rule, sent.customer, sent.at, sent.id, sent.fields)
                if self.now - rule.window <= step.raw <= self.now:
                    yield step
