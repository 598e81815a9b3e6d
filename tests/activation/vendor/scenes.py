"""Scenes: what a sending must keep to, each as a function that fails where it does not."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from msgspec import structs

from activation.outbox.item import Item, State
from activation.outbox.report import Report
from activation.plan.gate import ERASED
from tests.activation.vendor import killed
from tests.activation.vendor.behaviour import Behaviour
from tests.activation.vendor.destination import Fake
from tests.activation.vendor.server import BAD, Vendor, bodies, served
from tests.activation.vendor.syncing import Clock, audience, box, drained, nobody, put

PUTTING = ("/profiles", "/lists/L1/add", "/events")


def people(count: int, told: int = 1, bad: Sequence[int] = ()) -> dict[str, tuple[str, int]]:
    """Return people, some of whom the vendor never takes."""
    return {f"c{number}": (f"{BAD if number in bad else ''}{number}@example.org", told) for number in range(count)}


def an_opt_out_between_plan_and_send_is_kept_to(folder: Path) -> None:
    """Somebody opts out when a part was sent: no body after that tells of them, and they are taken out again."""
    vendor, clock, gone = Vendor(Behaviour(batch=2), Clock().now), Clock(), list[str]()
    with served(vendor) as url, box(folder) as ours:
        fake = Fake(url, vendor.behaviour)
        put(ours, fake, audience(people(8)), clock.now())
        ours.put(killed.events(clock.now()), clock.now())

        def gate(items: Sequence[Item], now: int) -> Mapping[str, str]:
            if len(vendor.bodies) == 2:
                gone.extend(("c5", "c6", "c0", "c1"))
            return nobody(gone)(items, now)

        report = drained(ours, fake, vendor, clock, folder, gate)
        first, later = vendor.bodies[:2], vendor.bodies[2:]
        assert not any(b"6@example.org" in body for _, body in vendor.bodies), "who opted out before anything was sent"
        assert not any(b"0@example.org" in body for path, body in later if path.startswith(PUTTING)), first
        held = [why for _, state, why in report.told["crm"].single if state == State.REFUSED]
        assert held
        assert set(held) == {ERASED}
        assert report.status == 0
        put(ours, fake, audience(people(8)), clock.now(), nobody(gone))
        drained(ours, fake, vendor, clock, folder, nobody(gone).__call__)
        assert not vendor.lists["L1"] & {"0@example.org", "1@example.org", "5@example.org", "6@example.org"}


def n_rows_that_failed_are_sent_again_and_no_other(folder: Path) -> None:
    """Rows fail; the next run sends those, and nothing else."""
    vendor, clock = Vendor(Behaviour(atomic=True), Clock().now), Clock()
    with served(vendor) as url, box(folder) as ours:
        fake = Fake(url, vendor.behaviour)
        put(ours, fake, audience(people(12, bad=(0, 7, 11))), clock.now())
        report = drained(ours, fake, vendor, clock, folder)
        told = report.told["crm"]
        assert (told.count(State.DONE), told.count(State.FAILED), report.status) == (9, 3, 3)
        vendor.bodies.clear()
        assert put(ours, fake, audience(people(12, bad=(0, 7, 11))), clock.now()).total == 3
        drained(ours, fake, vendor, clock, folder)
        sent = bodies(vendor, ["/"])
        assert all(f'"who": "{BAD}{number}@example.org"'.encode() in sent for number in (0, 7, 11))
        assert b'"who": "1@example.org"' not in sent


def what_a_job_refuses_is_not_done(folder: Path) -> None:
    """A job is taken, and refuses some of its rows later: those are not acknowledged."""
    vendor, clock = Vendor(Behaviour(jobs=True), Clock().now), Clock()
    with served(vendor) as url, box(folder) as ours:
        fake = Fake(url, vendor.behaviour)
        put(ours, fake, audience(people(5, bad=(2,))), clock.now())
        assert drained(ours, fake, vendor, clock, folder, patience=0.0).told["crm"].count(State.DONE) == 0
        report = drained(ours, fake, vendor, clock, folder)
        assert (report.told["crm"].count(State.DONE), report.told["crm"].count(State.FAILED)) == (4, 1)
        assert put(ours, fake, audience(people(5, bad=(2,))), clock.now()).total == 1


def no_window_has_more_calls_than_it_may(folder: Path) -> None:
    """Many calls, by several runs, all within the windows."""
    vendor, clock = Vendor(Behaviour(batch=1), Clock().now), Clock()
    vendor.now = clock.now
    with served(vendor) as url, box(folder) as ours:
        fake = Fake(url, vendor.behaviour)
        for told in range(3):
            put(ours, fake, audience(people(9, told)), clock.now())
            drained(ours, fake, vendor, clock, folder)
        assert len(vendor.calls) == 9 * 4
        assert vendor.exceeded() == []


def a_message_is_never_sent_twice(folder: Path) -> None:
    """Answers get lost behind messages that the vendor does not know again."""
    vendor, clock = Vendor(Behaviour(batch=1, dedupes=False), Clock().now), Clock()
    vendor.faults = ["reset after", "500 after", "fine"]
    with served(vendor) as url, box(folder) as ours:
        fake = Fake(url, vendor.behaviour)
        ours.put(killed.events(clock.now()), clock.now())
        report = drained(ours, fake, vendor, clock, folder)
        drained(ours, fake, vendor, clock, folder)
        ours.put(killed.events(clock.now()), clock.now())
        drained(ours, fake, vendor, clock, folder)
        assert vendor.events == dict.fromkeys(killed.EVENTS, 1)
        assert (report.told["crm"].count(State.DOUBT), report.status) == (2, 3)


def two_at_once_send_nothing_twice(folder: Path) -> None:
    """Two processes, each with a ledger of its own opened, drain the same outbox at the same time."""
    vendor, clock = Vendor(Behaviour(batch=1, dedupes=False, rates=()), Clock().now, slow=0.02), Clock()
    reports: list[Report] = []
    with served(vendor) as url:
        fake = Fake(url, vendor.behaviour)
        with box(folder) as ours:
            ours.put(_events(12, clock.now()), clock.now())

        def one() -> None:
            with box(folder) as ours:
                reports.append(drained(ours, fake, vendor, clock, folder))

        threads = [threading.Thread(target=one) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert vendor.events == {f"m{number}": 1 for number in range(12)}
        assert [sum(one.told["crm"].count(state) for one in reports) for state in (State.DONE, State.DOUBT)] == [12, 0]


def somebody_elses_members_stay(folder: Path) -> None:
    """A mirror takes out whom we put in, and nobody else, also where they had been in before."""
    vendor, clock = Vendor(Behaviour(), Clock().now), Clock()
    vendor.lists["L1"] |= {"foreign@example.org"}
    with served(vendor) as url, box(folder) as ours:
        fake = Fake(url, vendor.behaviour)
        for count in (6, 3):
            put(ours, fake, audience(people(count)), clock.now())
            drained(ours, fake, vendor, clock, folder)
        assert vendor.lists["L1"] == {"foreign@example.org", *(f"{number}@example.org" for number in range(3))}


def an_identifier_that_changes_hands_is_in_once(folder: Path) -> None:
    """One has a new address, and another one has the old: both are in, and neither change takes the other out."""
    vendor, clock = Vendor(Behaviour(), Clock().now), Clock()
    with served(vendor) as url, box(folder) as ours:
        fake = Fake(url, vendor.behaviour)
        for wanted in ({"a": ("x@e.org", 1), "b": ("y@e.org", 1)}, {"a": ("z@e.org", 1), "b": ("x@e.org", 1)}):
            said = put(ours, fake, audience(wanted), clock.now())
            drained(ours, fake, vendor, clock, folder)
        assert (said.enter, said.leave, said.moved) == (2, 1, 1)
        assert vendor.lists["L1"] == {"x@e.org", "z@e.org"}
        assert put(ours, fake, audience(wanted), clock.now()).total == 0


def credentials_that_run_out_are_renewed_once(folder: Path) -> None:
    """A token runs out in the middle: it is renewed; one that is refused again stops the destination."""
    vendor, clock = Vendor(Behaviour(), Clock().now), Clock()
    with served(vendor) as url, box(folder) as ours:
        fake = Fake(url, vendor.behaviour)
        put(ours, fake, audience(people(12)), clock.now())
        vendor.faults = ["fine", "401"]
        assert drained(ours, fake, vendor, clock, folder).status == 0
        put(ours, fake, audience(people(12, 2)), clock.now())
        vendor.faults = ["401", "fine", "401", "401", "401"]
        report = drained(ours, fake, vendor, clock, folder)
        assert (report.status, "refused" in report.told["crm"].stopped) == (1, True)
        vendor.faults = []
        assert drained(ours, fake, vendor, clock, folder).status == 0
        assert {told["score"] for told in vendor.profiles.values()} == {2}


def _events(count: int, now: int) -> list[Item]:
    (one, *_) = killed.events(now)
    rows = [structs.replace(one.row, id=f"m{number}", customer=f"c{number}") for number in range(count)]
    return [replace(one, id=row.id, row=row) for row in rows]


SCENES = (
    an_opt_out_between_plan_and_send_is_kept_to,
    n_rows_that_failed_are_sent_again_and_no_other,
    what_a_job_refuses_is_not_done,
    no_window_has_more_calls_than_it_may,
    a_message_is_never_sent_twice,
    two_at_once_send_nothing_twice,
    somebody_elses_members_stay,
    an_identifier_that_changes_hands_is_in_once,
    credentials_that_run_out_are_renewed_once,
)
