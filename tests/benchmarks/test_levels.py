"""The bench of levels: what it compares, and that a small simulated shop goes through it."""

from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from benchmarks.levels import table
from benchmarks.levels.business import Business, shop
from benchmarks.levels.few import CHEAP, FewChurn, pair
from benchmarks.levels.measured import NONE, SETS, Origin, measured
from benchmarks.levels.worth import difference, worth
from features.clock import DAY
from training.choice.cures import ALL
from training.targets import Churn


def _origin(place: int, none: float, every: float, task: str = "value") -> Origin:
    off = dict.fromkeys(SETS, none) | {"all": every}
    return Origin(
        "shop", 1, "target", task, 400 + place, place * DAY, 100, "lightgbm", off, dict.fromkeys(SETS, 0.02), 0.05, 2.0
    )


def test_each_cure_is_switched_off_alone_and_all_together() -> None:
    assert (SETS["all"], SETS["none"]) == (ALL, NONE)
    assert {name for name in SETS if name.startswith("no ")} == {f"no {field}" for field in ALL.__dataclass_fields__}


def test_few_recipes_are_those_of_the_target_that_are_cheap() -> None:
    churn, spend = pair(28, 56, every=False)
    for target in (churn, spend):
        assert {one.recipe for one in target.candidates()} < CHEAP
        assert len(target.candidates()) == 2
    assert isinstance(churn, FewChurn)
    assert type(pair(28, 56, every=True)[0]) is Churn


def test_the_worth_is_the_mean_of_what_is_off_and_of_paired_differences() -> None:
    found = worth([_origin(0, 0.4, 0.1), _origin(1, -0.2, -0.1), _origin(2, 0.3, 0.1)])
    assert found.off["none"] == pytest.approx(0.3)
    assert found.off["all"] == pytest.approx(0.1)
    assert found.gained["none"].value == pytest.approx(-0.2)
    assert found.gained["none"].lower
    assert not found.ece
    assert found.surprise == pytest.approx(2.0)
    assert found.chance == pytest.approx(0.05)


def test_the_interval_of_a_difference_holds_it_and_tells_noise_from_worth() -> None:
    noise = np.random.default_rng(3).normal(size=200)
    found = difference(noise)
    assert found.lo < noise.mean() < found.hi
    assert found.hi - found.lo == pytest.approx(2 * 1.96 / np.sqrt(200), rel=0.15)
    assert (found.lower, found.higher) == (False, False)
    assert difference(noise + 1).higher


@pytest.mark.long
def test_a_small_shop_is_replayed_with_each_cure_and_told(tmp_path: Path) -> None:
    small = shop(tmp_path, 1, 1500, every=False, days=330)
    every = measured(Business(small.group, small.dataset, small.targets[1:], small.seed, 280))
    assert [one.day for one in every] == [301], "the newest whose horizon is over"
    assert all(set(one.off) == set(SETS) for one in every)
    console = Console(width=150, record=True, quiet=False, file=(tmp_path / "out").open("w", encoding="utf-8"))
    found = worth(every)
    for one in (table.worths([found]), table.goals([found], {found.target: "value"}), table.one_by_one(every)):
        console.print(one)
    said = console.export_text()
    assert f"{found.off['all']:.4f}" in said
    assert "no season" in said
