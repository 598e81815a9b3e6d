"""The history: customers' events as the service knows them, those that are stored and those that came in since."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from threading import Lock

import numpy as np
import pyarrow as pa

from features.buckets.joined import joined
from features.buckets.met import Met
from features.buckets.person import Person
from features.log import content
from features.log.held import NONE, Held
from features.log.log import Log
from features.log.store.accepted import Accepted, Live
from features.sources import posted
from features.sources.batch import Batch, Key

Version = tuple[int, int]
"""Moves with each change of what came in of a customer: with the events, and with whose they are."""
NOTHING: Version = (0, 0)
"""Of customers of whom nothing came in."""
MOST = 1000
"""Of so many customers the joined log is kept."""


class History:
    """Of one dataset; may be used by several threads."""

    def __init__(self, log: Log, live: Live | None = None) -> None:
        """Begin.

        Args:
            log: the stored events.
            live: what came in since; None where nothing can.
        """
        self.log = log
        self.live = live
        self._met = Met(log, log.ties, live) if live is not None and log.ties is not None else None
        self._lock = Lock()
        self._kept: OrderedDict[tuple[str, Version], Log] = OrderedDict()

    @property
    def near(self) -> bool:
        """Whether what came in is told without a network, so that nobody need wait for it in a thread."""
        return self.live is None or self.live.near

    @property
    def alone(self) -> "History":
        """The stored events alone, for when the server of what came in does not answer."""
        return History(self.log)

    @property
    def _held(self) -> Held:
        """What the stored log has of what came in; nothing where another store took its store's place."""
        return self.log.accepted.of(self.live.name) if self.live else NONE

    def look(self) -> None:
        """Take in whom what came in since the last look links.

        Raises:
            Away: the server of what came in does not answer.
        """
        if self._met is not None:
            self._met.look()

    def person(self, spelt: Sequence[str]) -> Person | None:
        """Return the person who is meant by some names as what came in links them; None: as it is stored."""
        return self._met.person(spelt) if self._met is not None else None

    def versions(self, customers: Mapping[str, int | None]) -> dict[str, Version]:
        """Return of those customers of whom something came in what moves with each change of it.

        Args:
            customers: what each is called, and the place in the stored log, None where nothing is stored.

        Raises:
            Away: the server of what came in does not answer.
        """
        if self.live is None:
            return {}
        people = {one: self.person([one]) for one in customers} if self._met is not None else {}
        called = {one: self._called(one, place, people.get(one)) for one, place in customers.items()}
        names = [name for own in called.values() for name in own]
        found = self.live.versions(names, self._held.until)
        if not found and not people:
            return {}
        moved = {one: person.moved for one, person in people.items() if person is not None}
        sums = {one: (sum(found.get(name, 0) for name in own), moved.get(one, 0)) for one, own in called.items()}
        return {one: version for one, version in sums.items() if any(version)}

    def since(self, customers: Mapping[str, int | None]) -> dict[str, Log]:
        """Return the logs of those of some customers of whom something came in, each with all of the one's events.

        Args:
            customers: as `versions` takes them.

        Raises:
            NotJoined: an earlier release stored the events.
        """
        found: dict[str, Log] = {}
        for one, version in self.versions(customers).items():
            if (log := self._log(one, customers[one], version)) is not None:
                found[one] = log
        return found

    def newest(self, customer: str, place: int | None) -> list[Accepted]:
        """Return what came in of a customer since the events were stored, in the order of acceptance."""
        if self.live is None:
            return []
        held, person = self._held, self.person([customer])
        found = self.live.of(self._called(customer, place, person), held.until)
        since = (one for own in found.values() for one in own if not held.has(one.number))
        return sorted(since, key=lambda one: one.number)

    def forget(self) -> None:
        """Forget the logs that are kept."""
        with self._lock:
            self._kept.clear()

    def _called(self, customer: str, place: int | None, person: Person | None) -> Sequence[str]:
        """Return all that a customer may be called in what came in."""
        if person is not None:
            return person.rows_as
        if self.log.linked is None or place is None:
            return [customer]
        return list(dict.fromkeys([customer, *self.log.linked.of_place(place)]))

    def _log(self, customer: str, place: int | None, version: Version) -> Log | None:
        with self._lock:
            if (kept := self._kept.get((customer, version))) is not None:
                self._kept.move_to_end((customer, version))
                return kept
        rows, person = self.newest(customer, place), self.person([customer])
        log = person.log(self.log, rows) if person else self._joined(rows, customer, place)
        if log is None:
            return None
        with self._lock:
            self._kept[customer, version] = log
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return log

    def _joined(self, rows: Sequence[Accepted], customer: str, place: int | None) -> Log | None:
        """Return the log of a customer of whom nothing links what came in with anybody."""
        if not rows:
            return None
        return joined(self.log, place, self._rows(rows, customer), self.log.zone, self.log.by_machine)

    def _rows(self, accepted: Sequence[Accepted], customer: str) -> Batch:
        """Return what came in as rows of a customer; a kind that is no longer known counts for nothing."""
        log = self.log
        rows = posted.batch_of(posted.stored(accepted), log.zone, log.kinds, log.products)
        rows = rows.where(rows.reason == 0)
        name = pa.array([customer] * rows.place.size, pa.string())
        hashes = np.full(rows.place.size, content.of_text(name[:1]).view(np.int64)[0] if len(name) else 0)
        return replace(rows, customer=Key(hashes, name), event_id=None)
