"""Objectives: what they say, and how they stand by the members of their first day."""

import doctest
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from activation.objectives import job, status
from activation.objectives.objective import Objective, declared, place
from activation.objectives.status import BEHIND, MET, MISSED, ON_TRACK, REFUSED, UNTOLD
from features import clock
from features.buckets import intake
from features.dataset import Dataset, DatasetError
from tests.training.kpis import small_shop
from training.kpis import job as kpis
from training.kpis import members
from training.kpis.figure import Figure
from training.kpis.job import Kpis
from training.kpis.kpi import ACQUIRING_NEEDS, KPIS, LESS_IS_BETTER, STEADY
from training.kpis.window import Window
from training.metrics.bootstrap import Estimate

START, END = (clock.parse(day, small_shop.UTC) for day in ("2025-01-05", "2026-04-01"))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))


def one(**given: object) -> Objective:
    return msgspec.convert(
        {"segment": "gold", "kpi": "churn", "change": "-10 %", "by": "2026-06-30"} | given, Objective
    )


def figure(before: Estimate, now: Estimate) -> Figure:
    change = Estimate(now.value - before.value, now.lo - before.value, now.hi - before.value)
    return Figure("tier", "gold", "churn", "share", 100, now, 1, 10, before=before, change=change)


WAS = Estimate(0.20, 0.15, 0.25)


@pytest.mark.parametrize(
    ("now", "share", "told"),
    [
        ((0.15, 0.14, 0.17), 0.5, MET),
        ((0.15, 0.14, 0.19), 0.5, ON_TRACK),
        ((0.20, 0.195, 0.21), 0.5, BEHIND),  # half of the way is .19
        ((0.20, 0.185, 0.21), 0.5, ON_TRACK),
        ((0.20, 0.185, 0.21), 1.0, MISSED),
        ((0.17, 0.16, 0.20), 1.0, MISSED),
    ],
)
def test_the_interval_tells_how_it_stands(now: tuple[float, float, float], share: float, told: str) -> None:
    found = status.status(one(), figure(WAS, Estimate(*now)), share)
    assert found.status == told
    assert found.target == pytest.approx(0.18)
    assert bool(found.why) == (now == (0.17, 0.16, 0.20))  # missed, perhaps by chance


def test_points_per_cent_and_values_are_targets() -> None:
    assert one(change="+5 points").target(0.2) == pytest.approx(0.25)
    assert one(change="-1 point", kpi="satisfaction").target(8.0) == 7.0
    assert one(change="+25%").target(0.2) == pytest.approx(0.25)
    assert one(change=0.12).target(0.2) == 0.12


@pytest.mark.parametrize(
    ("kpi", "change", "now", "told"),
    [
        ("churn", 0.22, (0.06, 0.05, 0.07), MET),  # it was .20 already, and less of it is better
        ("churn", 0.22, (0.30, 0.29, 0.31), MISSED),
        ("buyers", 0.15, (0.06, 0.05, 0.07), MISSED),
        ("buyers", 0.15, (0.30, 0.29, 0.31), MET),
        ("churn", "+10 %", (0.30, 0.29, 0.31), MET),  # whoever asks for it says so
    ],
)
def test_what_is_better_than_the_target_meets_it(
    kpi: str, change: float | str, now: tuple[float, float, float], told: str
) -> None:
    for before in (WAS, Estimate(np.nan, np.nan, np.nan)):
        if np.isfinite(before.value) or not isinstance(change, str):
            assert status.status(one(kpi=kpi, change=change), figure(before, Estimate(*now)), 1.0).status == told


def test_a_share_of_what_is_below_zero_goes_the_way_of_its_sign() -> None:
    wanted, was = one(kpi="roi", change="+10 %"), Estimate(-0.5, -0.55, -0.45)
    assert wanted.target(-0.5) == pytest.approx(-0.45)
    assert status.status(wanted, figure(was, Estimate(-0.7, -0.75, -0.65)), 1.0).status == MISSED
    assert status.status(wanted, figure(was, Estimate(1.0, 0.9, 1.1)), 1.0).status == MET
    nothing = status.status(wanted, figure(Estimate(0, 0, 0), Estimate(1.0, 0.9, 1.1)), 1.0)
    assert (nothing.status, "a share of 0" in nothing.why) == (REFUSED, True)


def test_an_amount_of_what_grows_with_time_is_told_at_its_end() -> None:
    early = figure(Estimate(4, 3.9, 4.1), Estimate(5.2, 5.1, 5.3))  # nine days, beside nine
    for change in (50.0, "+10 points"):
        found = status.status(one(kpi="revenue", change=change), early, 0.1)
        assert (found.status, found.value) == (UNTOLD, 5.2)
    assert status.status(one(kpi="revenue", change=50.0), early, 1.0).status == MISSED
    assert status.status(one(kpi="revenue", change="+10 %"), early, 0.1).status == MET
    assert status.status(one(kpi="average_order", change=50.0), early, 0.1).status == BEHIND


def test_each_kpi_has_a_direction_and_is_of_the_table() -> None:
    names = {each.name for each in KPIS} | {*ACQUIRING_NEEDS}
    assert names >= LESS_IS_BETTER
    assert names >= STEADY


def test_a_change_that_was_never_made_is_warned_of_with_the_largest() -> None:
    assert status.warned(0.10, 0.20, [0.20, 0.21, 0.19, 0.20]).endswith("as long a time is -0.02")
    assert status.warned(0.19, 0.20, [0.20, 0.21, 0.19, 0.20]) == ""
    assert status.warned(0.10, 0.20, [np.nan]) == ""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kpi": "churm"}, "objectives.less.kpi: got 'churm'.*'churn'"),
        ({"change": "a lot"}, "change: got 'a lot'; '-10 %'"),
        ({"until": "2026-01-01"}, "unknown key 'until'"),
        ({"by": "soon"}, "objectives.less"),
        ({"change": float("nan")}, "change: got nan; 0 to 1"),
        ({"change": 12.0}, "change: got 12.0; 0 to 1"),
        ({"kpi": "revenue", "change": float("inf")}, "change: got inf; a finite number"),
        ({"start": "2026-07-01"}, "after 2026-06-30"),
    ],
)
def test_what_is_declared_wrongly_is_refused(tmp_path: Path, given: dict[str, Any], said: str) -> None:
    with pytest.raises(DatasetError, match=said):
        declared(
            _shop(tmp_path, less={"segment": "gold", "kpi": "churn", "change": "-10 %", "by": "2026-06-30"} | given)
        )


def _shop(folder: Path, **objectives: dict[str, Any]) -> Dataset:
    return msgspec.structs.replace(small_shop.shop(folder), objectives=objectives)


def _standing(shop: Dataset) -> dict[str, job.Standing]:
    def read(spans: tuple[Window | None, ...]) -> Kpis:
        assert spans[0] is not None
        began = small_shop.ask(small_shop.BEGAN, small_shop.TODAY, spans[0].end)
        with intake.opened(shop, 1 << 30) as opened:
            asked = kpis.Asked(spans, START, {"tier": small_shop.SEGMENTS}, began, predicts=True)
            return kpis.told(shop, opened.logs(), opened.products, asked)

    return {each.name: each for each in job.standing(shop, {"tier": small_shop.SEGMENTS}, read, START, END)}


def test_objectives_are_read_on_the_members_of_their_first_day(tmp_path: Path) -> None:
    spring: dict[str, Any] = {"segment": "gold", "start": "2026-03-01", "by": "2026-03-28"}
    found = _standing(
        _shop(
            tmp_path,
            apart=spring | {"kpi": "buyers", "change": 0.9, "action": "mail"},
            spend=spring | {"kpi": "revenue", "change": "-20 %", "goal": "a test", "segment": "tier.gold"},
        )
    )
    assert list(found) == ["spend", "apart"]  # what has no goal is apart
    assert found["spend"].status.value == 20  # by membership at the end it was 95
    assert found["spend"].status.before == 25
    assert found["apart"].status.value == 0.5
    assert found["apart"].status.status == MISSED


def test_what_cannot_be_measured_is_refused_and_what_has_not_begun_is_not_told(tmp_path: Path) -> None:
    shop = msgspec.structs.replace(
        _shop(
            tmp_path,
            earns={"segment": "gold", "kpi": "margin", "change": "+5 %", "by": "2026-03-20", "start": "2026-03-01"},
            first={"segment": "gold", "kpi": "churn", "change": "-10 %", "by": "2026-06-30", "goal": "stay"},
            never={"segment": "gold", "kpi": "margin", "change": "+5 %", "by": "2026-04-20"},
        ),
        profit=None,
    )
    found = _standing(shop)
    assert (found["earns"].status.status, found["earns"].status.why) == (REFUSED, "missing: [profit]")
    assert found["never"].status.status == REFUSED  # before it began
    assert (found["first"].status.status, found["first"].begins) == (UNTOLD, "2026-04-01")


def test_one_objective_that_cannot_be_read_leaves_the_others(tmp_path: Path) -> None:
    own: dict[str, Any] = {"segment": "gold", "kpi": "buyers", "change": "+10 %"}
    found = _standing(
        _shop(
            tmp_path,
            past=own | {"by": "2026-03-15"},
            today=own | {"by": "2026-03-31"},
            future=own | {"start": "2026-04-15", "by": "2026-06-30"},
            early=own | {"start": "2024-12-01", "by": "2026-06-30"},
            cost=own | {"kpi": "cac", "by": "2026-06-30"},
            good=own | {"change": 0.5, "start": "2026-03-01", "by": "2026-03-28"},
        )
    )
    assert {
        name: (each.status.status, each.status.why.split()[0]) for name, each in found.items() if name != "good"
    } == {
        "past": (REFUSED, "it"),
        "today": (REFUSED, "it"),
        "future": (UNTOLD, "it"),
        "early": (REFUSED, "missing:"),
        "cost": (REFUSED, "cac"),
    }
    assert found["good"].status.value == 0.5


def test_a_rule_segment_is_one_of_which_something_may_be_wanted(tmp_path: Path) -> None:
    segments = {"tier": ["gold", "regulars"], **dict([members.of_rule("regulars"), members.of_rule("late")])}
    own: dict[str, Any] = {"kpi": "buyers", "change": "+10 %", "by": "2026-06-30"}
    told = declared(
        _shop(tmp_path, **{name: own | {"segment": name} for name in ("rule.regulars", "regulars", "late")})
    )
    assert place(told["rule.regulars"], segments, "it") == ("rule regulars", "regulars")
    assert place(told["late"], segments, "it") == ("rule late", "late")
    with pytest.raises(DatasetError, match=r"which may be tier\.regulars, rule\.regulars"):
        place(told["regulars"], segments, "it")
    del segments["rule late"]
    standing = {
        each.name: each
        for each in job.standing(
            _shop(tmp_path, late=own | {"segment": "late"}), segments, _none, START, END, {"late": "no such column"}
        )
    }
    assert (standing["late"].segment, standing["late"].status.why) == ("rule.late", "no such column")
    assert standing["late"].status.status == REFUSED


def _none(_: tuple[Window | None, ...]) -> Kpis:
    raise AssertionError("nothing is to be read")


def test_the_segments_of_a_rule_are_named_as_conditions_name_them() -> None:
    assert doctest.testmod(members).failed == 0


def test_the_first_day_is_kept(tmp_path: Path) -> None:
    from activation.objectives import kept

    assert kept.start("small", "less", 5, tmp_path / "ledger.db") == 5
    assert kept.start("small", "less", 9, tmp_path / "ledger.db") == 5


def test_a_segment_is_named_without_doubt(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"objectives.less.segment: got 'golden'"):
        _standing(_shop(tmp_path, less={"segment": "golden", "kpi": "churn", "change": "-10 %", "by": "2026-06-30"}))
