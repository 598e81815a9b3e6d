"""The history: whatever comes in, in whatever order, nobody's moment moves but the customer's own."""

from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from features.buckets import intake
from features.clock import DAY
from features.consent.suppression import Holds
from features.log.as_of import Base, moments
from features.log.log import Log
from features.log.store.accepted import Offered
from features.log.store.sqlite import Sqlite
from features.log.store.verdict import Verdict
from features.sources import posted
from serving.history import History

ZONE = "Europe/Berlin"
PEOPLE = ("ann", "bob", "cid", "dee")
BEGIN = 1_500_000_000_000_000
END = BEGIN + 30 * DAY
NOW = BEGIN + 40 * DAY
DAYS = st.integers(-20, 45)
EVENT = st.fixed_dictionaries(
    {"customer_id": st.sampled_from(PEOPLE), "occurred_at": DAYS},
    optional={"recorded_at": DAYS, "order_id": st.just("1")},
)


def _iso(days: int) -> str:
    return str(np.datetime64(BEGIN + days * DAY, "us")) + "Z"


def _event(given: dict[str, Any]) -> dict[str, Any]:
    times: dict[str, Any] = {name: _iso(given[name]) for name in ("occurred_at", "recorded_at") if name in given}
    return {**given, **times, "event": "purchase", "amount": 1.0}


def _holds(who: str) -> Holds:
    return lambda _, names: np.array([name == who for name in names.to_pylist()], np.bool_)


@dataclass
class World:
    """What was stored, what came in, and what the newest moment of each customer is by hand."""

    history: History
    newest: dict[str, int] = field(default_factory=dict)

    def took(self, event: dict[str, Any]) -> None:
        """Note an event that counts."""
        moment = BEGIN + max(event["occurred_at"], event.get("recorded_at", -100)) * DAY + 1
        self.newest[event["customer_id"]] = max(self.newest.get(event["customer_id"], 0), moment)

    def moments(self) -> dict[str, int]:
        """Return the moment of each customer of whom anything is known."""
        log, found = self.history.log, {}
        places = {one: log.place(one) for one in PEOPLE}
        fresh = self.history.since(places)
        for one, place in places.items():
            own = fresh[one].own if one in fresh else log.own[[place]] if place is not None else None
            if own is not None:
                found[one] = int(moments(Base(END).moment(NOW), own, "own").as_of[0])
        return found


def _log(events: list[dict[str, Any]]) -> Log:
    names = {name for event in events for name in event}
    log = intake.of_rows({name: [event.get(name) for event in events] for name in names}, ZONE).log
    assert log is not None
    return log


@settings(max_examples=60, deadline=None)
@given(st.lists(EVENT, min_size=1, max_size=5), st.lists(st.one_of(EVENT, st.sampled_from(PEOPLE)), max_size=12))
def test_nobodys_moment_moves_but_the_customers_own(
    before: list[dict[str, Any]], after: list[dict[str, Any] | str]
) -> None:
    with TemporaryDirectory() as folder, Sqlite(Path(folder) / "a.sqlite") as live:
        world = World(History(_log([_event(one) for one in before]), live))
        for one in before:
            world.took(one)
        stored = dict(world.newest)
        for step in after:
            others = world.moments()
            if isinstance(step, str):
                live.forget(_holds(step))
                world.newest.pop(step, None)
                world.newest |= {step: stored[step]} if step in stored else {}
            else:
                (read,) = posted.read([_event(step)], ZONE, NOW)
                if isinstance(read, Offered):
                    assert live.accept([read], NOW) == [Verdict.ACCEPTED]
                    world.took(step)
                else:
                    assert read == posted.TOO_FAR
            who = step if isinstance(step, str) else step["customer_id"]
            now = world.moments()
            assert {one: moment for one, moment in now.items() if one != who} == {
                one: moment for one, moment in others.items() if one != who
            }
            assert now == {one: max(moment, END) for one, moment in world.newest.items()}


def test_the_log_of_a_customer_is_joined_once_for_each_version(tmp_path: Path) -> None:
    with Sqlite(tmp_path / "a.sqlite") as live:
        history = History(_log([_event({"customer_id": "ann", "occurred_at": 1})]), live)
        assert history.since({"ann": 0, "zoe": None}) == {}
        (read,) = posted.read([_event({"customer_id": "ann", "occurred_at": 2})], ZONE, NOW)
        assert isinstance(read, Offered)
        live.accept([read], NOW)
        first = history.since({"ann": 0})["ann"]
        assert history.since({"ann": 0})["ann"] is first
        live.accept([read], NOW)
        assert len(history.since({"ann": 0})["ann"]) == 3
        assert [one.number for one in history.newest("ann", 0)] == [1, 2]
