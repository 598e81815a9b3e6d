"""A policy is read from what it explored: the truth of a made-up shop is found, and too little is refused."""

from collections.abc import Sequence

import numpy as np
import pytest

from activation.experiments.assigned import AssignmentError, of_rows
from activation.experiments.measure import wanted
from activation.experiments.reading import NotYet
from activation.policies import wording
from activation.policies.logged import Logged
from activation.policies.reading import FOR_ALL, POLICY, Ints, Reading, read
from features.clock import DAY
from features.log.log import Log
from tests.activation.experiments.shop import START, Row, log_of
from training.rules.policies import Declared, Held
from training.uplift.chosen import Costs
from training.uplift.off_policy import Value
from training.uplift.policy import Policy, Rule, explored
from training.uplift.trial import NoTrial

OWN = Policy("care", ("none", "mail"), "none", (Rule(where="spend() > 10", action="mail"),), exploration=0.3)
HELD = Held("care", OWN, Declared("care.json"), "", "policies.care")
NONE, MAIL = (FOR_ALL.format(name) for name in OWN.actions)


def shop(gain: float, customers: int = 3000, seed: int = 1) -> tuple[Log, Logged]:
    """Return a shop in which mail moves every other customer up by so much, and each other one down; and who got what.

    The policy wants mail for those whom it helps.
    """
    random = np.random.default_rng(seed)
    helped = np.arange(customers) % 2
    chances = explored(helped, 2, OWN.exploration)
    arm = (random.uniform(size=customers) < chances[:, 1]).astype(np.int64)
    taste = random.gamma(4, 10, customers)
    spent = taste + 60 + np.where(helped == 1, gain, -gain) * arm + random.normal(0, 5, customers)
    names = [f"c{number:04}" for number in range(customers)]
    rows: list[Row] = [(name, -7.0, "purchase", round(float(own), 2)) for name, own in zip(names, taste, strict=True)]
    rows += [(name, 2.0, "purchase", round(float(own), 2)) for name, own in zip(names, spent, strict=True)]
    rows.append(("other", 40.0, "purchase", 1.0))
    each = zip(
        names, [START] * customers, [OWN.actions[own] for own in arm], chances[range(customers), arm], strict=True
    )
    assigned = of_rows([(who, at, what, float(share)) for who, at, what, share in each], OWN.actions, "care")
    return log_of(rows), Logged(assigned, tuple(OWN.actions[own] for own in helped), (OWN.version,) * customers, 0)


def never(_: Ints, __: Ints) -> Sequence[str]:
    raise AssertionError("what was logged was asked about")


def reading(log: Log, logged: Logged, cost: float = 0.0, days: float = 30, wants: object = never) -> Reading:
    costs = Costs(1.0, np.array([0.0, cost]))
    until = START + round(days * DAY)
    return read(log, HELD, logged, wanted("spend_28d"), costs, until, wants, "win")  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def made() -> tuple[Log, Logged]:
    return shop(20.0)


def test_the_truth_is_found_and_the_policy_is_recommended_where_it_is_better(made: tuple[Log, Logged]) -> None:
    found = reading(*made)
    for way, truth in ((POLICY, 110.0), (NONE, 100.0), (MAIL, 100.0)):  # tastes are 40 in the mean
        own = found.ways[way]
        assert isinstance(own, Value)
        assert own.dr.lo - 2 < truth < own.dr.hi + 2  # and 2 for the tastes of these customers
        assert abs(own.snips.value - own.dr.value) < 2.5
        assert own.effective > 500
    assert found.recommended == POLICY
    lines = list(wording.lines(found, "EUR"))
    assert lines[0].startswith(f"policy care version {OWN.version}: it brings 1")
    assert "above none for everybody" in lines[0]
    assert lines[2] == "spend_28d, EUR per customer, net of costs:"


@pytest.mark.parametrize(("gain", "cost", "way"), [(0.0, 0.0, NONE), (20.0, 50.0, NONE), (0.0, -5.0, MAIL)])
def test_the_plainest_way_that_is_not_beaten_is_recommended(gain: float, cost: float, way: str) -> None:
    found = reading(*shop(gain), cost=cost)
    assert found.recommended == way
    assert f"no signal that it is better: {way} is as good, and plainer" in next(wording.lines(found, "EUR"))


def test_below_an_effective_sample_of_100_no_value_is_told_and_what_was_got_is_said(made: tuple[Log, Logged]) -> None:
    log, logged = made
    few = Logged(logged.assigned.where(np.arange(95)), logged.wanted[:95], logged.version[:95], 3)
    found = reading(log, few)
    assert found.recommended == ""
    said = list(wording.lines(found, "EUR"))
    assert "NOT TOLD: policy: what it would give was given to an effective sample of" in said[0]
    assert "below 100 no value is told" in said[0]
    assert said[-1] == "drawn again later, and read by what they were given first: 3"


def test_what_another_version_gave_is_read_by_what_this_one_wanted_then(made: tuple[Log, Logged]) -> None:
    log, logged = made
    old = Logged(logged.assigned, logged.wanted, ("old",) * len(logged.wanted), 0)
    asked: dict[int, int] = {}

    def wants(places: Ints, moments: Ints) -> list[str]:
        asked.update(zip(places.tolist(), moments.tolist(), strict=True))
        by = dict(zip(logged.assigned.customers, logged.wanted, strict=True))
        return [by[log.ids[place]] for place in places]

    found, own = reading(log, old, wants=wants).ways[POLICY], reading(log, logged).ways[POLICY]
    assert isinstance(found, Value)
    assert isinstance(own, Value)
    assert found.dr == own.dr
    assert set(asked.values()) == {START}


def test_what_cannot_be_read_is_refused(made: tuple[Log, Logged]) -> None:
    log, logged = made
    with pytest.raises(NotYet, match="nobody was given an action 28 days before the end"):
        reading(log, logged, days=27)
    shown = np.array([arm == 1 or place % 3 > 0 for place, arm in enumerate(logged.assigned.arm.tolist())])
    lost = Logged(
        logged.assigned.where(shown),
        tuple(np.array(logged.wanted)[shown].tolist()),
        tuple(np.array(logged.version)[shown].tolist()),
        0,
    )
    with pytest.raises(NoTrial, match="they were not assigned as was logged"):
        reading(log, lost)
    with pytest.raises(ValueError, match="got 'order_value_28d', a ratio"):
        read(log, HELD, logged, wanted("order_value_28d"), Costs(1.0, np.zeros(2)), START + 30 * DAY, never, "win")
    with pytest.raises(AssignmentError, match="none of 95 assigned customers has an event"):
        reading(log_of([("x", 1.0, "purchase", 1.0)]), Logged(logged.assigned.where(np.arange(95)), (), (), 0))
