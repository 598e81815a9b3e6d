"""The flow: a business's workflows over its ledger: one tick decides what is due; what was decided is sent."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace

from activation import ledger
from activation.audiences import codes
from activation.audiences.told import Words
from activation.destinations import destination
from activation.destinations.vendor import Vendor
from activation.outbox import acknowledged
from activation.outbox.clock import Clock, Wall
from activation.outbox.item import REACHING, Item, State
from activation.workflows import contacts, decided, declared, item, judged, known, telling, turns
from activation.workflows.due import due
from activation.workflows.event import Event, Turn
from activation.workflows.gate import Gate
from activation.workflows.instance import Due, Instance
from activation.workflows.judged import Judge
from activation.workflows.known import Known
from activation.workflows.memory import Memory
from activation.workflows.telling import Telling
from activation.workflows.triggered import by_kind, exited
from activation.workflows.workflow import Workflow
from features.dataset import Dataset, DatasetError
from features.log.store import opened
from features.log.store.accepted import Live
from features.sources import erased

TABLES = (*decided.TABLES, *codes.TABLES, *acknowledged.TABLES, *turns.TABLES)
_REACHED = ", ".join(f"'{state}'" for state in REACHING if state != State.PLANNED)


@dataclass
class Flow:
    """Of one dataset, in one process."""

    dataset: Dataset
    rules: Mapping[str, Workflow]
    vendors: Mapping[str, Vendor]
    connection: sqlite3.Connection
    live: Live | None
    room: int
    known: Known
    judge: Judge | None
    signed: str = ""
    """What the files were like that tell what is known."""
    clock: Clock = field(default_factory=Wall)
    words: Mapping[str, Words] = field(default_factory=dict)
    """What workflows tell, by their names."""
    redeemed: tuple[object, set[str]] | None = None
    """What customers redeemed as the stored events say, and which events those are."""

    def tick(self, now: int, touched: Sequence[str] | None = None) -> Sequence[Due]:
        """Decide what is due now, and put what is to be sent into the outbox.

        Args:
            now: microseconds UTC.
            touched: the customers who are looked at; None: everybody.
        """
        self.fresh(now)
        back, dates = known.looked_at(self.rules)
        dates = dates if touched is None else []  # they come round for everybody alike
        events = self._events(back, touched, now)
        events = [one for one in events if not self.known.barred(one.customer, now)]
        met = self._turned(touched, now)
        people = self.known.people(list({one.customer for one in events} | {one.customer for one in met}), dates, now)

        tells = Telling(self.words, self.rules, self.known, self.connection, self._used(touched), now)

        def ask(memory: Memory) -> Sequence[Due]:
            people_now = people
            if memory.sent or dates:  # who is looked at only because of what was sent before, or of a date
                more = {one.customer for one in memory.sent} | {one for own in people.dates.values() for one in own}
                lives = self.known.people(sorted(more - people.zones.keys()), (), now).zones
                people_now = replace(people, zones={**people.zones, **lives})
            return due(
                self.rules, events, met, lambda name, who: self._holds(name, who, now), self.known.permissions,
                memory, now, people_now, tells,
            )  # fmt: skip

        def items(found: Sequence[Due]) -> Iterator[Item]:
            told = tells.fields(found)
            return (item.made(one, self.rules, self.vendors, self.known, now, told.get(one.id, {})) for one in found)

        whose = None if touched is None else list(touched)
        return decided.decide(
            self.connection,
            self.rules,
            whose,
            ask,
            items,
            now,
        )

    def _events(self, back: Mapping[str, int], touched: Sequence[str] | None, now: int) -> list[Event]:
        if touched is None:
            found = list(self.known.stored(back, now))
            begin = self.known.log.accepted.of(self.live.name).until if self.live else 0
            came = self.known.came_in(list(known.since(self.live, begin)), back)
            return [*found, *(one for one in came if now - back[one.kind] <= one.at <= now)]
        every = [one for who in touched for one in self.known.of(who, back, self.live, now)]
        return [one for one in every if one.at >= now - back[one.kind]]

    def _used(self, touched: Sequence[str] | None) -> set[str]:
        """Return what customers redeemed; where it says so, of what came in that of some customers alone."""
        if not any(one.offer and one.offer.codes for one in self.words.values()):
            return set()
        log = self.known.log
        if self.redeemed is None or self.redeemed[0] != log.folder:
            self.redeemed = log.folder, codes.redeemed(log)
        begin = log.accepted.of(self.live.name).until if self.live else 0
        if touched is None or self.live is None:
            rows = list(known.since(self.live, begin))
        else:
            rows = [row for some in self.live.of(list(touched), begin).values() for row in some]
        came = self.known.came_in(rows, codes.REDEEMING)
        return self.redeemed[1] | {str(one.fields["campaign_id"]) for one in came if one.fields.get("campaign_id")}

    def _holds(self, workflow: str, customers: Sequence[str], now: int) -> Mapping[str, bool]:
        assert self.judge is not None
        return self.judge.holds(judged.called(self.rules[workflow], judged.ONLY_IF), customers, now)

    def _turned(self, touched: Sequence[str] | None, now: int) -> list[Turn]:
        """Return whose conditions turned; those of triggers that are conditions."""
        own = {name: rule for name, one in self.rules.items() if (rule := judged.turning(one))}
        if not own or self.judge is None:
            return []
        who = self.judge.everybody(now) if touched is None else list(touched)
        held = {name: self.judge.holds(rule, who, now) for name, rule in own.items()}
        since = now - max(self.rules[name].look_back for name in own)
        return turns.seen(self.connection, self.rules, held, now, since)

    def fresh(self, now: int) -> Known:
        """Return what is known, read again where a file that tells it has changed."""
        newest = known.signature(self.dataset)
        if newest != self.signed:
            suppressed = erased.read(self.dataset)
            attributes, permissions = known.permitted(self.dataset, self.known.log, suppressed, self.room, now)
            self.known = replace(self.known, attributes=attributes, permissions=permissions, suppressed=suppressed)
            if self.judge is not None:
                self.judge = judged.read(self.known, self.rules, self.live)
            self.signed = newest
        return self.known

    def record(self, items: Sequence[Item]) -> None:
        """Keep contacts that were acknowledged as events of their customers."""
        contacts.record(self.dataset, self.vendors, items, self.clock.now(), self.live)

    def renew(self, now: int) -> None:
        """Read everything that is known again, over the newest stored events."""
        self.signed = known.signature(self.dataset)
        self.known = known.read(self.dataset, self.room, now)
        self.judge = judged.read(self.known, self.rules, self.live)

    def gate(self) -> Gate:
        """Return what is asked at the moment of sending."""
        return Gate(self.rules, self.fresh, self._exits, self._times)

    def _exits(self, rule: Workflow, one: Item, now: int) -> str:
        row = self.connection.execute("SELECT triggered FROM decided WHERE id = ?", (one.id,)).fetchone()
        if row is None or not rule.exit_on:
            return ""
        events = by_kind(self.known.of(one.row.customer, rule.exit_on, self.live, now), now)
        return exited(rule, events, Instance(one.id, rule.name, one.row.customer, row[0], row[0]), now)

    def _times(self, one: Item) -> list[int]:
        sql = f"SELECT at FROM outbox WHERE contact = 1 AND customer = ? AND id <> ? AND state IN ({_REACHED})"
        return [at for (at,) in self.connection.execute(sql, (one.row.customer, one.id))]


@contextmanager
def open_(dataset: Dataset, room: int, now: int, *, live: bool = True) -> Iterator[Flow]:
    """Open a business's workflows.

    Args:
        dataset: the declaration.
        room: bytes that the process may take.
        now: microseconds UTC.
        live: whether what came in since files were read counts.

    Raises:
        DatasetError: a workflow or a destination is wrong, or a file cannot be read.
        StoreError: no events are stored.
        NotStored: the store of what came in cannot be opened.
    """
    rules = declared.declared(dataset)
    if not rules:
        raise DatasetError(f"dataset {dataset.name!r}: workflows: got none; [workflows.NAME] declares one.")
    names = dict.fromkeys(one.action.destination for one in rules.values())
    vendors: dict[str, Vendor] = {name: destination.read(dataset, name) for name in names}
    for one in vendors.values():
        one.steps("event")  # whatever cannot be sent is told before anything is decided
    words = telling.read(dataset, rules, now)
    with ExitStack() as until:
        store = opened.live(dataset.name) if live else None
        if store is not None:
            until.callback(store.close)
        connection = until.enter_context(ledger.opened(dataset.name, TABLES))
        signed = known.signature(dataset)
        read = known.read(dataset, room, now)
        judge = judged.read(read, rules, store)
        yield Flow(dataset, rules, vendors, connection, store, room, read, judge, signed, words=words)
