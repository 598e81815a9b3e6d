"""`python -m features.simulator`: files of its own for whoever wants them."""

import datetime
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
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


def test_it_continues_a_simulation(tmp_path: Path) -> None:
    out = tmp_path / "shop"
    run_here(MODULE, "--customers", "20", "--days", "50", "--out", str(out))
    moments = pa.array([datetime.datetime(2023, 2, 20, 9, tzinfo=datetime.UTC)] * 2, pa.timestamp("us", "UTC"))
    contacts = tmp_path / "contacts.parquet"
    pq.write_table(pa.table({"customer_id": [100_003] * 2, "at": moments, "offer": ["coupon"] * 2}), contacts)
    done = run_here(MODULE, "--continue", str(out), "--contacts", str(contacts), "--days", "28")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(
        r"\d+ events of 28 days, 1 contacts \(1 rows stood there already, and count once\) in"
        rf" {out}/events/continued-2023-02-20\+28.parquet\n"
        rf"The truth, with and without contacts, is in {out}/truth-2023-02-20\+28.parquet\n",
        done.stdout,
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--continue", "x"), "--continue: --days is needed beside it"),
        (("--continue", "x", "--days", "28", "--seed", "2"), "--contacts is allowed, and no other option"),
        (("--continue", "x", "--days", "28"), "x has no simulation.json"),
        (("--contacts", "x"), "--out is needed; or --continue"),
        ((), "--out is needed; or --continue"),
    ],
)
def test_options_that_do_not_go_together_are_told(arguments: tuple[str, ...], message: str) -> None:
    done = run_here(MODULE, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
