"""The oracle: calibrated on what happened, as good as can be, and no better."""

from pathlib import Path

import duckdb
import numpy as np
import pytest
from numpy.typing import NDArray

from features import dataset
from features.clock import DAY
from features.simulator import folder as folders
from features.simulator.oracle import oracle, race
from features.simulator.season import Season, season
from features.simulator.segment import SEGMENTS
from features.simulator.simulation import Simulation

START = 1_672_531_200_000_000
"""2023-01-01."""
CUSTOMERS = 40_000


def outcome(folder: Path, ids: list[str], as_of: int, horizon_days: int) -> NDArray[np.float64]:
    """Return 1 for the customers with a purchase in the horizon."""
    events = f"SELECT DISTINCT customer_id::VARCHAR AS id FROM '{folder}/events/*.parquet' WHERE event = 'purchase'"
    window = f"epoch_us(occurred_at) >= {as_of} AND epoch_us(occurred_at) < {as_of + horizon_days * DAY}"
    bought = {row[0] for row in duckdb.sql(f"{events} AND {window}").fetchall()}
    return np.array([float(one in bought) for one in ids])


def calibration_error(y: NDArray[np.float64], p: NDArray[np.float64]) -> float:
    """Return the expected calibration error in ten bins of equal count."""
    bins = np.array_split(np.argsort(p, kind="stable"), 10)
    return float(sum(abs(y[one].mean() - p[one].mean()) * one.size for one in bins) / y.size)


def auc(y: NDArray[np.float64], p: NDArray[np.float64]) -> float:
    """Return the probability that a buyer is ranked above another; ties do not occur."""
    rank = np.argsort(np.argsort(p)) + 1
    n = y.sum()
    return float((rank[y == 1].sum() - n * (n + 1) / 2) / (n * (y.size - n)))


@pytest.fixture(scope="module", params=[(0.0, True), (0.5, True), (0.5, False)], ids=["even", "season", "no segments"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bool]:
    """Return a large simulation, and whether it has segments."""
    amplitude, with_segments = request.param
    folder = tmp_path_factory.mktemp("simulated") / "large"
    knobs = Simulation(
        customers=CUSTOMERS, days=400, seed=11, season=amplitude, segments=with_segments, activity=0.25, late=0.02
    )
    folders.generate(knobs, folder, "large")
    return folder, with_segments


@pytest.mark.parametrize(("day", "horizon_days"), [(240, 28), (310, 84), (250.37, 7)])
def test_the_oracle_is_calibrated_and_not_certain(made: tuple[Path, bool], day: float, horizon_days: int) -> None:
    folder, _ = made
    as_of = START + int(day * DAY)
    told = oracle(folder, as_of, horizon_days)
    p = told["probability"].to_numpy()
    y = outcome(folder, told["customer_id"].to_pylist(), as_of, horizon_days)
    assert calibration_error(y, p) < 0.01
    assert abs(y.mean() - p.mean()) < 4 * np.sqrt((p * (1 - p)).sum()) / p.size
    assert 0.65 < auc(y, p) < 0.95


def test_nobody_who_knows_only_a_part_does_better(made: tuple[Path, bool]) -> None:
    folder, _ = made
    as_of = START + 300 * DAY
    told = oracle(folder, as_of, 28)
    y = outcome(folder, told["customer_id"].to_pylist(), as_of, 28)
    p, alive = told["probability"].to_numpy(), told["alive"].to_numpy()
    assert auc(y, p) > auc(y, alive)
    squared = ((y - p) ** 2).mean()
    for other in (alive, p**0.8, p**1.2, np.clip(p + 0.02, 0, 1), p * 0.9):
        assert squared < ((y - other) ** 2).mean()


def test_the_segment_is_that_of_the_truth(made: tuple[Path, bool]) -> None:
    folder, with_segments = made
    told = oracle(folder, START + 300 * DAY, 28)
    names = {kind.name for kind in SEGMENTS} if with_segments else {"everyone"}
    assert set(told["segment"].to_pylist()) == names
    truth = duckdb.sql(f"SELECT customer_id::VARCHAR, segment FROM '{folder}/{folders.TRUTH}'").fetchall()
    assert dict(zip(told["customer_id"].to_pylist(), told["segment"].to_pylist(), strict=True)).items() <= set(truth)


def test_only_customers_with_an_event_before_the_as_of_are_told_of(made: tuple[Path, bool]) -> None:
    folder, _ = made
    as_of = START + 100 * DAY
    known = f"SELECT DISTINCT customer_id::VARCHAR FROM '{folder}/events/*.parquet' WHERE epoch_us(occurred_at) <"
    expected = {row[0] for row in duckdb.sql(f"{known} {as_of}").fetchall()}
    assert set(oracle(folder, as_of, 28)["customer_id"].to_pylist()) == expected
    assert oracle(folder, START, 28).num_rows == 0


def test_it_looks_past_the_end_of_the_simulation(made: tuple[Path, bool]) -> None:
    folder, _ = made
    p = oracle(folder, START + 400 * DAY, 90)["probability"].to_numpy()
    assert 0.1 < p.mean() < 0.9


def test_broken_and_repeated_rows_change_nothing(tmp_path: Path) -> None:
    for name, share in (("whole", 0.0), ("faulty", 0.2)):
        folders.generate(Simulation(customers=300, days=120, duplicates=share, broken=share), tmp_path / name, name)
    whole, faulty = (oracle(tmp_path / name, START + 100 * DAY, 28) for name in ("whole", "faulty"))
    assert whole.equals(faulty)


@pytest.mark.parametrize(
    ("as_of", "horizon_days", "message"),
    [(START - 1, 28, "as_of: got .* the start of the simulation"), (START, 0, "horizon_days: got 0; a number above 0")],
)
def test_what_it_cannot_know_is_refused(tmp_path: Path, as_of: int, horizon_days: int, message: str) -> None:
    folders.generate(Simulation(customers=5, days=5), tmp_path / "small", "small")
    with pytest.raises(ValueError, match=message):
        oracle(tmp_path / "small", as_of, horizon_days)


def test_a_race_on_an_even_season_has_a_closed_form() -> None:
    even = Season(np.arange(24 * 60 + 1) / 24)
    rate, death, since, until = (
        np.array([0.3, 2.0]),
        np.array([0.1, 0.01]),
        np.array([1.3, 0.0]),
        np.array([40.9, 60.0]),
    )
    event, died, neither = race(even, rate, death, since, until)
    reached = np.exp(-(rate + death) * (until - since))
    np.testing.assert_allclose(neither, reached)
    np.testing.assert_allclose(event, (1 - reached) * rate / (rate + death))
    np.testing.assert_allclose(event + died + neither, 1)


def test_a_race_with_a_season_equals_fine_steps() -> None:
    seasons = season(Simulation(season=0.9), 200)
    rate, death, since, until = np.array([0.15]), np.array([0.01]), np.array([3.2]), np.array([170.6])
    edges = np.linspace(since[0], until[0], 400_001)
    hazard = rate * np.diff(seasons.until(edges)) + death * np.diff(edges)
    before = np.exp(-np.concatenate([[0], np.cumsum(hazard)[:-1]]))
    event, _, neither = race(seasons, rate, death, since, until)
    assert event[0] == pytest.approx((before * rate * np.diff(seasons.until(edges))).sum(), abs=1e-3)
    assert neither[0] == pytest.approx(np.exp(-hazard.sum()))


def test_the_shipped_dataset_has_an_oracle() -> None:
    shop = dataset.load("simulated")
    assert shop.simulation is not None
    as_of = START + 700 * DAY
    told = oracle(shop.path("."), as_of, 28)
    assert told.num_rows > 0.8 * shop.simulation.customers
