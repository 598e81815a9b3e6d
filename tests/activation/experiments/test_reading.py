"""A reading: who counts, for which days, what is taken off, and what is said of it."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from activation.experiments import wording
from activation.experiments.assigned import AssignmentError, of_rows
from activation.experiments.balance import LEAST
from activation.experiments.comparison import Look, by_arm, compare
from activation.experiments.effect import absolute, relative
from activation.experiments.measure import MEASURES, NoSuchMeasure, measured, wanted
from activation.experiments.moments import TooFew
from activation.experiments.people import people
from activation.experiments.reading import READ, NotYet, read
from features.clock import DAY
from features.identity.links import FOREVER
from features.kernel.kernel import Kernel
from features.log.linked import Linked
from tests.activation.experiments.shop import START, assigned, experiment, log_of, many
from training.targets.cohort import net_spend, purchase_days

WEEK = 7 * DAY


def test_days_are_whole_ones_after_the_own_assignment_and_refunds_count_against() -> None:
    log = log_of(
        [
            ("ann", -0.001, "purchase", 100),
            ("ann", 0, "purchase", 10),
            ("ann", 6.999, "purchase", 20),
            ("ann", 7, "purchase", 1000),
            ("ann", 2, "refund", 5),
            ("bob", 1, "page_view", 0),
        ]
    )
    places, begin = np.array([0, 1]), np.array([START, START])
    spend, orders, buyers = (MEASURES[name] for name in ("spend", "orders", "buyers"))
    assert measured(log, spend, places, begin, begin + WEEK).tolist() == [25, 0]
    assert measured(log, orders, places, begin, begin + WEEK).tolist() == [2, 0]
    assert measured(log, buyers, places, begin, begin + WEEK).tolist() == [1, 0]
    assert measured(log, spend, places, begin - WEEK, begin).tolist() == [100, 0]


def test_what_is_measured_is_what_the_kernel_sees_a_window_later() -> None:
    log, _ = many(3.0, customers=50)
    places = np.arange(50)
    moment = START + np.arange(50) * (DAY // 7)
    kernel = Kernel((net_spend(7), purchase_days(7)))
    seen = kernel.exact(log.all_known(), places, moment + WEEK)
    assert measured(log, MEASURES["spend"], places, moment, moment + WEEK) == pytest.approx(seen[:, 0] / 100)
    assert measured(log, MEASURES["buyers"], places, moment, moment + WEEK).tolist() == (seen[:, 1] > 0).tolist()


def test_a_metric_that_there_is_not_is_refused_by_name() -> None:
    with pytest.raises(NoSuchMeasure, match=r"got 'spent_28d'; NAME_DAYSd is allowed.*Did you mean 'spend'"):
        wanted("spent_28d")
    with pytest.raises(NoSuchMeasure, match="got 'spend'"):
        wanted("spend")


def test_a_gain_is_found_with_what_was_known_taken_off() -> None:
    log, arms = many(2.0)
    reading = read(log, experiment(), assigned(arms), START + WEEK)
    assert reading.ended
    assert reading.primary is not None
    assert reading.primary.n == (200, 200)
    assert float(reading.primary.interval.low) < 2 < float(reading.primary.interval.high)
    assert reading.primary.interval.above
    assert reading.primary.taken_off > 0.9
    assert reading.primary.interval.alpha == pytest.approx(0.04)
    first, *rest = wording.lines(reading)
    assert first.startswith("trial: signal: new brings ")
    assert any("of the variance is taken off" in line for line in rest)


def test_nothing_is_said_in_those_words() -> None:
    log, arms = many(0.0)
    reading = read(log, experiment(peek=False), assigned(arms), START + WEEK)
    assert reading.primary is not None
    assert reading.primary.interval.alpha == pytest.approx(0.05)
    assert wording.verdict(reading).startswith("trial: no signal: new and same do not differ beyond chance")


def test_before_the_end_intervals_hold_at_every_look_and_propose_what_is_sure() -> None:
    for gain, proposed in ((3.0, "more"), (-3.0, "stop"), (0.0, "")):
        log, arms = many(gain)
        reading = read(log, experiment(stop="auto"), assigned(arms), START + 4 * DAY)
        assert reading.primary is not None
        assert reading.primary.interval.sequential
        assert reading.primary.interval.alpha == pytest.approx(0.01)
        assert reading.proposal == proposed
        assert reading.hold == (proposed == "stop")
        assert read(log, experiment(), assigned(arms), START + WEEK).proposal == ""


def test_who_will_be_too_late_at_the_end_is_told_before_it() -> None:
    log, arms = many(10.0)
    one_a_second = {who: START + place * 1_000_000 for place, who in enumerate(arms)}
    own = assigned(arms, one_a_second)
    early = list(wording.lines(read(log, experiment(), own, START + 3 * DAY)))
    said = "not to be read at the end: 399 assigned too late for 7 days: a longer horizon reads them"
    assert said in early
    with pytest.raises(TooFew, match="399 were assigned too late for 7 days: a longer horizon reads them"):
        read(log, experiment(), own, START + 8 * DAY)
    longer = list(wording.lines(read(log, experiment(horizon=8), own, START + 3 * DAY)))
    assert not [line for line in longer if line.startswith("not to be read")]


def test_no_look_is_taken_where_none_is_allowed() -> None:
    log, arms = many(0.0)
    with pytest.raises(NotYet, match="peek = false"):
        read(log, experiment(peek=False), assigned(arms), START + WEEK - 1)
    with pytest.raises(NotYet, match="a whole day ago"):
        read(log, experiment(), assigned(arms), START + DAY - 1)


def test_after_the_end_nothing_moves() -> None:
    log, arms = many(1.0)
    some = dict.fromkeys(list(arms)[:20], START + DAY)
    ended, later = (read(log, experiment(), assigned(arms, some), START + days * DAY) for days in (7, 300))
    assert ended.primary is not None
    assert later.primary is not None
    assert ended.waiting == later.waiting == 20
    assert float(ended.primary.effect.estimate) == float(later.primary.effect.estimate)
    longer = read(log, experiment(horizon=8), assigned(arms, some), START + 8 * DAY)
    assert longer.waiting == 0


def test_arms_out_of_balance_stop_the_reading() -> None:
    log, arms = many(2.0)
    lost = {who: arm for number, (who, arm) in enumerate(arms.items()) if arm == "same" or number % 2}
    reading = read(log, experiment(), assigned(lost), START + WEEK)
    assert reading.balance.off == ("phase 1", READ)
    assert reading.primary is None
    assert "NOT READ" in wording.verdict(reading)


def test_who_vanishes_from_one_arm_stops_the_reading() -> None:
    log, arms = many(2.0)
    gone = {
        who + ("-erased" if arm == "new" and number % 2 else ""): arm for number, (who, arm) in enumerate(arms.items())
    }
    reading = read(log, experiment(), assigned(gone), START + WEEK, gone=lambda name: name.endswith("-erased"))
    assert reading.balance.off == (READ,)
    assert reading.people.unknown == {"new": sum(name.endswith("erased") for name in gone)}


def test_weights_that_change_are_looked_at_phase_by_phase_and_do_not_pass_for_an_effect() -> None:
    """Those who come late spend more, and most of them are in one arm."""
    rng = np.random.default_rng(5)
    rows, arms, moment, share = [], {}, {}, {}
    for number in range(1200):
        who, late = f"c{number:04}", number >= 600
        arms[who] = "new" if rng.random() < (0.9 if late else 0.1) else "same"
        moment[who] = START + late * DAY
        share[who] = (0.9 if late else 0.1) if arms[who] == "new" else (0.1 if late else 0.9)
        rows.append((who, 2.5, "purchase", round(50.0 * late + float(rng.gamma(2, 5)), 2)))
    log = log_of(rows)
    reading = read(log, experiment(horizon=9), assigned(arms, moment, share), START + 9 * DAY)
    assert reading.balance.off == ()
    assert list(reading.balance.p) == ["phase 1", "phase 2", READ]
    assert reading.balance.least == LEAST / 3
    assert reading.primary is not None
    assert abs(float(reading.primary.effect.estimate)) < 3 * float(reading.primary.effect.error)
    assert reading.primary.means[1] == pytest.approx(reading.primary.means[0], abs=3)
    flat = read(log, experiment(horizon=9), replace(assigned(arms, moment, share), probability=np.full(1200, 0.5)),
                START + 9 * DAY)  # fmt: skip
    assert flat.primary is not None
    assert float(flat.primary.effect.estimate) > 30  # what it would pass for


def test_two_traces_of_one_person_are_not_read_in_one_arm_or_in_two() -> None:
    log = log_of(
        [
            ("ann", 1, "purchase", 10),
            ("ann2", 2, "purchase", 10),
            ("bob", 1, "purchase", 7),
            ("bob2", 2, "purchase", 7),
            ("cem", 1, "purchase", 1),
        ]
    )
    # The log of today: the older trace is somebody's of before, whose events the person has, too.
    today = log_of(
        [("ann", 1, "purchase", 10), ("ann", 2, "purchase", 10), ("bob", 1, "purchase", 7), ("bob", 2, "purchase", 7),
         ("cem", 1, "purchase", 1)]
    )  # fmt: skip
    names = pa.array(["ann", "ann2", "bob", "bob2", "cem"])
    linked = Linked.of(names, pa.array(["ann", "ann", "bob", "bob", "cem"]), today.customers)
    today = replace(today, linked=linked, absorbed=np.full(3, FOREVER))
    told = assigned({"ann": "new", "ann2": "new", "bob": "new", "bob2": "same", "cem": "same", "dee": "new"})
    found = people(today, told, lambda name: name == "dee")
    assert found.assigned.customers == ("cem",)
    assert found.merged == {"new": 1}
    assert found.crossed == {"new": 1}
    assert found.unknown == {"new": 1}
    moment = found.assigned.moment
    assert measured(today, MEASURES["spend"], found.places, moment, moment + WEEK).tolist() == [1]
    apart = people(log, told)
    assert len(apart.assigned.customers) == 6
    assert apart.silent == {"new": 1}
    swapped = assigned({"bob2": "new", "bob": "same"})
    assert people(today, swapped).crossed == {"same": 1}


def test_segments_are_moved_toward_the_whole_and_kept_apart_where_few() -> None:
    log, arms = many(2.0)
    kinds = {who: ("rare" if number < 10 else "odd" if number % 2 else "even") for number, who in enumerate(arms)}
    reading = read(log, experiment(), assigned(arms, segment=kinds), START + WEEK)
    own = reading.segments
    assert own is not None
    assert own.names == ("even", "odd")
    assert own.left_out == 1
    assert np.ptp(own.differing.shrunken) <= np.ptp(own.effects)
    assert read(log, experiment(), assigned(arms, segment=kinds), START + 4 * DAY).segments is None


def test_others_are_told_by_benjamini_and_hochberg_beside_the_primary_metric() -> None:
    log, arms = many(2.0)
    three = {who: ("third" if number % 3 == 0 else arm) for number, (who, arm) in enumerate(arms.items())}
    trial = experiment(arms={"new": "spring", "same": "", "third": ""}, secondary=("orders_7d", "order_value_7d"))
    told = assigned(three, probability=dict.fromkeys(three, 1 / 3), names=("new", "same", "third"))
    reading = read(log, trial, told, START + WEEK)
    labels = [one.label for one, _ in reading.secondary]
    assert labels == ["third against same, spend_7d", "new against same, orders_7d", "new against same, order_value_7d"]
    assert [one.p <= p for one, p in reading.secondary] == [True, True, True]
    assert reading.secondary[1][0].p == 1.0  # everybody has two


def test_a_cap_is_fixed_by_the_time_before() -> None:
    log, arms = many(2.0)
    early, late = (read(log, experiment(), assigned(arms), START + days * DAY) for days in (2, 7))
    assert early.cap == late.cap
    assert late.capped is not None
    assert late.primary is not None
    assert late.capped.means[1] < late.primary.means[1]


def test_wrong_assignments_are_refused_in_one_line() -> None:
    for rows, said in (
        ([], "nobody is assigned"),
        ([("a", 0, "new", 0.5), ("a", 0, "same", 0.5)], "customer 'a': got 2 rows"),
        ([("a", 0, "nwe", 0.5)], "got 'nwe'. Did you mean 'new'"),
        ([("a", 0, "new", 0.0)], "probability: got 0.0"),
    ):
        with pytest.raises(AssignmentError, match=said):
            of_rows(rows, ("new", "same"), "trial")


def test_an_arm_of_few_has_no_interval() -> None:
    log, arms = many(2.0, customers=4)
    few = {who: ("new" if place == 0 else "same") for place, who in enumerate(arms)}
    with pytest.raises(TooFew, match="an arm has 1 customers who can be read; at least 30 are needed"):
        read(log, experiment(), assigned(few), START + WEEK)


def test_who_never_had_an_event_counts_with_nothing() -> None:
    """To leave them out would select those whom an arm moved: a tenth more buyers would be told as a loss."""
    rows, arms = [], {}
    for arm, buyers, paid in (("new", 130, 20.0), ("same", 100, 21.0)):
        for number in range(1000):
            who = f"{arm}{number:04}"
            arms[who] = arm
            if number < buyers:
                rows.append((who, 1.5, "purchase", paid + number % 5))
    reading = read(log_of(rows), experiment(peek=False), assigned(arms), START + WEEK)
    assert reading.primary is not None
    assert reading.primary.n == (1000, 1000)
    assert float(reading.primary.effect.value) == pytest.approx((130 * 22 - 100 * 23) / 1000)
    assert reading.people.silent == {"new": 870, "same": 900}
    assert any("never had an event: new 870, same 900" in line for line in wording.lines(reading))
    strangers = {f"x{who}": arm for who, arm in arms.items()}
    with pytest.raises(AssignmentError, match="none of 2,000 assigned customers has an event"):
        read(log_of(rows), experiment(), assigned(strangers), START + WEEK)


def test_probabilities_that_differ_at_one_moment_or_go_to_and_fro_are_refused() -> None:
    log, arms = many(0.0)
    share = {who: (0.9 if number % 2 else 0.1) for number, who in enumerate(arms)}
    given = {who: share[who] if arm == "new" else 1 - share[who] for who, arm in arms.items()}
    with pytest.raises(AssignmentError, match=r"got 0\.[19] and 0\.[19] at one moment"):
        read(log, experiment(), assigned(arms, probability=given), START + WEEK)
    moment = {who: START + number for number, who in enumerate(arms)}
    with pytest.raises(AssignmentError, match="to and fro"):
        read(log, experiment(horizon=8), assigned(arms, moment, given), START + 8 * DAY)
    rounded = {who: 0.5 + 0.001 * (number % 2) for number, who in enumerate(arms)}
    assert read(log, experiment(), assigned(arms, probability=rounded), START + WEEK).primary is not None


def test_an_arm_of_nobody_has_what_the_others_leave() -> None:
    own = of_rows([("a", 0, "x", 0.499), ("b", 0, "y", 0.499)], ("x", "y", "z"), "trial")
    assert own.phases((1 / 3, 1 / 3, 1 / 3))[1][0] == pytest.approx((0.499, 0.499, 0.002))


def test_an_arm_that_ends_unsubscribing_is_no_loss() -> None:
    rows, arms = [], {}
    for number in range(1000):
        who = f"c{number:04}"
        arms[who] = "new" if number % 2 else "same"
        rows.append((who, -1.0, "page_view", 0.0))
        if number % 10 < 4 and not number % 2:
            rows.append((who, 1.2, "mail_unsubscribed", 0.0))
    reading = read(log_of(rows), experiment(primary="unsubscribes_7d", stop="auto"), assigned(arms), START + 3 * DAY)
    assert reading.proposal == "more"
    assert not reading.hold
    assert "fewer is better" in wording.verdict(reading)
    other = {who: "same" if arm == "new" else "new" for who, arm in arms.items()}
    assert read(log_of(rows), experiment(primary="unsubscribes_7d", stop="auto"), assigned(other), START + 3 * DAY).hold


def test_purchases_without_an_order_are_one_an_instant() -> None:
    log = log_of([("ann", day, "purchase", 10.0) for day in (0, 1, 1, 2, 3, 4)])
    places, begin = np.array([0]), np.array([START])
    assert measured(log, MEASURES["orders"], places, begin, begin + WEEK).tolist() == [5]


def test_what_does_not_vary_is_not_told() -> None:
    log, arms = many(0.0)
    assert "NOT TOLD" in wording.verdict(read(log, experiment(primary="buyers_7d"), assigned(arms), START + WEEK))


def test_an_arm_that_ordered_nothing_has_no_value_of_an_order_and_says_so() -> None:
    arms = {f"c{one:03}": "new" if one % 2 else "same" for one in range(80)}
    rows = [(who, -1.0, "page_view", 0.0) for who in arms]
    rows += [(who, 1.2, "purchase", 50.0 + place) for place, who in enumerate(arms) if arms[who] == "new"]
    own = experiment(primary="order_value_7d", secondary=("order_value_14d",))
    lines = list(wording.lines(read(log_of(rows), own, assigned(arms), START + WEEK)))
    assert "NOT TOLD" in lines[0]
    assert not [line for line in lines if "nan" in line or "p 1 " in line]
    assert any("against nothing to divide by, 40 and 40 customers" in line for line in lines)
    assert any(line.startswith("beside it:") and line.endswith("nothing to divide by") for line in lines)


def test_days_that_were_over_before_the_events_begin_are_not_read_as_nothing() -> None:
    log, arms = many(10.0)
    seconds = dict.fromkeys(arms, START // 1_000_000)  # passed for microseconds: 1970
    with pytest.raises(AssignmentError, match=r"moment: got 1970.*the events begin at 2023-11-08.*400 customers"):
        read(log, experiment(), assigned(arms, seconds), START + WEEK)


def test_an_interval_of_few_pays_for_what_was_known_as_a_regression_does() -> None:
    rng, size, known = np.random.default_rng(3), 30, 3
    before = [rng.normal(size=2 * size) for _ in range(known)]
    arm = np.repeat([0, 1], size)
    before = [one - np.array([one[arm == side].mean() for side in (0, 1)])[arm] for one in before]
    after = rng.normal(size=2 * size) + sum(before) + arm
    base, other = by_arm([after, *before], arm, np.zeros(2 * size, np.int64), 2)
    found = compare(("a", "b"), (base, other), wanted("spend_7d"), Look(2.0 * size, ended=True, peek=False))
    x = np.column_stack([np.ones(2 * size), arm, *before])
    fitted, rest, *_ = np.linalg.lstsq(x, after, rcond=None)
    error = np.sqrt(rest[0] / (2 * size - 2 - known) * np.linalg.inv(x.T @ x)[1, 1])
    assert float(found.effect.estimate) == pytest.approx(fitted[1])
    assert float(found.effect.error) == pytest.approx(error)
    assert float(found.effect.freedom) < float(absolute(base, other).freedom) * (1 - known / (2 * size - 2)) + 1e-9
    assert float(found.share.error / relative(base, other).error) == pytest.approx(np.sqrt(58 / 55))
