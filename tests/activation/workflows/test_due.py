"""What holds of workflows whatever happens, and whenever ticks come."""

import datetime
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activation.assignment.assign import FREE, HELD
from activation.assignment.bucket import bucket
from activation.assignment.kept import Kept
from activation.workflows.due import due
from activation.workflows.event import Event, People, Turn
from activation.workflows.instance import Verdict
from activation.workflows.memory import Memory
from activation.workflows.quiet import Quiet
from activation.workflows.workflow import Action, Anniversary, Cap, Done, Happened, Silence, Turned, Workflow
from activation.workflows.zones import Zones
from features import clock
from features.clock import DAY, HOUR, SECOND
from tests.activation.workflows.made import CART, PARIS, START, UTC, Ticks, event, rules, workflow

MINUTE = 60 * SECOND
END = START + 12 * DAY
NIGHT = Quiet(datetime.time(21), datetime.time(8))

happened = st.lists(
    st.builds(
        Event,
        st.sampled_from(["ann", "bob"]),
        st.sampled_from([CART, "purchase", "sign_up"]),
        st.integers(0, 8 * 24 * 60).map(lambda minute: START + minute * MINUTE),
    ),
    max_size=25,
)
moments = st.lists(st.integers(0, 12 * 24 * 60 * 60).map(lambda second: START + second * SECOND), max_size=12)
several = rules(
    workflow("cart", wait=4 * HOUR, exit_on=("purchase",), reentry=2 * DAY, cap=Cap(2, 3 * DAY), lateness=20 * DAY),
    workflow("welcome", Happened("sign_up"), reentry=None, holdout=0.5, cap=Cap(1, DAY), lateness=20 * DAY),
    workflow("second", Done("welcome"), wait=DAY, exit_on=("purchase",), lateness=20 * DAY),
    workflow("silent", Silence("purchase", 2 * DAY), reentry=DAY, lateness=20 * DAY),
)


@settings(max_examples=200, deadline=None)
@given(happened, moments)
def test_however_time_is_split_into_ticks_the_same_is_sent(events: list[Event], ticks: list[int]) -> None:
    once = Ticks(several).run([END], events)
    split = Ticks(several).run([*sorted(ticks), END], events)
    assert split.told() == once.told()


@settings(max_examples=100, deadline=None)
@given(happened, moments)
def test_what_is_not_late_is_sent_at_every_split_that_leaves_no_longer_gap(
    events: list[Event], ticks: list[int]
) -> None:
    shorter = {name: _with(one, lateness=DAY) for name, one in several.items()}
    daily = range(START, END + 1, DAY // 2)
    split = Ticks(shorter).run(sorted({*ticks, *daily}), events)
    assert split.told() == Ticks(shorter).run(daily, events).told()


@settings(max_examples=100, deadline=None)
@given(happened, moments)
def test_a_replay_and_two_ticks_at_once_send_nothing_new(events: list[Event], ticks: list[int]) -> None:
    first = Ticks(several).run([*sorted(ticks), END], events)
    assert first.ask(END, events) == []
    assert [one.id for one in Ticks(several).ask(END, events)] == [one.id for one in Ticks(several).ask(END, events)]
    assert len({one.id for one in first.decided}) == len(first.decided)


@settings(max_examples=100, deadline=None)
@given(happened, st.randoms(use_true_random=False))
def test_the_order_of_what_happened_at_one_time_counts_for_nothing(events: list[Event], chance: Any) -> None:
    hourly = [Event(one.customer, one.kind, one.at - one.at % HOUR) for one in events]
    mixed = list(hourly)
    chance.shuffle(mixed)
    assert Ticks(several).run([END], mixed).decided == Ticks(several).run([END], hourly).decided


@pytest.mark.parametrize("begin", [0, 400_000, 999_999])
@pytest.mark.parametrize("other", [0, 400_000, 999_999])
def test_in_one_second_nobody_knows_what_came_first(begin: int, other: int) -> None:
    own = rules(workflow(wait=HOUR, exit_on=("purchase",)))
    events = [Event("ann", CART, START + begin), Event("ann", "purchase", START + other)]
    assert [one.verdict for one in Ticks(own).tick(START + DAY, events)] == [Verdict.EXITED]


@settings(max_examples=200, deadline=None)
@given(happened, moments)
def test_who_bought_before_it_was_due_is_told_nothing(events: list[Event], ticks: list[int]) -> None:
    own = rules(workflow(wait=4 * HOUR, exit_on=("purchase",)))
    for one in Ticks(own).run([*sorted(ticks), END], events).sent():
        begin = one.instance.at
        bought = [e for e in events if e.customer == one.customer and e.kind == "purchase"]
        assert not [e for e in bought if begin <= e.at < begin + 4 * HOUR]


@settings(max_examples=200, deadline=None)
@given(happened, moments, st.integers(1, 3), st.integers(1, 72))
def test_no_window_holds_more_contacts_than_the_cap(
    events: list[Event], ticks: list[int], most: int, hours: int
) -> None:
    cap = Cap(most, hours * HOUR)
    own = rules(
        workflow("cart", wait=HOUR, cap=cap, lateness=20 * DAY),
        workflow("bought", Happened("purchase"), cap=cap, quiet=NIGHT, lateness=20 * DAY),
        workflow("sign_up", Happened("sign_up"), wait=DAY, cap=cap, lateness=20 * DAY),
    )
    sent = Ticks(own).run([*sorted(ticks), END], events).sent()
    for customer in ("ann", "bob"):
        times = [one.due_at for one in sent if one.customer == customer]
        assert all(sum(begin <= one < begin + cap.window for one in times) <= most for begin in times)


@settings(max_examples=200, deadline=None)
@given(happened, moments)
def test_what_comes_too_late_expires(events: list[Event], ticks: list[int]) -> None:
    own = rules(workflow(wait=HOUR, lateness=6 * HOUR, quiet=NIGHT))
    found = Ticks(own).run([*sorted(ticks), END], events)
    assert all(one.send_at - one.instance.raw <= 6 * HOUR for one in found.sent())
    looked = sorted([*ticks, END])
    for one in found.decided:
        seen = next(now for now in looked if now >= one.instance.raw)
        if seen - one.instance.raw > 6 * HOUR:
            assert one.verdict is Verdict.EXPIRED
            assert "max_lateness" in one.reason


def test_what_expired_does_not_keep_a_customer_from_entering() -> None:
    own = rules(workflow(lateness=HOUR, reentry=7 * DAY))
    found = Ticks(own).tick(START + 10 * HOUR, [event(0), event(9), event(10)])
    assert [one.verdict for one in found] == [Verdict.EXPIRED, Verdict.SEND]


def test_what_expired_long_ago_is_not_told_of() -> None:
    assert Ticks(rules(workflow())).tick(START + 30 * DAY, [event(0)]) == []


zones = st.sampled_from(
    ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Asia/Kolkata", "Africa/Cairo"]
)
clocks = st.times().map(lambda one: one.replace(second=0, microsecond=0, tzinfo=None))
YEAR = range(clock.parse("2025-12-31", UTC), clock.parse("2027-01-02", UTC), 15 * MINUTE)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(YEAR), st.lists(zones, min_size=1, max_size=2, unique=True), clocks, clocks)
def test_nothing_is_sent_in_quiet_hours(
    begin: int, names: list[str], since: datetime.time, until: datetime.time
) -> None:
    if since == until:
        return
    quiet, every = Quiet(since, until), tuple(map(ZoneInfo, names))
    found = quiet.after(begin, every)
    if found is None:
        assert len(every) > 1  # together they may cover the day; one zone's never do
        return
    assert found >= begin
    assert not any(quiet.holds(found, zone) for zone in every)
    if len(every) == 1:
        assert found == begin or quiet.holds(begin, every[0])
        assert found - begin < DAY + 2 * HOUR


@pytest.mark.parametrize(
    ("begin", "since", "until", "expected"),
    [
        ("2026-03-29T01:00:00Z", "02:30", "03:15", "2026-03-29T01:15:00Z"),  # begins in the hour that is skipped
        ("2026-03-28T22:00:00Z", "22:00", "02:30", "2026-03-29T01:30:00Z"),  # ends in it: 03:30 on the clocks
        ("2026-10-24T22:00:00Z", "22:00", "02:30", "2026-10-25T00:30:00Z"),  # ends at the first of both 02:30
        ("2026-10-25T01:10:00Z", "22:00", "02:30", "2026-10-25T01:30:00Z"),  # is shown 02:10 again
        ("2026-03-28T20:30:00Z", "21:00", "08:00", "2026-03-29T06:00:00Z"),  # a night of 10 hours
        ("2026-10-24T20:30:00Z", "21:00", "08:00", "2026-10-25T07:00:00Z"),  # one of 12
    ],
)
def test_quiet_hours_end_where_the_clocks_change(begin: str, since: str, until: str, expected: str) -> None:
    quiet = Quiet(datetime.time.fromisoformat(since), datetime.time.fromisoformat(until))
    found = quiet.after(clock.parse(begin, UTC), [PARIS])
    assert found is not None
    assert clock.iso(found) == expected


@settings(max_examples=100, deadline=None)
@given(happened, moments)
def test_a_late_tick_in_the_night_waits_for_the_morning(events: list[Event], ticks: list[int]) -> None:
    own = rules(workflow(wait=HOUR, quiet=NIGHT))
    people = People(PARIS, {"bob": Zones((ZoneInfo("America/New_York"),))})
    for one in Ticks(own, people).run([*sorted(ticks), END], events).sent():
        zone = ZoneInfo("America/New_York") if one.customer == "bob" else PARIS
        assert one.send_at >= one.due_at
        assert not NIGHT.holds(one.due_at, zone) | NIGHT.holds(one.send_at, zone)
        assert one.guessed == (one.customer == "ann")


def test_a_guessed_zone_is_quiet_by_all_that_it_may_be() -> None:
    people = People(PARIS, {"ann": Zones((PARIS, ZoneInfo("America/New_York")), guessed=True)})
    own = rules(workflow(quiet=NIGHT))
    (found,) = Ticks(own, people).tick(START, [event(0)])  # 11:00 in Paris, 05:00 in New York
    assert clock.iso(found.due_at) == "2026-03-02T13:00:00Z"
    assert found.guessed


def test_hours_that_end_too_late_expire() -> None:
    own = rules(workflow(quiet=NIGHT, lateness=4 * HOUR))
    late, early = event(12), event(20)  # 22:00, 06:00 the day after
    (first,) = Ticks(own).tick(late.at, [late])
    (second,) = Ticks(own).tick(early.at, [early])
    assert (first.verdict, "quiet hours" in first.reason) == (Verdict.EXPIRED, True)
    assert (second.verdict, clock.iso(second.due_at)) == (Verdict.SEND, "2026-03-03T08:00:00Z")


@pytest.mark.parametrize("share", [0.05, 0.1, 0.5])
def test_as_many_are_left_alone_as_chance_says(share: float) -> None:
    count = 4000
    own = rules(workflow("cart", holdout=share))
    events = [event(0, customer=str(number)) for number in range(count)]
    found = Ticks(own).tick(START, events)
    held = {one.customer for one in found if one.verdict is Verdict.HELD_OUT}
    assert abs(len(held) - count * share) < 4 * math.sqrt(count * share * (1 - share))
    later = Ticks(own).tick(START + DAY, [event(20, customer=str(number)) for number in range(count)])
    assert {one.customer for one in later if one.verdict is Verdict.HELD_OUT} == held
    assert {(one.arm, one.probability) for one in found} == {(HELD, share), (FREE, 1 - share)}


def test_only_those_are_told_of_whom_the_condition_holds() -> None:
    own = rules(workflow(only_if="monetary > 100"))
    assert [one.verdict for one in Ticks(own, met=False).tick(START, [event(0)])] == [Verdict.UNMET]
    assert [one.verdict for one in Ticks(own).tick(START, [event(0)])] == [Verdict.SEND]


def test_a_condition_is_asked_of_those_alone_who_may_be_told() -> None:
    own, asked = rules(workflow(only_if="monetary > 100", lateness=HOUR)), list[str]()

    def scores(_: str, customers: Sequence[str]) -> dict[str, bool]:
        asked.extend(customers)
        return dict.fromkeys(customers, True)

    events = [event(0, customer="late"), event(10), event(10, customer="decided")]
    ticks = Ticks(own)
    ticks.tick(events[-1].at, events[-1:])
    due(own, events, (), scores, None, ticks.memory, START + 10 * HOUR, People(UTC))
    assert asked == ["ann"]


def test_a_silence_is_broken_by_what_happens_in_it() -> None:
    own = rules(workflow("reactivation", Silence("purchase", 3 * DAY)))
    events = [event(0, "purchase"), event(71, "purchase"), event(200, "purchase")]
    found = Ticks(own).run([START + hour * HOUR for hour in (71, 72, 143, 199, 273)], events).sent()
    assert [clock.iso(one.instance.at) for one in found] == ["2026-03-08T09:00:00Z", "2026-03-13T18:00:00Z"]


def test_a_birthday_of_29_february_is_the_28th_in_common_years() -> None:
    lateness = 2 * DAY
    own = rules(workflow("birthday", Anniversary("born", datetime.time(9)), lateness=lateness))
    born = {"ann": datetime.date(2004, 2, 29), "bob": datetime.date(2004, 3, 1), "new": datetime.date(2027, 3, 1)}
    people = People(PARIS, {"bob": Zones((ZoneInfo("America/New_York"),))}, {"born": born})
    found = Ticks(own, people).tick(clock.parse("2027-03-01T20:00:00Z", UTC), [])
    assert [(one.customer, clock.iso(one.instance.at)) for one in found] == [
        ("ann", "2027-02-28T08:00:00Z"),
        ("bob", "2027-03-01T14:00:00Z"),
    ]
    leap = Ticks(own, people).tick(clock.parse("2028-02-29T20:00:00Z", UTC), [])
    assert [one.customer for one in leap] == ["ann"]


def test_the_next_step_follows_what_was_sent_alone() -> None:
    own = rules(
        workflow("welcome", Happened("sign_up"), exit_on=("purchase",), wait=HOUR),
        workflow("second", Done("welcome"), wait=2 * DAY),
        workflow("third", Done("second")),
    )
    events = [event(0, "sign_up"), event(0, "sign_up", "bob"), event(0, "purchase", "bob")]
    ticks = Ticks(own).run([START + day * DAY for day in range(5)], events)
    assert [(one.workflow, one.customer) for one in ticks.sent()] == [
        ("welcome", "ann"),
        ("second", "ann"),
        ("third", "ann"),
    ]


def test_a_turn_counts_once() -> None:
    own = rules(workflow("survey", Turned("segment.rfm == 'champions'", entering=True)))
    ticks, turn = Ticks(own), Turn("survey", "ann", START, 1)
    assert len(ticks.tick(START, [], [turn, turn])) == 1
    assert ticks.tick(START + 1, [], [Turn("survey", "ann", START + 1, 1)]) == []  # seen by two ticks at once
    assert len(ticks.tick(START + 2, [], [Turn("survey", "ann", START + 2, 2)])) == 1


def test_a_trigger_may_ask_for_a_column() -> None:
    own = rules(workflow(trigger=Happened(CART, {"channel": ("web", "app")})))
    events = [Event(one, CART, START, {"channel": one}) for one in ("web", "shop")] + [event(0, customer="none")]
    assert [one.customer for one in Ticks(own).tick(START, events)] == ["web"]


def _with(one: Workflow, **given: Any) -> Workflow:
    return replace(one, **given)


def test_who_was_left_alone_stays_so_whatever_the_share_is_now() -> None:
    own = rules(workflow(holdout=0.5))
    arms = {("workflow:cart:holdout", one): Kept(*arm) for one, arm in (("ann", (HELD, 0.1)), ("bob", (FREE, 0.9)))}
    events = [event(0), event(0, customer="bob")]
    for share in (0.01, 0.99):
        own = rules(workflow(holdout=share))
        found = due(own, events, (), lambda _, __: {}, None, Memory(arms=arms), START, People(UTC))
        assert {one.customer: one.verdict for one in found} == {"ann": Verdict.HELD_OUT, "bob": Verdict.SEND}


def test_the_hold_out_of_everything_counts_for_workflows_as_for_audiences() -> None:
    own = rules(workflow("cart", everywhere=0.3, holdout=0.1, cap=Cap(1, DAY)))
    people = [str(number) for number in range(500)]
    found = Ticks(own).tick(START, [event(0, customer=one) for one in people])
    out = {one for one in people if bucket("everywhere:2026Q1", one) < 0.3}
    held = {one for one in people if bucket("workflow:cart:holdout", one) < 0.1} - out
    assert held
    assert {one.customer for one in found if one.verdict is Verdict.HELD_OUT} == out | held
    kept = {one.customer: dict(one.drawn) for one in found}
    term, alone = "everywhere:2026Q1", "workflow:cart:holdout"
    assert all(kept[one] == {term: Kept(HELD, 0.3)} for one in out)
    assert all(kept[one] == {term: Kept(FREE, 0.7), alone: Kept(HELD, 0.1)} for one in held)
    said = {one.reason for one in found if one.customer in out}
    assert said == {"left alone by chance, by everything"}


def test_chance_comes_before_the_cap_and_who_is_capped_is_in_no_draw_of_variants() -> None:
    action = Action("crm", "told", message="hello", variants=("main", "short"))
    own = rules(workflow("cart", action=action, everywhere=0.3, cap=Cap(1, DAY)))
    people = [str(number) for number in range(200)]
    full = Memory(contacts={one: [START] for one in people})
    events = [event(0, customer=one) for one in people]
    found = due(own, events, (), lambda _, __: {}, None, full, START, People(UTC))
    out = {one for one in people if bucket("everywhere:2026Q1", one) < 0.3}
    assert {one.customer for one in found if one.verdict is Verdict.HELD_OUT} == out
    capped = [one for one in found if one.verdict is Verdict.CAPPED]
    assert {one.customer for one in capped} == set(people) - out
    assert {unit for one in capped for unit, _ in one.drawn} == {"everywhere:2026Q1"}
    sent = [one for one in Ticks(own).tick(START, events) if one.verdict is Verdict.SEND]
    halves = Counter(dict(one.drawn)["workflow:cart"] for one in sent)
    assert set(halves) == {Kept("main", 0.5), Kept("short", 0.5)}
    assert all(one.arm == dict(one.drawn)["workflow:cart"].arm for one in sent)
