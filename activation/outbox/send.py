"""Sending: what is due is sent, jobs are asked for, and what the other side says is kept, row by row."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from activation.destinations.vendor import Vendor
from activation.outbox import account, queue
from activation.outbox.account import Account
from activation.outbox.clock import Clock
from activation.outbox.item import Item
from activation.outbox.outbox import Outbox
from activation.outbox.report import Report, Told
from activation.outbox.sender import Gate, Sender, Stopped, Tokens
from activation.outbox.wire import Http
from features.clock import SECOND

PATIENCE = 60.0
"""Seconds that are waited for what may be sent again, or for a job, before it is left to the next run."""


def drain(
    outbox: Outbox,
    vendors: Mapping[str, Vendor],
    gate: Gate,
    http: Http,
    clock: Clock,
    *,
    tokens: Tokens,
    on_done: Callable[[Sequence[Item]], None] | None = None,
    patience: float = PATIENCE,
    folder: Path | None = None,
    begin: bool = True,
    source: str = "",
) -> Report:
    """Send what is due at some destinations, ask for their jobs, and keep what they say.

    A destination waits for no other one; those of one account go one after the other.

    Args:
        outbox: what is to be sent.
        vendors: the destinations, by name.
        gate: asked of each row at the moment of sending: why it may not go.
        http: makes calls.
        clock: shows the time.
        tokens: gives the credentials of a destination; asked again where they ran out.
        on_done: told of items that are acknowledged, each at least once, also of those of a run that died.
        patience: seconds that are waited before the rest is left to the next run.
        folder: where accounts are held; by default under the home.
        begin: whether anything new is sent; else only what is under way is settled.
        source: how the sources of what is sent begin, each with `;` behind it; the rest waits for who asks
            about it as it should be.
    """
    told = {name: Told() for name in vendors}
    by_account: dict[Account, list[Sender]] = {}
    for name, vendor in vendors.items():
        where = account.of(vendor, folder)
        sender = Sender(vendor, outbox, where, gate, http, clock, tokens, told[name], begin, source)
        by_account.setdefault(where, []).append(sender)
    until = clock.now() + round(patience * SECOND)
    work = [(senders, outbox, clock, until, on_done) for senders in by_account.values()]
    if len(work) == 1:
        _account(*work[0])
    elif work:
        with ThreadPoolExecutor(len(work)) as pool:
            list(pool.map(lambda one: _account(*one), work))
    for name, one in told.items():
        with outbox.lock:
            one.waiting, one.accepted = queue.open_counts(outbox.connection, name, clock.now(), source)
    return Report(told)


def _account(
    senders: Sequence[Sender],
    outbox: Outbox,
    clock: Clock,
    until: int,
    on_done: Callable[[Sequence[Item]], None] | None,
) -> None:
    """Send what is due at the destinations of one account, until nothing is left or the patience is."""
    going = list(senders)
    _tell(outbox, going, on_done)
    while going:
        free = [at for sender in list(going) if (at := _once(sender, going)) is not None]
        _tell(outbox, going, on_done)
        now = clock.now()
        if not free:
            return
        if (soonest := min(free)) > now:
            if soonest > until:
                return
            clock.sleep((soonest - now) / SECOND)


def _once(sender: Sender, going: list[Sender]) -> int | None:
    """Make a sender's next call; return from when on there is another one, None where there is none."""
    try:
        return sender.next()
    except Stopped as stopped:
        sender.told.stopped = str(stopped)
        going.remove(sender)
        return None


def _tell(outbox: Outbox, senders: Iterable[Sender], on_done: Callable[[Sequence[Item]], None] | None) -> None:
    names = [sender.vendor.name for sender in senders]
    while on_done is not None and names:
        with outbox.lock:
            items = queue.untold(outbox.connection, names)
        if not items:
            return
        on_done(items)
        outbox.told([item.id for item in items])
