"""Whoever may be in a list, since no answer told, is taken out when they are to be out."""

from dataclasses import replace
from pathlib import Path

import pytest

from activation.destinations.outcome import Answered, Outcome, Verdict
from activation.outbox import acknowledged, queue
from activation.outbox.outbox import Outbox
from activation.outbox.report import Told
from activation.outbox.settle import Settling
from activation.plan import erasing
from activation.plan.plan import Counted
from tests.activation.vendor.behaviour import Behaviour
from tests.activation.vendor.destination import Fake
from tests.activation.vendor.server import Vendor, served
from tests.activation.vendor.syncing import Clock, audience, box, drained, nobody, put

PEOPLE = {"ann": ("ann@e.org", 1), "bob": ("bob@e.org", 1)}


class Scene:
    """A list that two people are put into; what becomes of the second call, which puts them in, is told."""

    def __init__(self, url: str, vendor: Vendor, ours: Outbox, folder: Path, *faults: str) -> None:
        self.fake, self.vendor, self.ours, self.folder, self.clock = (
            Fake(url, vendor.behaviour),
            vendor,
            ours,
            folder,
            Clock(),
        )
        put(ours, self.fake, audience(PEOPLE), self.clock.now())
        vendor.faults = ["fine", *faults]
        drained(ours, self.fake, vendor, self.clock, folder, patience=0.0)
        vendor.faults = []

    def without(self, *gone: str) -> Counted:
        """Sync when some opted out."""
        said = put(self.ours, self.fake, audience(PEOPLE), self.clock.now(), nobody(gone))
        drained(self.ours, self.fake, self.vendor, self.clock, self.folder, nobody(gone).__call__)
        return said


@pytest.mark.parametrize("fault", ["500 after", "reset after"])
def test_an_opt_out_behind_a_lost_answer_is_taken_out(tmp_path: Path, fault: str) -> None:
    vendor = Vendor(Behaviour(), Clock().now)
    with served(vendor) as url, box(tmp_path) as ours:
        scene = Scene(url, vendor, ours, tmp_path, fault)
        assert vendor.lists["L1"] == {"ann@e.org", "bob@e.org"}
        assert acknowledged.members(ours.connection, "crm") == {"win": 2}
        said = scene.without("ann")
        assert (said.enter, said.leave) == (1, 1)
        assert vendor.lists["L1"] == {"bob@e.org"}
        assert scene.without("ann").total == 0


NOTHING, LOST = Answered({"1": Outcome(Verdict.AGAIN)}, untouched=True), Answered({"1": Outcome(Verdict.AGAIN)})
REFUSED, TAKEN = Answered({"1": Outcome(Verdict.NEVER)}), Answered({"1": Outcome(Verdict.ACCEPTED)}, job="j")


@pytest.mark.parametrize(
    ("said", "there"),
    [
        ([NOTHING], 0), ([REFUSED], 0), ([LOST], 1), ([LOST, REFUSED], 1), ([LOST, NOTHING], 1), ([TAKEN], 1),
        ([TAKEN, REFUSED], 0), ([REFUSED, LOST], 1),
    ],
)  # fmt: skip
def test_only_what_was_certainly_not_applied_is_no_doubt(tmp_path: Path, said: list[Answered], there: int) -> None:
    with box(tmp_path) as ours:
        fake = Fake("", Behaviour())
        put(ours, fake, audience({"ann": ("ann@e.org", 1)}), 1)
        (one,) = queue.waiting(ours.connection, "crm", 1)
        settling = Settling(fake, ours.connection, Told(), 1)
        polled = False
        for answered in said:
            for step, its in ((0, Answered({"1": Outcome(Verdict.DONE)})), (1, answered)):
                rows = [replace(one, step=step)]
                told = {one.item.id: its.rows["1"]}
                if not polled:
                    settling.known(rows)
                settling.keep(rows, replace(its, rows=told))
            polled = answered is TAKEN
        assert acknowledged.members(ours.connection, "crm") == ({"win": 1} if there else {})


def test_an_erasure_takes_out_who_may_be_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path))
    vendor = Vendor(Behaviour(), Clock().now)
    with served(vendor) as url, box(tmp_path) as ours:
        scene = Scene(url, vendor, ours, tmp_path, "500 after")
        (had,) = acknowledged.anywhere(ours.connection, "ann")
        items, _ = erasing._items("crm", [had], lambda _: scene.fake, 1)
        assert [one.change for one in items] == ["leave", "erase"]


@pytest.mark.parametrize("now", [{"place": "elsewhere"}, {"identifier": "phone"}])
def test_an_erasure_of_who_was_told_elsewhere_or_otherwise_is_a_thing_to_do(
    tmp_path: Path, now: dict[str, str]
) -> None:
    vendor = Vendor(Behaviour(), Clock().now)
    with served(vendor) as url, box(tmp_path) as ours:
        scene = Scene(url, vendor, ours, tmp_path)
        (had,) = acknowledged.anywhere(ours.connection, "ann")
        items, todo = erasing._items("crm", [had], lambda _: replace(scene.fake, **now), 1)  # type: ignore[arg-type]
        assert (items, todo[0][:47]) == ([], "to do: take out and erase 1 of the people named")
