"""The stored events: who refused since they were stored is not answered for, without reading events again."""

from dataclasses import replace
from pathlib import Path

import pytest

from features import clock
from features.buckets import intake
from features.log.store import mapped
from serving import events
from tests.features.buckets.test_permitted import PEOPLE, refusing, shop

ROOM = 1 << 30


def test_answers_are_read_again_when_a_service_starts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    declared = shop(tmp_path, refusing("bob"))
    events.ensure(declared, ROOM)
    assert capsys.readouterr().out == "storing the events of shop ...\n"
    stored = mapped.load("shop")
    assert stored.profiled is not None
    assert stored.profiled.refused == frozenset({"bob"})
    shop(tmp_path, refusing("cy") + "bob,profiling,yes,2026-02-01\n")
    events.ensure(declared, ROOM)
    assert capsys.readouterr().out == ""
    again = mapped.load("shop")
    assert again.digest == stored.digest
    assert again.profiled is not None
    assert again.profiled.refused == frozenset({"bob", "cy"})  # of bob nothing is stored to answer by
    assert again.profiled.said() == "not profiled: 2 of 5 customers"


def test_events_that_were_stored_before_anybody_was_asked_are_stored_anew(tmp_path: Path) -> None:
    mapped.save(replace(intake.take(shop(tmp_path, "")).log, profiled=None), "shop")
    events.ensure(shop(tmp_path, refusing("bob")), ROOM)
    found = mapped.load("shop")
    assert set(found.customers.to_pylist()) == set(PEOPLE) - {"bob"}
    assert found.profiled is not None
    assert found.profiled.now <= clock.now()
