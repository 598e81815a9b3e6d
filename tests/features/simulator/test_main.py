"""`python -m features.simulator`: files of its own for whoever wants them."""

from pathlib import Path

import pytest

from features import dataset
from features.simulator import folder as folders
from tests.conftest import run_here

MODULE = "features.simulator.__main__"


def test_it_writes_a_dataset_that_loads(tmp_path: Path) -> None:
    out = tmp_path / "my shop!"
    done = run_here(
        MODULE, "--customers", "20", "--days", "50", "--no-segments", "--start", "2020-05-01", "--out", str(out)
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{out}/dataset.toml reads what was simulated; the truth is in {out}/truth.parquet\n"
    shop = dataset.load(str(out / folders.DATASET))
    assert shop.name == "myshop"
    assert shop.path("events").is_dir()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--customers", "0"), "--customers: Expected `int` >= 1"),
        (("--season", "2"), "--season: Expected `float` <= 0.95"),
        (("--start", "May"), "--start: Invalid RFC3339 encoded date"),
        ((), "--out: {out} exists already; the name of a new folder is allowed."),
    ],
)
def test_a_mistake_is_told_in_one_line(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    done = run_here(MODULE, *arguments, "--out", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: {message.format(out=tmp_path)}\n"
