"""A sender: what it asks of a destination, and what it leaves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from msgspec import structs

from activation.destinations.row import Row
from activation.destinations.token import NoToken
from activation.outbox import acknowledged, queue, send, wire
from activation.outbox.item import ERASE, LEAVE, Item, State
from features.clock import HOUR
from tests.activation.vendor import killed, syncing
from tests.activation.vendor.behaviour import Behaviour
from tests.activation.vendor.destination import Fake
from tests.activation.vendor.scenes import people
from tests.activation.vendor.server import Vendor, served
from tests.activation.vendor.syncing import Clock, audience, box, drained, put


@dataclass(frozen=True)
class Finding(Fake):
    """It takes people out by its own id, which it is asked for before."""

    def steps(self, change: str) -> tuple[str, ...]:
        """Return a look-up, and what needs what it finds."""
        return {"leave": ("find", "remove"), "erase": ("find", "erase")}.get(change) or super().steps(change)

    def needs(self, operation: str) -> str:
        """Return what an operation takes."""
        return "vendor" if operation in {"remove", "erase", "add"} else "identifier"


class Mute(Vendor):
    """It tells nobody's id."""

    def id_of(self, email: str) -> str:
        """Return none."""
        del email
        return ""


def taking(change: str, now: int) -> Item:
    """Return an item that takes somebody out."""
    row = Row(id=change, customer="a", identifiers={"email": "a@example.org"}, key="L1", member=False)
    return Item(id=change, destination="crm", change=change, row=row, purpose="", source="erasure", due=now)


def paths(vendor: Vendor) -> list[str]:
    """Return where calls went."""
    return [path for path, _ in vendor.calls]


def test_whom_a_look_up_does_not_find_is_out_already(tmp_path: Path) -> None:
    vendor, clock = Vendor(Behaviour(), Clock().now), Clock()
    with served(vendor) as url, box(tmp_path) as ours:
        ours.put([taking(LEAVE, clock.now()), taking(ERASE, clock.now())], clock.now())
        report = drained(ours, Finding(url, vendor.behaviour), vendor, clock, tmp_path)
        assert (report.told["crm"].count(State.DONE), report.status) == (2, 0)
        assert paths(vendor) == ["/lists/L1/find", "/lists/L1/find"]


def test_who_comes_in_without_an_id_that_is_needed_still_fails(tmp_path: Path) -> None:
    clock = Clock()
    vendor = Mute(Behaviour(), clock.now)
    with served(vendor) as url, box(tmp_path) as ours:
        fake = Finding(url, vendor.behaviour)
        put(ours, fake, audience(people(2)), clock.now())
        report = drained(ours, fake, vendor, clock, tmp_path)
        assert (report.told["crm"].count(State.FAILED), report.status) == (2, 3)


def test_an_event_that_is_older_than_is_taken_is_refused_before_it_is_sent(tmp_path: Path) -> None:
    vendor, clock = Vendor(Behaviour(), Clock().now), Clock()
    with served(vendor) as url, box(tmp_path) as ours:
        ages = (73, 71, 1)
        items = [_aged(one, clock.now() - age * HOUR) for one, age in zip(killed.events(0), ages, strict=True)]
        ours.put(items, clock.now())
        report = drained(ours, Fake(url, vendor.behaviour, old=72 * 3600.0), vendor, clock, tmp_path)
        assert set(vendor.events) == {items[1].id, items[2].id}
        ((why, count),) = ((why, n) for (state, why), n in report.told["crm"].rows.items() if state == State.REFUSED)
        assert (why, count) == ("it happened over 72 hours ago, and the destination takes nothing older", 1)


def _aged(one: Item, at: int) -> Item:
    return replace(one, row=structs.replace(one.row, at=at))


def test_a_token_that_runs_out_while_a_job_is_asked_for_is_renewed_once(tmp_path: Path) -> None:
    vendor, clock = Vendor(Behaviour(jobs=True, polls=0), Clock().now), Clock()
    with served(vendor) as url, box(tmp_path) as ours:
        fake = Fake(url, vendor.behaviour)
        put(ours, fake, audience(people(3)), clock.now())
        vendor.faults = ["fine", "401"]
        assert drained(ours, fake, vendor, clock, tmp_path).status == 0
        assert paths(vendor) == ["/profiles", "/jobs/job-0", "/jobs/job-0", "/lists/L1/add", "/jobs/job-1"]
        put(ours, fake, audience(people(3, 2)), clock.now())
        vendor.calls.clear()
        vendor.faults = ["fine", "401", "401"]
        report = drained(ours, fake, vendor, clock, tmp_path)
        assert "refused" in report.told["crm"].stopped
        assert report.told["crm"].accepted == 3
        assert drained(ours, fake, vendor, clock, tmp_path).status == 0
        assert paths(vendor).count("/profiles") == 1, "a job that has the rows is not begun again"


def test_where_each_call_holds_everybody_all_are_in_one_and_the_others_are_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "_TOGETHER", 2)
    vendor, clock = Vendor(Behaviour(batch=1000, rates=()), Clock().now), Clock()
    with served(vendor) as url, box(tmp_path) as ours:
        fake = Fake(url, vendor.behaviour, snapshot=True)
        for wanted, told in ((people(6), (6, 0, 0)), (people(6), (0, 0, 0)), (_without(people(5), 1), (0, 0, 2))):
            said = put(ours, fake, audience(wanted), clock.now())
            assert (said.enter, said.update, said.leave) == told
            vendor.bodies.clear()
            vendor.faults = ["500 before"]
            drained(ours, fake, vendor, clock, tmp_path)
            seen = [body.count(b'"who"') for path, body in vendor.bodies if path == "/profiles"]
            assert seen == ([len(wanted)] * 2 if any(told) else [])
            had = [one.customer for one in acknowledged.of(ours.connection, "crm", "win") if one.member]
            assert sorted(had) == sorted(wanted)
        sql = "SELECT count(*) FROM outbox WHERE contact = 1"
        assert ours.connection.execute(sql).fetchone() == (6,), "who was in before is not contacted anew"


def _without(some: dict[str, tuple[str, int]], number: int) -> dict[str, tuple[str, int]]:
    return {name: one for name, one in some.items() if name != f"c{number}"}


def test_a_file_without_anybody_is_not_written(tmp_path: Path) -> None:
    vendor, clock = Vendor(Behaviour(), Clock().now), Clock()
    with served(vendor) as url, box(tmp_path) as ours:
        fake = Fake(url, vendor.behaviour, snapshot=True)
        put(ours, fake, audience(people(2)), clock.now())
        drained(ours, fake, vendor, clock, tmp_path)
        nobody: Sequence[str] = ["c0", "c1"]
        said = put(ours, fake, audience(people(2)), clock.now(), syncing.nobody(nobody))
        assert (said.leave, said.total) == (0, 0)


def test_where_no_token_can_be_got_in_the_middle_what_was_taken_is_told(tmp_path: Path) -> None:
    vendor, clock = Vendor(Behaviour(batch=1), Clock().now), Clock()
    asked: list[bool] = []

    def tokens(_: object, renew: bool) -> dict[str, str]:
        asked.append(renew)
        if len(asked) > 1:
            raise NoToken("destinations.crm: no token was given: HTTP 503")
        return {"token": vendor.token}

    with served(vendor) as url, box(tmp_path) as ours, wire.opened() as http:
        fake = {"crm": Fake(url, vendor.behaviour)}
        ours.put(killed.events(clock.now()), clock.now())
        report = send.drain(ours, fake, syncing.nobody(), http, clock, tokens=tokens, folder=tmp_path)
    told = report.told["crm"]
    assert (report.status, told.stopped, told.waiting) == (1, "destinations.crm: no token was given: HTTP 503", 2)
    assert told.count(State.DONE) == 1


def test_a_job_that_cannot_be_asked_for_is_let_go_of_and_holds_nobody_in(tmp_path: Path) -> None:
    vendor, clock = Vendor(Behaviour(jobs=True, polls=0), Clock().now), Clock()
    with served(vendor) as url, box(tmp_path) as ours:
        fake = Fake(url, vendor.behaviour)
        put(ours, fake, audience(people(2)), clock.now())
        assert drained(ours, fake, vendor, clock, tmp_path).status == 0
        put(ours, fake, audience(people(2, 2)), clock.now())
        vendor.faults = ["fine", *["bare 403"] * 50]
        assert drained(ours, fake, vendor, clock, tmp_path, patience=2.0).status == 3
        said = put(ours, fake, audience(people(1, 2)), clock.now(), syncing.nobody(["c1"]))
        assert said.leave == 1
        now = clock.now()
        (going,) = queue.waiting(ours.connection, "crm", now)
        assert (going.item.change, going.item.row.customer) == (LEAVE, "c1")
        vendor.faults = ["bare 403"] * 50
        report = drained(ours, fake, vendor, clock, tmp_path, syncing.nobody(["c1"]), patience=10**6)
        failed = {why for state, why in report.told["crm"].rows if state == State.FAILED}
        assert "its job was asked for 20 times in vain: HTTP 403" in failed
        assert report.told["crm"].accepted == 0
