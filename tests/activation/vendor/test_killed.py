"""A sync that is killed anywhere, and run again, leaves the vendor as one that was not."""

import multiprocessing
import shutil
import signal
from pathlib import Path

import pytest

from tests.activation.vendor import killed, syncing
from tests.activation.vendor.behaviour import Behaviour
from tests.activation.vendor.destination import Fake
from tests.activation.vendor.server import BAD, Vendor, served
from tests.activation.vendor.syncing import Clock

BEHAVIOURS = [Behaviour(batch=3), Behaviour(batch=3, by_vendor_id=True, jobs=True, polls=1, dedupes=False)]


def _killed(folder: Path, url: str, behaviour: Behaviour, place: int) -> int:
    process = multiprocessing.get_context("fork").Process(target=killed.die, args=(str(folder), url, behaviour, place))
    process.start()
    process.join(60)
    assert process.exitcode is not None
    return process.exitcode


@pytest.mark.parametrize("stride", [7, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=["known again", "jobs, and events that are not known again"])
def test_a_kill_at_any_place_is_made_good_by_the_next_run(behaviour: Behaviour, stride: int, tmp_path: Path) -> None:
    place, doubts = 0, 0
    start = tmp_path / "start"
    vendor = Vendor(behaviour, Clock().now)
    with served(vendor) as url:
        fake = Fake(url, behaviour)
        with syncing.box(start) as box:
            syncing.put(box, fake, syncing.audience(killed.BEFORE), syncing.START)
            syncing.drained(box, fake, vendor, Clock(), start)
        before = (dict(vendor.profiles), {key: set(members) for key, members in vendor.lists.items()})
        while True:
            folder = tmp_path / str(place)
            shutil.copytree(start, folder)
            vendor.profiles, vendor.lists["L1"] = dict(before[0]), {*before[1]["L1"], "foreign"}
            vendor.events.clear()
            status = _killed(folder, url, behaviour, place)
            report, lost = killed.synced(folder, fake, vendor, Clock(syncing.START + 10**12))
            mails = {mail for mail, _ in killed.AFTER.values() if not mail.startswith(BAD)}
            wanted = {vendor.id_of(mail) for mail in mails} if behaviour.by_vendor_id else mails
            assert vendor.lists["L1"] == {*wanted, "foreign"}, place
            assert {vendor.profiles[mail]["score"] for mail in mails} == {2}, place
            doubts += lost
            assert max(vendor.events.values(), default=0) <= 1, place
            assert len(vendor.events) >= len(killed.EVENTS) - lost, place
            assert [why for _, _, why in report.told["crm"].single if why == "is wrong"] == ["is wrong"], place
            if status == 0:
                break
            assert status == -signal.SIGKILL
            place += stride
    assert place > 24
    if behaviour.dedupes or stride == 1:  # the few places of a doubt are passed over in strides
        assert (doubts > 0) != behaviour.dedupes
