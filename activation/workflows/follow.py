"""Following: workflows of the customers whom something came in of, the moment that it did, for as long as it runs."""

import heapq
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from activation import ledger
from activation.workflows import known
from activation.workflows.event import Event
from activation.workflows.flow import TABLES, Flow
from activation.workflows.instance import Due, Verdict
from activation.workflows.workflow import Done, Happened
from features.clock import SECOND
from features.log.store import mapped

LOG = "habitus.activation"
POLL = 0.05
"""Seconds between two looks at what came in."""
WHOLE = 900 * SECOND
"""Microseconds between two ticks of everybody: dates, silences and conditions turn without an event."""
_IDLE = 1.0
"""Seconds after which what waits for another try is sent, though nothing is new."""
_log = logging.getLogger(LOG)
Sends = Callable[[Flow], object]
"""Sends what is due, and waits for nothing."""


@dataclass
class Follower:
    """Of one business; it decides in one thread, and sends in another."""

    flow: Flow
    sends: Sends
    over: threading.Event = field(default_factory=threading.Event)
    """Set when it is to end."""
    _fresh: threading.Event = field(default_factory=threading.Event)
    _number: int = 0
    """What came in up to this one was looked at."""
    _whole: int = 0
    """When everybody was looked at."""
    _later: list[tuple[int, str]] = field(default_factory=list)
    """Whom to look at again, and when."""

    def run(self) -> None:
        """Follow until it is over; what was decided then is sent as far as it can be."""
        sender = threading.Thread(target=self._send, name="sender")
        sender.start()
        try:
            while not self.over.is_set():
                if not self.look(self.flow.clock.now()):
                    self.over.wait(POLL)
        finally:
            self.over.set()
            self._fresh.set()
            sender.join()

    def look(self, now: int) -> int:
        """Look once; return how many customers were looked at, 0 where nothing was new."""
        if now >= self._whole + WHOLE:
            self._everybody(now)
            return 1
        live = self.flow.live
        came = live.since(self._number) if live is not None else []
        if came:
            self._number = came[-1].number
        touched = dict.fromkeys(self.flow.known.called(one.customer) for one in came)
        for one in self._waits(self.flow.known.came_in(came), now):
            heapq.heappush(self._later, one)
        while self._later and self._later[0][0] <= now:
            touched.setdefault(heapq.heappop(self._later)[1])
        if touched:
            self._decided(self.flow.tick(now, list(touched)))
        return len(touched)

    def _everybody(self, now: int) -> None:
        """Tick for everybody, over newer stored events where there are any."""
        own = self.flow
        if mapped.newest(own.dataset.name) != own.known.log.folder:
            own.renew(now)
        live = own.live
        self._number = max((one.number for one in live.everything()), default=0) if live is not None else 0
        found = own.tick(now)
        self._whole = now
        begin = own.known.log.accepted.of(live.name).until if live is not None else 0
        self._later = list(self._waits(own.known.came_in(list(known.since(live, begin))), now))
        heapq.heapify(self._later)
        self._decided(found)

    def _waits(self, events: Iterable[Event], now: int) -> Iterator[tuple[int, str]]:
        """Yield when what events begin is due, and whose they are, where that is later."""
        for event in events:
            for rule in self.flow.rules.values():
                begins = isinstance(rule.trigger, Happened) and rule.trigger.kind == event.kind
                if begins and event.at + rule.wait > now:
                    yield event.at + rule.wait, event.customer

    def _decided(self, found: Sequence[Due]) -> None:
        for one in (one for one in found if one.verdict is Verdict.SEND):
            for rule in self.flow.rules.values():
                if isinstance(rule.trigger, Done) and rule.trigger.workflow == one.workflow:
                    heapq.heappush(self._later, (one.due_at + rule.wait, one.customer))
        if sent := sum(one.verdict is Verdict.SEND for one in found):
            _log.info("decided: %d, to be sent: %d", len(found), sent)
            self._fresh.set()

    def _send(self) -> None:
        """Send what is decided, over a connection of its own."""
        with ledger.opened(self.flow.dataset.name, TABLES) as connection:
            own = replace(self.flow, connection=connection)
            while True:
                over = self.over.is_set()
                self._fresh.clear()
                own.known, own.judge, own.signed = self.flow.known, self.flow.judge, self.flow.signed
                try:
                    self.sends(own)
                except Exception as error:  # noqa: BLE001  what could not be sent is sent by the next look
                    _log.warning("nothing could be sent: %s", " ".join(str(error).split()) or type(error).__name__)
                if over:
                    return
                self._fresh.wait(_IDLE)
