"""Settling: what an answer says of each row is kept, before anything else is sent."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace

from activation.destinations.outcome import Answered, Outcome, Verdict
from activation.destinations.vendor import Vendor
from activation.outbox import acknowledged, backoff
from activation.outbox.acknowledged import SENT, SURE, Acknowledged
from activation.outbox.item import ENTER, ERASE, LEAVE, UPDATE, Item, State
from activation.outbox.queue import Open
from activation.outbox.report import Told
from features.clock import SECOND

_SET = (
    "UPDATE outbox SET state = :state, reason = :reason, step = :step, vendor = :vendor, job = :job, place = :place,"
    " tries = :tries, later = :later, most = :most, at = :at WHERE id = :id"
)
_STATE = (ENTER, UPDATE, LEAVE)
"""Changes of what a destination has; the others leave nothing to be compared with."""
_UNTOUCHED = (Verdict.NEVER, Verdict.HALVE, Verdict.RENEW)
"""What says that nothing was applied; what is sent again may have been, unless the answer says otherwise."""
_HAVE = {Verdict.NEVER: State.FAILED, Verdict.DOUBT: State.DOUBT, Verdict.ACCEPTED: State.ACCEPTED}


@dataclass(frozen=True)
class Settling:
    """How the rows of one call are settled."""

    vendor: Vendor
    connection: sqlite3.Connection
    told: Told
    now: int

    def keep(self, rows: Sequence[Open], answered: Answered) -> None:
        """Keep within a step what is said of rows, in the order that they had in the call."""
        settled = [self._one(one, place, len(rows), answered) for place, one in enumerate(rows)]
        self.connection.executemany(_SET, settled)
        done = [(one, new) for one, new in zip(rows, settled, strict=True) if new["state"] == State.DONE]
        erased = [(one.item.destination, one.item.row.customer) for one, _ in done if one.item.change == ERASE]
        has = [self._has(one.item, str(new["vendor"])) for one, new in done if one.item.change in _STATE]
        acknowledged.keep(self.connection, has)
        if self.vendor.snapshot:
            acknowledged.only(self.connection, has)
        acknowledged.forget(self.connection, erased)
        self._entering(rows, answered)

    def refuse(self, rows: Sequence[tuple[Open, str]]) -> None:
        """Keep within a step rows that the gate holds back, each with why."""
        self.connection.executemany(
            "UPDATE outbox SET state = 'refused', reason = ?, tries = 0 WHERE id = ?",
            [(why, one.item.id) for one, why in rows],
        )
        for one, why in rows:
            self.told.add(one.item.row.customer, State.REFUSED, why)

    def known(self, rows: Sequence[Open]) -> None:
        """Keep within a step that a destination is about to know somebody: an erasure must reach whoever was sent."""
        asked = [one for one in rows if one.item.change != ERASE]
        found = [self._has(one.item, one.vendor) for one in asked]
        acknowledged.know(
            self.connection,
            [replace(had, maybe=SENT if self._enters(one) else SURE) for one, had in zip(asked, found, strict=True)],
        )

    def _entering(self, rows: Sequence[Open], answered: Answered) -> None:
        """Keep whether those may be in whom a call was to put in: who refuses later must be taken out then."""
        for applied in (True, False):
            some = [one for one in rows if self._enters(one) and _applied(one, answered) is applied]
            acknowledged.unsettled(self.connection, [self._has(one.item, "") for one in some], applied=applied)

    def _enters(self, one: Open) -> bool:
        """Return whether the next operation of an item makes a member: the last one of `enter` does."""
        return one.item.change == ENTER and one.step + 1 >= len(self.vendor.steps(ENTER))

    def _one(self, one: Open, place: int, count: int, answered: Answered) -> dict[str, object]:
        outcome = answered.rows.get(one.item.id) or Outcome(Verdict.DOUBT, "the answer does not tell")
        last = one.step + 1 >= len(self.vendor.steps(one.item.change))
        new: dict[str, object] = {
            "id": one.item.id, "state": State.PLANNED, "reason": outcome.reason, "step": one.step, "job": "",
            "vendor": outcome.vendor or one.vendor, "place": place, "tries": one.tries + 1, "later": self.now,
            "most": one.most, "at": self.now,
        }  # fmt: skip
        match outcome.verdict:
            case Verdict.DONE if last:
                new |= {"state": State.DONE}
            case Verdict.DONE:
                new |= {"step": one.step + 1, "tries": 0, "most": 0}
            case Verdict.AGAIN | Verdict.RENEW:
                new |= self._again(one, answered.wait, outcome.reason)
            case Verdict.HALVE if count > 1:
                new |= {"most": (count + 1) // 2, "tries": 0}
            case Verdict.HALVE:
                new |= {"state": State.FAILED}
            case Verdict.ACCEPTED:
                wait = answered.wait or backoff.seconds(one.tries + 1)
                new |= {"state": State.ACCEPTED, "job": answered.job or one.job, "later": self._after(wait)}
                new |= {} if outcome.reason else {"tries": 0}  # it answered, and is not finished
            case _:
                new |= {"state": _HAVE[outcome.verdict]}
        state = State(str(new["state"]))
        if state not in {State.PLANNED, State.ACCEPTED}:
            self.told.add(one.item.row.customer, state, "" if state == State.DONE else str(new["reason"]))
        return new

    def _again(self, one: Open, wait: float, reason: str) -> dict[str, object]:
        if one.tries + 1 >= backoff.TRIES:
            return {"state": State.FAILED, "reason": f"given up after {backoff.TRIES} calls: {reason}"}
        self.told.again += 1
        return {"later": self._after(max(wait, backoff.seconds(one.tries + 1)))}

    def _after(self, seconds: float) -> int:
        return self.now + round(seconds * SECOND)

    def _has(self, item: Item, vendor: str) -> Acknowledged:
        row, state = item.row, item.change in _STATE
        return Acknowledged(
            destination=item.destination,
            place=self.vendor.place,
            audience=row.audience if state else "",
            key=row.key if state else "",
            customer=row.customer,
            kind=self.vendor.identifier,
            identifier=row.identifiers.get(self.vendor.identifier, ""),
            vendor=vendor,
            hash=item.hash,
            member=item.change in {ENTER, UPDATE},
            version=0,
            at=self.now,
        )


def _applied(one: Open, answered: Answered) -> bool | None:
    """Return whether a row may have been applied; None where that is settled, or its job goes on."""
    outcome = answered.rows.get(one.item.id)
    if outcome is not None and outcome.verdict in {Verdict.DONE, Verdict.ACCEPTED}:
        return None
    return not (answered.untouched or (outcome is not None and outcome.verdict in _UNTOUCHED))
