"""Redis: accepted events on a Redis or Valkey server, for several replicas of the service on several machines.

All keys of a dataset have one slot of a cluster. A customer's version is asked of the server at each answer: so
whatever one replica takes in is in the next answer of every other.
"""

import logging
import secrets
import time
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Self

import msgspec
import pyarrow as pa

from features.consent.suppression import CUSTOMER, Holds
from features.log.store import lua, named, promised, swept
from features.log.store.accepted import Accepted, May, NotStored, Offered, anybody
from features.log.store.reached import Reached
from features.log.store.verdict import Verdict

_AT_ONCE = 1000
"""So many numbers, or names, are in one step."""
_CHANGED = 1 << 40
"""A change counts for so many events in a version."""
_TRIES = 100
"""So often an erasure may come between."""
_VERDICTS = {"a": Verdict.ACCEPTED, "d": Verdict.DUPLICATE, "c": Verdict.CONFLICT}
_KEYS = ("name", "fence", "last", "changes", "numbers", "events", "told", "ids", "newest", "unswept", "")
_log = logging.getLogger("habitus.live")
_encode = msgspec.json.Encoder().encode


class Redis:
    """A `Live` store on a server; may be used by several threads."""

    near: bool = False

    def __init__(self, url: str, dataset: str) -> None:
        """Open a dataset's store, and make it where there is none.

        Raises:
            NotStored: the server does not answer, or lets nobody in; or the extra is not installed.
        """
        self._server = Reached(url)
        self._keys = _keys(dataset)
        self._accept, self._settle, self._forget, self._rewrite, self._swept = (
            self._server.client.register_script(one)
            for one in (lua.ACCEPT, lua.SETTLE, lua.FORGET, lua.REWRITE, lua.SWEPT)
        )
        self.name, self._fence = "", "0"
        self.warnings: Sequence[str] = promised.warnings(self._server)
        self._made()

    @staticmethod
    def there(url: str, dataset: str) -> bool:
        """Return whether a server has a dataset's store; none is made.

        Raises:
            NotStored: as of a store that is opened.
        """
        server = Reached(url)
        try:
            return bool(server.ask(lambda client: client.exists(_keys(dataset)["name"])))
        finally:
            server.client.close()

    def _made(self) -> None:
        """Make the store where there is none; one that took the place of another is told."""
        keys = self._keys

        def make(client: Any) -> list[Any]:
            step = client.pipeline(transaction=True)
            step.set(keys["name"], secrets.token_hex(8), nx=True)
            for counted in ("changes", "fence"):  # from the clock: none of a new store was one of a store before
                step.set(keys[counted], time.time_ns() // 1000, nx=True)
            found: list[Any] = step.get(keys["name"]).execute()
            return found

        name = self._server.ask(make)[-1].decode()
        if self.name and name != self.name:
            _log.warning(
                "the Redis server at %s lost the store of accepted events, or has another now: what was accepted"
                " before is not in it",
                self._server.where,
            )
        self.name = name

    def _same(self, name: bytes | None) -> bool:
        """Return whether the store is still the one that was opened; where it is not, the other is opened."""
        if name == self.name.encode():
            return True
        self._made()
        return False

    def _step(self, script: Any, *given: Any) -> Any:
        """Return what a script answers, of this store or of the one that took its place."""
        while True:
            asked = partial(script, list(self._keys.values()), [self.name, *given])
            done = self._server.ask(asked)
            if done != lua.ANOTHER:
                return done
            self._made()

    def accept(self, offered: Sequence[Offered], at: int, may: May = anybody) -> list[Verdict]:
        """Store events in one step; see `Live`.

        An erasure that begins between `may` and the step moves the fence: then it is asked again. Where the server went
        away in the middle it is not known whether it was done: events with an id may be offered again.
        """
        for _ in range(_TRIES):
            fence = self._fence  # of before they are asked about: another thread may learn of a newer one meanwhile
            kept = [may(one) for one in offered]
            some = [one for one, may_be in zip(offered, kept, strict=True) if may_be]
            if not some:
                return [Verdict.REFUSED] * len(offered)
            given = [part for one in some for part in _parts(one, at)]
            done = self._step(self._accept, fence, secrets.token_hex(8), *given)
            if not done.startswith(lua.ERASED):
                told = iter(_VERDICTS[chr(one)] for one in done)
                return [next(told) if may_be else Verdict.REFUSED for may_be in kept]
            self._fence = done.removeprefix(lua.ERASED).decode()
        raise NotStored("people are being erased all the time: events may be offered again")

    def versions(self, customers: Sequence[str], after: int = 0) -> dict[str, int]:
        """Return of those customers who have events a number that moves with each change; see `Live`."""
        if not customers:
            return {}
        while True:
            asked = self._server.ask(
                lambda client: (
                    client.pipeline(transaction=True)
                    .mget(self._keys["name"], self._keys["changes"])
                    .hmget(self._keys["newest"], list(customers))
                    .execute()
                )
            )
            (name, changes), newest = asked
            if self._same(name):
                break
        numbers = {one: int(number) for one, number in zip(customers, newest, strict=True) if number}
        return {one: number + _CHANGED * int(changes) for one, number in numbers.items() if number > after}

    def of(self, customers: Sequence[str], after: int = 0) -> dict[str, list[Accepted]]:
        """Return the events of some customers; see `Live`."""
        found: dict[str, list[Accepted]] = {}
        for begin in range(0, len(customers), _AT_ONCE):
            own = [f"{self._keys['']}of:{one}" for one in customers[begin : begin + _AT_ONCE]]
            numbers = self._asked(*(("ZRANGE", key, f"({after}", "+inf", "BYSCORE") for key in own))
            for row in self._rows([number for some in numbers for number in some]):
                found.setdefault(row.customer, []).append(row)
        return found

    def since(self, number: int, limit: int = 1000) -> list[Accepted]:
        """Return the first events after a number; see `Live`."""
        asked = "ZRANGE", self._keys["numbers"], f"({number}", "+inf", "BYSCORE", "LIMIT", 0, limit
        while True:
            (numbers,) = self._asked(asked)
            rows = self._rows(numbers)
            if rows or not numbers:  # all of them may have been taken away between the two questions
                return rows

    def everything(self) -> Iterator[Accepted]:
        """Yield all events; see `Live`."""
        last = int(self._server.ask(lambda client: client.get(self._keys["last"])) or 0)
        number = 0
        while number < last and (rows := self.since(number, _AT_ONCE)):
            yield from (one for one in rows if one.number <= last)
            number = rows[-1].number

    def _asked(self, *questions: tuple[Any, ...]) -> list[Any]:
        """Return the answers to several questions, asked together."""

        def ask(client: Any) -> list[Any]:
            step = client.pipeline(transaction=False)
            for one in questions:
                step.execute_command(*one)
            answers: list[Any] = step.execute()
            return answers

        return self._server.ask(ask)

    def _rows(self, numbers: Sequence[bytes]) -> list[Accepted]:
        """Return events by their numbers, but those that were taken away."""
        found: list[Accepted] = []
        for begin in range(0, len(numbers), _AT_ONCE):
            some = numbers[begin : begin + _AT_ONCE]
            events, told = self._asked(*(("HMGET", self._keys[one], *some) for one in ("events", "told")))
            for number, event, one in zip(some, events, told, strict=True):
                if event is not None and one is not None:
                    at, customer, _ = msgspec.json.decode(one)
                    found.append(Accepted(int(number), int(at), customer, event))
        return found

    def settle(self, numbers: Sequence[int]) -> int:
        """Let go of events that the files hold now; see `Live`. So many at a time are one step."""
        parts = [numbers[begin : begin + _AT_ONCE] for begin in range(0, len(numbers), _AT_ONCE)]
        return sum(int(self._step(self._settle, *part)) for part in parts)

    def forget(self, holds: Holds) -> int:
        """Forget customers; see `Live`. The server writes its files anew before this returns."""
        self._server.ask(lambda client: client.incr(self._keys["fence"]))  # from now on `may` is asked anew
        count = 0
        for names in self._names():
            out = holds(CUSTOMER, pa.array(names, pa.string()))
            for name in (name for name, gone in zip(names, out, strict=True) if gone):
                count += int(self._step(self._forget, name))
        for number, event in self._several():
            if (left := named.without(event, holds)) is not None:
                self._step(self._rewrite, number, event, left)
        if unswept := self._server.ask(lambda client: client.get(self._keys["unswept"])):
            swept.sweep(self._server)
            self._server.ask(lambda client: self._swept(list(self._keys.values()), [unswept], client))
        return count

    def _several(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield the events that name their person by several identifiers, by their numbers."""
        numbers = sorted(self._server.ask(lambda client: client.smembers(f"{self._keys['']}several")))
        for begin in range(0, len(numbers), _AT_ONCE):
            some = numbers[begin : begin + _AT_ONCE]
            (events,) = self._asked(("HMGET", self._keys["events"], *some))
            yield from ((number, event) for number, event in zip(some, events, strict=True) if event is not None)

    def _names(self) -> Iterator[list[str]]:
        """Yield what all customers are called who are there all the while, some at a time; some more than once."""
        place = 0
        while True:
            place, found = self._server.ask(
                partial(lambda place, client: client.hscan(self._keys["newest"], place, count=_AT_ONCE), place)
            )
            yield [name.decode() for name in found]
            if not place:
                return

    def changes(self) -> int:
        """Return a number that moves whenever events are taken away; see `Live`."""
        while True:
            name, count = self._server.ask(lambda client: client.mget(self._keys["name"], self._keys["changes"]))
            if self._same(name):
                return int(count)

    def __len__(self) -> int:
        """Return how many events there are."""
        return int(self._server.ask(lambda client: client.zcard(self._keys["numbers"])))

    def __enter__(self) -> Self:
        """Return the store, to be closed at the end of a block."""
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self.close()

    def close(self) -> None:
        """End."""
        self._server.client.close()


def _keys(dataset: str) -> dict[str, str]:
    """Return the keys of a dataset's store, by what they are of; "" begins those of single customers."""
    return {name: f"habitus:{{{dataset}}}:{name}" for name in _KEYS}


def _parts(one: Offered, at: int) -> tuple[Any, ...]:
    """Return an event as the script takes it."""
    id_ = "" if one.event_id is None else f"1{one.event_id}"
    several = "1" if one.identifiers else ""
    return one.customer, id_, one.content, one.event, _encode((str(at), one.customer, id_)), several
