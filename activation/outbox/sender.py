"""A sender: makes the calls of one destination, one at a time, and keeps what came of each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from activation import ledger
from activation.destinations.credentials import CredentialsError
from activation.destinations.outcome import Answered, Outcome, Verdict
from activation.destinations.request import Answer, Request
from activation.destinations.token import NoToken
from activation.destinations.vendor import Vendor
from activation.outbox import account, backoff, queue
from activation.outbox.account import Account, Turn
from activation.outbox.clock import Clock
from activation.outbox.item import TAKING, Item, State
from activation.outbox.outbox import Outbox
from activation.outbox.queue import Open
from activation.outbox.report import Told
from activation.outbox.settle import Settling
from activation.outbox.wire import Http, Lost, Unsent
from features.clock import SECOND

Gate = Callable[[Sequence[Item], int], Mapping[str, str]]
"""Returns, at a moment, why items may not go, by their ids."""
Tokens = Callable[[Vendor, bool], Mapping[str, str]]
"""Returns the credentials of a destination; True: new ones, since those of before are refused."""


_REFUSED = "the credentials are refused, the renewed ones too"


class Stopped(RuntimeError):
    """A destination takes nothing more: the message says why."""


@dataclass
class Sender:
    """Makes the calls of one destination."""

    vendor: Vendor
    outbox: Outbox
    account: Account
    gate: Gate
    http: Http
    clock: Clock
    tokens: Tokens
    told: Told
    begin: bool = True
    """Whether anything new is sent."""
    source: str = ""
    """How the sources of what is sent begin, each with `;` behind it; what is under way is always settled."""
    _pieces: list[list[Open]] = field(default_factory=list)
    _refused: int = 0
    """Calls in a row whose credentials were refused."""
    _failed: int = 0
    """Calls in a row of which nothing was taken: the others wait, too."""

    def next(self) -> int | None:
        """Make the next call; return from when on there may be another one, None where nothing is left.

        Raises:
            Stopped: the credentials are refused, or there are none.
        """
        name, now = self.vendor.name, self.clock.now()
        with self.account.held(self.clock.ahead) as turn:
            self._recover()
            with self.outbox.lock:
                job = queue.job(self.outbox.connection, name, now)
            rows = job or (self._piece(now) if self.begin else [])
            if rows:
                operation = self._operation(rows[0])
                if (free := turn.free(self.vendor, operation)) > now:
                    self._pieces = [] if job else [rows, *self._pieces]
                    return free
                self._ask(turn, operation, rows) if job else self._send(turn, operation, rows)
                return self.clock.now()
        with self.outbox.lock:
            return queue.next_at(self.outbox.connection, name, now if self.begin else -1, self.source)

    def _operation(self, one: Open) -> str:
        return self.vendor.steps(one.item.change)[one.step]

    def _recover(self) -> None:
        """Settle what a process left that died in a call: nobody calls this account but us now."""
        with self.outbox.lock:
            left = queue.flying(self.outbox.connection, self.vendor.name, State.SENT)
        by_operation: dict[str, list[Open]] = {}
        for one in left:
            by_operation.setdefault(self._operation(one), []).append(one)
        for operation, rows in by_operation.items():
            self._keep(rows, self.vendor.lost(operation, [one.row for one in rows]))

    def _piece(self, now: int) -> list[Open]:
        """Return the rows of the next call; those that cannot be sent at all fail."""
        if not self._pieces:
            with self.outbox.lock, ledger.step(self.outbox.connection) as connection:
                for customer in queue.late(connection, self.vendor.name, now, self.source):
                    self.told.add(customer, State.EXPIRED, "it was not sent in time")
                rows = queue.waiting(connection, self.vendor.name, now, self.source, whole=self.vendor.snapshot)
            self._pieces = self._cut(rows) if rows else []
        return self._pieces.pop(0) if self._pieces else []

    def _cut(self, rows: Sequence[Open]) -> list[list[Open]]:
        operation = self._operation(rows[0])
        rows = self._without_those_unknown_there(operation, rows)
        rows = self._without_those_too_old(operation, rows)
        by_id = {one.item.id: one for one in rows}
        why = {one.item.id: self._unfit(operation, one) for one in rows}
        unfit = [one for one in rows if why[one.item.id]]
        if unfit:
            said = {one.item.id: Outcome(Verdict.NEVER, why[one.item.id]) for one in unfit}
            self._keep(unfit, Answered(said))
        fit = [one.row for one in rows if not why[one.item.id]]
        pieces = [[by_id[row.id] for row in piece] for piece in self.vendor.pieces(operation, fit)]
        return [part for piece in pieces for part in _halved(piece)]

    def _without_those_unknown_there(self, operation: str, rows: Sequence[Open]) -> list[Open]:
        """Settle who is to be taken out, and whom the destination does not know: a look-up before found nobody."""
        if self.vendor.needs(operation) != "vendor":
            return list(rows)
        gone = [one for one in rows if one.item.change in TAKING and one.step and not _known_as(one)]
        if gone:
            self._keep(gone, Answered({one.item.id: Outcome(Verdict.DONE) for one in gone}))
        return [one for one in rows if one not in gone]

    def _without_those_too_old(self, operation: str, rows: Sequence[Open]) -> list[Open]:
        """Refuse events that happened longer ago than the destination takes."""
        oldest, now = self.vendor.oldest(operation), self.clock.now()
        if not oldest:
            return list(rows)
        old = [one for one in rows if one.row.event and now - one.row.at > oldest * SECOND]
        if not old:
            return list(rows)
        why = f"it happened over {oldest / 3600:g} hours ago, and the destination takes nothing older"
        with self.outbox.lock, ledger.step(self.outbox.connection) as connection:
            Settling(self.vendor, connection, self.told, now).refuse([(one, why) for one in old])
        return [one for one in rows if one not in old]

    def _unfit(self, operation: str, one: Open) -> str:
        if self.vendor.needs(operation) == "vendor" and not _known_as(one):
            return "the destination's own id of the customer is not known"
        return self.vendor.fitting(operation, one.row)

    def _send(self, turn: Turn, operation: str, rows: Sequence[Open]) -> None:
        token, now, connection = self._credentials(renew=False), self.clock.now(), self.outbox.connection
        why = self.gate([one.item for one in rows], now)
        with self.outbox.lock, ledger.step(connection):
            rows = queue.claimed(connection, rows, now)
            settling = Settling(self.vendor, connection, self.told, now)
            settling.refuse([(one, why[one.item.id]) for one in rows if one.item.id in why])
            rows = [one for one in rows if one.item.id not in why]
            settling.known(rows)
            given = [one.row for one in rows]
            request = self.vendor.request(operation, given, token, now) if rows else None
        if request is None:
            return
        answer = self._call(turn, operation, request)
        if isinstance(answer, Answer):
            answered = self.vendor.answered(operation, given, answer, self.clock.now())
        elif isinstance(answer, Unsent):
            answered = Answered({row.id: Outcome(Verdict.AGAIN, str(answer)) for row in given}, untouched=True)
        else:
            answered = self.vendor.lost(operation, given)
        self._keep(rows, answered)
        self._after(turn, operation, answered)

    def _ask(self, turn: Turn, operation: str, rows: Sequence[Open]) -> None:
        """Ask for a job; where no answer comes, it is asked for later: what it does with the rows is its own."""
        found = self._polled(turn, operation, rows, renew=False)
        if Verdict.RENEW in {one.verdict for one in found.rows.values()}:
            found = self._polled(turn, operation, rows, renew=True)
        refused = Verdict.RENEW in {one.verdict for one in found.rows.values()}
        if refused:  # the job has the rows still: they are not sent again
            later = {one.item.id: Outcome(Verdict.ACCEPTED) for one in rows}
            found = Answered(later, backoff.seconds(rows[0].tries + 1))
        self._keep(rows, self._bounded(operation, rows, found))
        if refused:
            raise Stopped(_REFUSED)
        self._after(turn, operation, found)

    def _bounded(self, operation: str, rows: Sequence[Open], found: Answered) -> Answered:
        """Return what a job says; behind so many calls in vain nobody knows of its rows, and they are let go of."""
        in_vain = {one.reason for one in found.rows.values() if one.verdict is Verdict.ACCEPTED and one.reason}
        if not in_vain or rows[0].tries + 1 < backoff.POLLS:
            return found
        why = f"its job was asked for {backoff.POLLS} times in vain: {min(in_vain)}"
        verdict = Verdict.NEVER if self.vendor.safe(operation) else Verdict.DOUBT
        return Answered({one.item.id: Outcome(verdict, why) for one in rows})

    def _polled(self, turn: Turn, operation: str, rows: Sequence[Open], *, renew: bool) -> Answered:
        """Return what a job says; RENEW where it cannot be asked because the credentials ran out."""
        answers: list[Answer] = []
        for request in self.vendor.poll(operation, rows[0].job, self._credentials(renew=renew)):
            while (wait := turn.free(self.vendor, operation) - self.clock.now()) > 0:
                self.clock.sleep(wait / SECOND)
            answer = self._call(turn, operation, request)
            if not isinstance(answer, Answer):
                later = {one.item.id: Outcome(Verdict.ACCEPTED, str(answer)) for one in rows}
                return Answered(later, backoff.seconds(rows[0].tries + 1))
            answers.append(answer)
        return self.vendor.polled(operation, [one.row for one in rows], answers, self.clock.now())

    def _call(self, turn: Turn, operation: str, request: Request) -> Answer | Lost | Unsent:
        turn.began(operation, self.clock.now(), account.longest(self.vendor, operation))
        self.told.calls += 1
        try:
            return self.http(request)
        except (Lost, Unsent) as error:
            return error
        finally:
            turn.ended(self.clock.now())

    def _keep(self, rows: Sequence[Open], answered: Answered) -> None:
        with self.outbox.lock, ledger.step(self.outbox.connection) as connection:
            Settling(self.vendor, connection, self.told, self.clock.now()).keep(rows, answered)

    def _after(self, turn: Turn, operation: str, answered: Answered) -> None:
        verdicts = {one.verdict for one in answered.rows.values()}
        self._failed = self._failed + 1 if verdicts == {Verdict.AGAIN} else 0
        wait = max(answered.wait, backoff.seconds(self._failed) if self._failed else 0)
        if wait and Verdict.ACCEPTED not in verdicts:
            turn.pause(operation, self.clock.now() + round(wait * SECOND))
        if Verdict.RENEW not in verdicts:
            self._refused = 0
            return
        self._refused += 1
        if self._refused > 1:
            raise Stopped(_REFUSED)
        self._credentials(renew=True)

    def _credentials(self, *, renew: bool) -> Mapping[str, str]:
        """Return the credentials; where there are none this destination takes nothing more, and others go on."""
        try:
            return self.tokens(self.vendor, renew)
        except (CredentialsError, NoToken) as error:
            raise Stopped(str(error)) from None


def _known_as(one: Open) -> str:
    """Return the destination's own id of a customer; empty where it is not known."""
    return one.row.identifiers.get("vendor", "")


def _halved(piece: Sequence[Open]) -> list[list[Open]]:
    """Return a piece in parts of no more rows than each of them allows."""
    parts: list[list[Open]] = []
    for one in piece:
        least = min((other.most for other in (*(parts[-1] if parts else ()), one) if other.most), default=0)
        if parts and (not least or len(parts[-1]) < least):
            parts[-1].append(one)
        else:
            parts.append([one])
    return parts
