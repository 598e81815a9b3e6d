"""A plan says what it is of: who is there as they are, who cannot be told, and for which purposes."""

from dataclasses import replace
from pathlib import Path

import pytest

from activation.outbox.outbox import Outbox
from activation.plan import plan
from activation.plan.plan import APPEND, MIRROR, Mode, Plan
from activation.plan.wanted import Audience
from features.dataset import DatasetError
from tests.activation.destinations import example
from tests.activation.vendor.behaviour import Behaviour
from tests.activation.vendor.destination import Fake
from tests.activation.vendor.server import Vendor, served
from tests.activation.vendor.syncing import Clock, audience, box, drained, nobody, put


def made(ours: Outbox, fake: Fake, wanted: Audience, mode: Mode) -> Plan:
    return plan.planned(ours.connection, fake, wanted, nobody(), mode, 1)


@pytest.mark.parametrize(("mode", "cannot"), [(APPEND, ()), (MIRROR, ("update",))])
def test_who_is_told_otherwise_is_not_there_as_they_are(tmp_path: Path, mode: Mode, cannot: tuple[str, ...]) -> None:
    vendor, clock = Vendor(Behaviour(), Clock().now), Clock()
    with served(vendor) as url, box(tmp_path) as ours:
        fake = Fake(url, vendor.behaviour)
        put(ours, fake, audience({"ann": ("a@e.org", 1), "bob": ("b@e.org", 1)}), clock.now())
        drained(ours, fake, vendor, clock, tmp_path)
        wanted = audience({"ann": ("a@e.org", 2), "bob": ("b@e.org", 1), "cid": ("c@e.org", 1)})
        found = made(ours, replace(fake, cannot=cannot), wanted, mode)
        said = plan.counted(found, 1)
        assert (said.enter, said.update, said.same) == (1, 0, 1)
        assert found.notes[0].startswith("1 are told otherwise by now, and stay as they are")


def test_what_has_no_operation_is_refused_and_never_planned() -> None:
    google = example.destination("google")
    with pytest.raises(DatasetError, match="has nothing to 'update'"):
        google.steps("update")
