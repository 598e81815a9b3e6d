"""Sending: destinations do not wait for each other, and a run that died is told of."""

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from msgspec import structs

from activation.outbox import send, wire
from activation.outbox.clock import Wall
from activation.outbox.item import Item, State
from tests.activation.vendor import killed, syncing
from tests.activation.vendor.behaviour import Behaviour
from tests.activation.vendor.destination import Fake
from tests.activation.vendor.server import Vendor, served


def to(name: str, now: int) -> list[Item]:
    """Return events for a destination."""
    own = [(f"{name}-{one.id}", one) for one in killed.events(now)]
    return [replace(one, id=id_, destination=name, row=structs.replace(one.row, id=id_)) for id_, one in own]


def test_a_slow_destination_holds_no_other_one(tmp_path: Path) -> None:
    clock = Wall()
    slow, quick = (Vendor(Behaviour(batch=1, rates=()), clock.now) for _ in range(2))

    with served(slow) as one, served(quick) as other, syncing.box(tmp_path) as box:
        fakes = {
            "slow": Fake(one, slow.behaviour, "slow", account="a"),
            "quick": Fake(other, quick.behaviour, "quick", account="b"),
        }
        for name in fakes:
            box.put(to(name, clock.now()), clock.now())
        slow.lock.acquire()  # it answers nothing until the other is through
        seen: list[bool] = []

        def watch() -> None:
            while sum(quick.events.values()) < len(killed.EVENTS):
                time.sleep(0.01)
            seen.append(not slow.events)
            slow.lock.release()

        watching = threading.Thread(target=watch)
        watching.start()
        with wire.opened() as http:
            report = send.drain(
                box, fakes, syncing.nobody(), http, clock, tokens=lambda *_: {"token": slow.token}, folder=tmp_path
            )
        watching.join()
        assert seen == [True]
        assert [report.told[name].count(State.DONE) for name in fakes] == [3, 3]


def test_what_is_done_is_told_at_least_once_also_behind_a_run_that_died(tmp_path: Path) -> None:
    clock = syncing.Clock()
    vendor = Vendor(Behaviour(), clock.now)
    told: list[str] = []

    def tell(items: Sequence[Item]) -> None:
        told.extend(one.id for one in items)
        if len(told) == len(killed.EVENTS):
            raise RuntimeError("it dies before it is kept")

    with served(vendor) as url, syncing.box(tmp_path) as box, wire.opened() as http:
        fake = {"crm": Fake(url, vendor.behaviour)}
        box.put(killed.events(clock.now()), clock.now())
        for _ in range(3):
            try:
                send.drain(
                    box, fake, syncing.nobody(), http, clock, tokens=lambda *_: {"token": vendor.token},
                    on_done=tell, folder=tmp_path,
                )  # fmt: skip
            except RuntimeError:
                continue
        assert told == [*killed.EVENTS, *killed.EVENTS]
        assert vendor.events == dict.fromkeys(killed.EVENTS, 1)
        rows = box.connection.execute("SELECT row FROM outbox").fetchall()
        assert set(rows) == {("",)}, "what was said of anybody is kept no longer than it is needed"


def test_what_comes_too_late_expires_and_is_told(tmp_path: Path) -> None:
    clock = syncing.Clock()
    vendor = Vendor(Behaviour(), clock.now)
    with served(vendor) as url, syncing.box(tmp_path) as box:
        late, *others = killed.events(clock.now())
        box.put([replace(late, until=clock.now()), *others], clock.now())
        report = syncing.drained(box, Fake(url, vendor.behaviour), vendor, clock, tmp_path)
        assert (report.told["crm"].count(State.EXPIRED), report.told["crm"].count(State.DONE)) == (1, 2)
        assert late.id not in vendor.events
