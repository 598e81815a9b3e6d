"""A sync in a process of its own that is killed at a place: between two steps on the disk, or around a call."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from activation import ledger
from activation.destinations.request import Answer, Request
from activation.destinations.row import Row
from activation.outbox import wire
from activation.outbox.item import EVENT, Item, State
from activation.outbox.report import Report
from tests.activation.vendor import syncing
from tests.activation.vendor.behaviour import Behaviour
from tests.activation.vendor.destination import Fake
from tests.activation.vendor.server import BAD, Vendor

BEFORE = {f"c{number}": (f"{number}@example.org", 1) for number in range(4)}
AFTER = {f"c{number}": (f"{BAD if number == 4 else ''}{number}@example.org", 2) for number in range(1, 6)}
EVENTS = ("e1", "e2", "e3")
wire.trusted()  # once, for all processes that are forked from here


def events(now: int) -> list[Item]:
    """Return events that are sent beside the audience."""
    return [
        Item(
            id=name,
            destination="crm",
            change=EVENT,
            row=Row(id=name, customer=f"c{place}", identifiers={"email": f"{place}@example.org"}, event="hello"),
            purpose="mail",
            source="workflow:hello",
            due=now,
        )
        for place, name in enumerate(EVENTS)
    ]


def synced(folder: Path, fake: Fake, vendor: Vendor, clock: syncing.Clock) -> tuple[Report, int]:
    """Bring the events and the audience to the vendor; return the report, and how many events are in doubt."""
    with syncing.box(folder) as box:
        box.put(events(clock.now()), clock.now())
        syncing.drained(box, fake, vendor, clock, folder, patience=0.0)
        syncing.put(box, fake, syncing.audience(AFTER), clock.now())
        report = syncing.drained(box, fake, vendor, clock, folder)
        return report, list(box.states(EVENTS).values()).count(State.DOUBT)


def die(folder: str, url: str, behaviour: Behaviour, place: int) -> None:
    """Sync in this process, and be killed at a place; the first is 0. Where there are fewer, leave with 0."""
    passed = 0

    def reached() -> None:
        nonlocal passed
        if passed == place:
            os.kill(os.getpid(), signal.SIGKILL)
        passed += 1

    step, call = ledger.step, wire.Wire.__call__

    @contextmanager
    def dying(connection: Any) -> Iterator[Any]:
        reached()
        with step(connection) as inner:
            yield inner
            reached()  # what was written is not kept yet

    def calling(self: wire.Wire, request: Request) -> Answer:
        reached()
        answer = call(self, request)
        reached()  # it was applied, and nobody here knows
        return answer

    ledger.step = dying
    wire.Wire.__call__ = calling  # type: ignore[method-assign]
    clock = syncing.Clock(syncing.START + 10**9)
    synced(Path(folder), Fake(url, behaviour), Vendor(behaviour, clock.now), clock)
    os._exit(0)
