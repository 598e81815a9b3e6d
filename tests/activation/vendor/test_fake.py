"""An audience into the fake vendor, through everything that goes wrong there."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activation.outbox.item import State
from tests.activation.vendor import syncing
from tests.activation.vendor.behaviour import FAULTS, Behaviour
from tests.activation.vendor.destination import Fake
from tests.activation.vendor.server import BAD, Vendor, served
from tests.activation.vendor.syncing import Clock, audience, box, drained, put

FOREIGN = "foreign@example.org"


def people(count: int, told: int = 1, bad: Sequence[int] = ()) -> dict[str, tuple[str, int]]:
    return {f"c{number}": (f"{BAD if number in bad else ''}{number}@example.org", told) for number in range(count)}


def members(vendor: Vendor, wanted: syncing.People) -> set[str]:
    """Return what the list should hold, in the vendor's words."""
    mails = {mail for mail, _ in wanted.values() if not mail.startswith(BAD)} | {FOREIGN}
    return {vendor.id_of(mail) for mail in mails} if vendor.behaviour.by_vendor_id else mails


BEHAVIOURS = [
    Behaviour(),
    Behaviour(by_vendor_id=True, atomic=True),
    Behaviour(jobs=True, batch=7),
    Behaviour(by_vendor_id=True, jobs=True, batch=3, polls=1),
]


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=range(len(BEHAVIOURS)))
@given(data=st.data())
def test_whatever_goes_wrong_the_list_is_as_it_should_be_once_it_is_over(
    behaviour: Behaviour, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, clock = tmp_path_factory.mktemp("fake"), Clock()
    vendor = Vendor(behaviour, clock.now)
    vendor.lists["L1"] |= members(vendor, {})
    with served(vendor) as url, box(folder) as ours:
        fake = Fake(url, behaviour)
        first, second = people(12, 1, bad=(3, 8)), people(9, 2, bad=(3,)) | {"c1": ("moved@example.org", 2)}
        for wanted in (first, second):
            vendor.faults = data.draw(st.lists(st.sampled_from([one for one in FAULTS if one != "401"]), max_size=12))
            clock.sleep(3600)
            put(ours, fake, audience(wanted), clock.now())
            drained(ours, fake, vendor, clock, folder, patience=data.draw(st.sampled_from([0.0, 5.0, 3600.0])))
        vendor.faults = []
        clock.sleep(3600)
        drained(ours, fake, vendor, clock, folder)
        put(ours, fake, audience(second), clock.now())
        report = drained(ours, fake, vendor, clock, folder)
        assert vendor.lists["L1"] == members(vendor, second)
        assert {mail: told["score"] for mail, told in vendor.profiles.items() if told["score"] == 2} == {
            mail: 2 for mail, _ in second.values() if not mail.startswith(BAD)
        }
        assert vendor.exceeded() == []
        told = report.told["crm"]
        assert (told.count(State.FAILED), told.waiting, told.accepted, told.stopped) == (1, 0, 0, "")
        assert report.status == 3
        again = put(ours, fake, audience(second), clock.now())
        assert (again.total, again.same) == (1, 8), "exactly the row that failed"
