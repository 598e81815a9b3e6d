"""The knobs: each is checked, and a mistake is told with its place."""

import datetime
from pathlib import Path

import pytest

from features import dataset
from features.dataset import DatasetError
from features.simulator.simulation import Simulation

SHOP = """\
name = "shop"
[[sources]]
path = "events"
event = "purchase"
columns = { customer_id = "customer_id", occurred_at = "occurred_at" }
[simulation]
"""


def written(folder: Path, knobs: str) -> str:
    (folder / "shop.toml").write_text(SHOP + knobs, encoding="utf-8")
    return str(folder / "shop.toml")


def test_a_dataset_may_leave_out_every_knob(tmp_path: Path) -> None:
    assert dataset.load(written(tmp_path, "")).simulation == Simulation()


def test_a_dataset_says_its_knobs(tmp_path: Path) -> None:
    text = "customers = 9\ndays = 8\nstart = 2024-02-03\nseed = 7\nsegments = false\nseason = 0\nactivity = 2\n"
    shop = dataset.load(written(tmp_path, text + "late = 0.1\nduplicates = 0.2\nbroken = 0.3\n"))
    start = datetime.date(2024, 2, 3)
    assert shop.simulation == Simulation(
        customers=9, days=8, start=start, seed=7, segments=False, season=0, activity=2, late=0.1, duplicates=0.2,
        broken=0.3,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("knob", "message"),
    [
        ("customers = 0", "simulation.customers: Expected `int` >= 1"),
        ("customers = 10_000_001", "simulation.customers: Expected `int` <= 10000000"),
        ("days = 0", "simulation.days: Expected `int` >= 1"),
        ("days = 3651", "simulation.days: Expected `int` <= 3650"),
        ('start = "soon"', "simulation.start: Invalid RFC3339 encoded date"),
        ("seed = -1", "simulation.seed: Expected `int` >= 0"),
        ("segments = 1", "simulation.segments: Expected `bool`, got `int`"),
        ("season = 1.0", "simulation.season: Expected `float` <= 0.95"),
        ("season = nan", "simulation.season: Expected `float` >= 0"),
        ("activity = 0", "simulation.activity: Expected `float` > 0"),
        ("activity = 11", "simulation.activity: Expected `float` <= 10"),
        ("late = -0.1", "simulation.late: Expected `float` >= 0"),
        ("duplicates = 0.6", "simulation.duplicates: Expected `float` <= 0.5"),
        ("broken = 0.6", "simulation.broken: Expected `float` <= 0.5"),
        ("brokn = 0.1", "simulation: unknown key 'brokn'. Did you mean 'broken'?"),
    ],
)
def test_a_wrong_knob_is_told_with_its_place(tmp_path: Path, knob: str, message: str) -> None:
    path = written(tmp_path, knob + "\n")
    with pytest.raises(DatasetError) as caught:
        dataset.load(path)
    assert str(caught.value).startswith(f"{path}: {message}")
