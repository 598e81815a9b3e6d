"""Met: which identifiers are of one person by what is stored and by what came in since, as a batch over both tells.

Links are judged anew, oldest first, among all identifiers that have to do with each other, so that it does not matter
in which order they came in. What nothing came in about is as it was stored.
"""

from collections.abc import Sequence
from itertools import count
from threading import RLock
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pyarrow as pa

from features.buckets.judged import judged
from features.buckets.person import Person
from features.identity import names
from features.identity.identity import SHARED
from features.identity.links import FOREVER
from features.identity.people import People
from features.log.log import Log
from features.log.store.accepted import Accepted, Live
from features.log.ties import Ties
from features.sources import named, rows
from features.sources.batch import Ints
from features.sources.named import LINK

PIECE = 1000
"""Events that are read at a time."""
_versions = count(1)


class _Said(msgspec.Struct):
    """What an event says of who it is of and when; the rest of it is not looked at."""

    customer_id: str
    event: str
    occurred_at: str
    recorded_at: str | None = None
    identifiers: dict[str, str] | None = None


class Met:
    """Of one stored log and one store; may be used by several threads."""

    def __init__(self, log: Log, ties: Ties, live: Live) -> None:
        """Begin; nothing is read yet."""
        self._log, self._ties, self._live = log, ties, live
        self._zone = ZoneInfo(log.zone)
        self._lock = RLock()
        self._basis: object = None
        self._begin()

    def _begin(self) -> None:
        """Know nothing but what is stored; nobody who was erased meanwhile is in what is kept."""
        named.forget()
        self._held = self._log.accepted.of(self._live.name)
        self._number = self._held.until
        self._new: list[tuple[int, str]] = []
        self._named: dict[str, int] = {}
        self._first: dict[int, int] = {}
        self._known: dict[tuple[int, int], int] = {}
        self._rows: dict[int, set[str]] = {}
        self._up: dict[int, int] = {}
        self._parts: dict[int, list[int]] = {}
        self._tied: dict[int, set[tuple[int, int]]] = {}
        self._moved: dict[int, int] = {}
        self._people: dict[int, tuple[Ints, People]] = {}

    def look(self) -> None:
        """Take in what came in since the last look; all of it where something was taken away.

        Raises:
            NotStored: the store cannot be read.
        """
        with self._lock:
            basis = self._live.name, self._live.changes()
            if basis != self._basis:
                self._begin()
                self._basis = basis
            while some := self._live.since(self._number, PIECE):
                for one in some:
                    if not self._held.has(one.number):
                        self._take(one)
                self._number = some[-1].number
                if len(some) < PIECE:
                    break

    def person(self, spelt: Sequence[str]) -> Person | None:
        """Return the person who is meant by the first of some names that is anybody's; None: as it is stored."""
        with self._lock:
            for name in spelt:
                number = self._number_of(name.removeprefix(f"{SHARED}:"))
                group = None if number is None else self._group(number)
                if group in self._moved:
                    found = self._person(group, name)
                    if found is not None:
                        return found
                if self._log.place(name) is not None:
                    return None
            return None

    def _take(self, one: Accepted) -> None:
        """Take in an event: whom it names, when, and where its row stands."""
        said = msgspec.json.decode(one.event, type=_Said)
        if said.event != LINK and said.event not in self._log.kinds:
            return
        given = named.identifiers(msgspec.structs.asdict(said), self._ties.identity)
        if not given:
            return
        moments = [rows.instant(at, self._zone) or 0 for at in (said.occurred_at, said.recorded_at) if at]
        numbers = [self._enrolled(kind, value) for kind, value in given.items()]
        known = max(moments)
        news = self._group(numbers[0]) not in self._moved
        for number in numbers:
            if known < self._since(number):
                self._first[number], news = known, True
        for other in numbers[1:]:
            pair = numbers[0], other
            if known < self._known.get(pair, FOREVER):
                self._known[pair], news = known, True
            self._join(*pair)
        group = self._group(numbers[0])
        self._tied.setdefault(group, set()).update((numbers[0], other) for other in numbers[1:])
        if said.event != LINK:
            self._rows.setdefault(numbers[0], set()).add(one.customer)
        if news:
            self._moved[group] = next(_versions)
            self._people.pop(group, None)

    def _since(self, number: int) -> int:
        """Return since when an identifier is known."""
        stored = int(self._ties.identifiers.first[number]) if number < len(self._ties) else FOREVER
        return min(stored, self._first.get(number, FOREVER))

    def _number_of(self, name: str) -> int | None:
        return self._named.get(name, self._ties.number(name))

    def _enrolled(self, kind: str, value: str) -> int:
        """Return the number of an identifier, a new one where it was not met; corrections join it with others."""
        kinds = self._ties.identity.names
        name = names.one((kind, value), kinds)
        number = self._number_of(name)
        if number is not None:
            return number
        number = self._named[name] = len(self._ties) + len(self._new)
        self._new.append((kinds.index(kind), value))
        for one in self._ties.corrections:
            if one.same and name in {one.one, one.other}:
                other = self._number_of(one.other if name == one.one else one.one)
                if other is not None:
                    self._join(number, other)
        return number

    def _group(self, number: int) -> int:
        """Return the group that an identifier is in now."""
        group = int(self._ties.group[number]) if number < len(self._ties) else number
        while group in self._up:
            group = self._up[group]
        return group

    def _join(self, one: int, other: int) -> None:
        a, b = self._group(one), self._group(other)
        if a == b:
            return
        if len(self._parts.get(a, ())) < len(self._parts.get(b, ())):
            a, b = b, a
        self._up[b] = a
        self._parts.setdefault(a, [a]).extend(self._parts.pop(b, [b]))
        self._tied.setdefault(a, set()).update(self._tied.pop(b, ()))
        self._people.pop(a, None)
        self._people.pop(b, None)
        if self._moved.pop(b, None) is not None or a in self._moved:
            self._moved[a] = next(_versions)

    def _person(self, group: int, name: str) -> Person | None:
        numbers, people = self._judged(group)
        owner = int(people.owner(pa.array([name], pa.string()))[0])
        if owner < 0:
            return None
        several = np.flatnonzero(people.forest.shared != FOREVER)
        own = np.flatnonzero(people.person[: numbers.size] == owner)
        traces = own if owner < numbers.size else several[[owner - numbers.size]]
        called = people.names.take(pa.array(np.flatnonzero(people.person == owner))).to_pylist()
        return Person(
            str(people.names[owner]),
            tuple(called),
            self._moved[group],
            tuple(sorted({customer for n in numbers[traces].tolist() for customer in self._rows.get(n, ())})),
            owner,
            traces,
            numbers,
            people,
        )

    def _judged(self, group: int) -> tuple[Ints, People]:
        """Return the numbers of a group's identifiers, ascending, and who they are, by their places among those."""
        if group not in self._people:
            self._people[group] = self._judge(group)
        return self._people[group]

    def _judge(self, group: int) -> tuple[Ints, People]:
        ties, stored = self._ties, len(self._ties)
        parts = self._parts.get(group, [group])
        before = [part for part in parts if part < stored]
        old = np.sort(np.concatenate([np.empty(0, np.int64), *(ties.members(part) for part in before)]))
        new = np.array(sorted(part for part in parts if part >= stored), np.int64)
        numbers = np.concatenate([old, new])
        links = {pair: known for part in before for pair, known in ties.links(part)}
        for pair in self._tied.get(group, ()):
            links[pair] = min(self._known[pair], links.get(pair, FOREVER))
        first = np.array([self._since(n) for n in numbers.tolist()], np.int64)
        return numbers, judged(ties, numbers, [self._new[n - stored] for n in new.tolist()], first, links)
