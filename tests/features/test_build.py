"""`python -m features.build`: what a user gets in the file, and on a mistake."""

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from features import clock, dataset, settings
from features.catalogue.catalogue import CATALOGUE
from features.catalogue.feature import fitting
from features.kernel.kernel import Kernel
from features.log.log import Log
from features.sources import batch
from tests.conftest import run_here
from tests.features import shop as shops
from tests.features.shop import business

AS_OF = "2017-03-01"
MOMENT = 1_488_326_400_000_000


@dataclass(frozen=True)
class Built:
    """What one run of the command printed and wrote."""

    output: str
    out: Path
    table: pa.Table


@pytest.fixture(scope="module")
def built(part: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build the features of the part, once for the tests of this file, into a folder that is not there yet."""
    out = tmp_path_factory.mktemp("build") / "new" / "features.parquet"
    done = run_here("features.build", "--dataset", str(part), "--as-of", AS_OF, "--out", str(out))
    assert done.returncode == 0, done.stderr
    return Built(done.stdout, out, pq.read_table(out))


@pytest.fixture(scope="module")
def kernel(part: Path) -> Kernel:
    """Return the kernel of what the part can have."""
    shop = dataset.load(str(part))
    return Kernel(fitting(CATALOGUE, shop.columns, shop.kinds)[0])


def test_the_columns_are_the_spine_and_the_catalogue(built: Built, kernel: Kernel) -> None:
    assert tuple(built.table.column_names) == ("customer_id", "as_of", *kernel.names)
    assert built.table.schema.types == [
        pa.string(),
        pa.timestamp("us", "UTC"),
        *[pa.float32()] * len(kernel.names),
    ]


def test_there_is_one_row_for_each_customer_known_before_the_as_of(built: Built, log: Log) -> None:
    known = [log.customers[position].as_py() for position in log.known_before(MOMENT)]
    assert built.table["customer_id"].to_pylist() == known
    assert 0 < len(known) < len(log.customers)
    assert clock.iso(MOMENT) == f"{AS_OF}T00:00:00Z"
    assert built.table["as_of"].unique().cast(pa.int64()).to_pylist() == [MOMENT]


def test_the_values_are_those_of_the_kernel_and_null_where_undefined(built: Built, kernel: Kernel, log: Log) -> None:
    customers = log.known_before(MOMENT)
    expected = kernel(log, customers, np.full(customers.size, MOMENT, np.int64))
    nulls = 0
    for j, name in enumerate(kernel.names):
        column = built.table[name]
        assert column.is_null().to_pylist() == np.isnan(expected[:, j]).tolist()
        assert column.drop_null().to_pylist() == expected[~np.isnan(expected[:, j]), j].tolist()
        nulls += column.null_count
    assert 0 < nulls < expected.size / 2


def test_no_draft_is_left_beside_the_file(built: Built) -> None:
    assert [path.name for path in built.out.parent.iterdir()] == ["features.parquet"]


def test_what_is_left_out_kept_aside_and_done_is_printed(built: Built, kernel: Kernel, log: Log, part: Path) -> None:
    lines = built.output.splitlines()
    shop = dataset.load(str(part))
    left_out = fitting(CATALOGUE, shop.columns, shop.kinds)[1]
    assert left_out["refunds_84d"] == "no event of kind cancellation or refund"
    assert lines[0].startswith("73 features left out: 16 for no event of kind page_view, 10 for no event of kind app_")
    assert lines[0].endswith(f"; names in `python -m features.describe --dataset {part}`")
    late = shops.events(dataset.load(str(part))).rejects.num_rows
    aside, where = lines[1:-1]
    assert aside.startswith(
        f"kept aside: {late:,} rows: occurred_at is after the data's end (such as transactions.parquet"
    )
    assert where == f"all of them are in {settings.rejects('part')}"
    assert lines[-1].startswith(
        f"{len(kernel.names)} features of {built.table.num_rows:,} customers from {len(log):,} events"
        f" as of {AS_OF}T00:00:00Z: {built.out}"
    )


BUCKETS = "from features.buckets import memory; memory._FEW, memory._BUCKET = 0, 1 << 20"
COMMAND = f"{BUCKETS}; from features import build, command; command.run(build.main)"


def started(part: Path, out: Path, *options: str) -> subprocess.Popen[str]:
    """Start the command with many buckets."""
    command = [sys.executable, "-c", COMMAND, "--dataset", str(part), "--out", str(out), *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("given", [f"{AS_OF}, 2017-06-01 06:30", "2017-06-01T06:30 2017-03-01"])
def test_several_moments_and_many_buckets_give_a_row_for_each(
    built: Built, part: Path, tmp_path: Path, given: str
) -> None:
    out = tmp_path / "features.parquet"
    done = started(part, out, "--as-of", given)
    said, wrong = done.communicate()
    assert (done.returncode, wrong) == (0, "")
    table = pq.read_table(out)
    order = [("customer_id", "ascending")]
    early = table.filter(pc.equal(table["as_of"].cast(pa.int64()), MOMENT)).sort_by(order)
    assert early.equals(built.table.sort_by(order))
    assert table.num_rows > 1.5 * early.num_rows
    assert f"({table.num_rows:,} rows)" in said
    assert "as of 2017-03-01T00:00:00Z, 2017-06-01T06:30:00Z: " in said
    assert [path.name for path in tmp_path.iterdir()] == ["features.parquet"]


@pytest.mark.long
@pytest.mark.parametrize("sign", ["events", "draft"])
def test_a_run_that_is_killed_leaves_the_old_file_and_nothing_that_the_next_does_not_remove(
    part: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sign: str
) -> None:
    cache = tmp_path / "home" / ".cache"
    cache.mkdir(parents=True)
    (cache / "kernels").symlink_to(settings.cache() / "kernels")
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))
    out = tmp_path / "out" / "features.parquet"
    out.parent.mkdir()
    out.write_text("old")
    scratch = cache / "scratch"
    for pause in (0, 0.05, 0.5):
        run_ = started(part, out, "--as-of", AS_OF)
        while not any(scratch.glob("*/events") if sign == "events" else out.parent.glob(".*.draft")):
            assert run_.poll() is None
            time.sleep(0.01)
        time.sleep(pause)
        run_.kill()
        run_.communicate()
        assert out.read_text() == "old"
    done = started(part, out, "--as-of", AS_OF)
    assert done.communicate()[1] == ""
    assert pq.read_table(out).num_rows > 0
    assert [path.name for path in out.parent.iterdir()] == [out.name]
    assert list(scratch.iterdir()) == []


def test_by_default_it_looks_back_from_the_end_and_says_what_it_kept_aside(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text(
        "client,at,paid\nann,2017-05-01 10:00,5\n,2017-05-01 11:00,5\nbob,soon,5\nx\nbob,2017-05-02 09:00,7\n"
    )
    business(tmp_path, {"path": "sales.csv", "columns": {"amount": "paid"}})
    out = tmp_path / "features.parquet"
    done = run_here("features.build", "--dataset", str(tmp_path / "shop.toml"), "--out", str(out))
    assert done.returncode == 0, done.stderr
    rows = pq.read_table(out, columns=["customer_id", "spend_28d", "purchase_recency"]).to_pylist()
    assert rows == [{"customer_id": "ann", "spend_28d": 500, "purchase_recency": pytest.approx(14 / 24)}]
    assert "kept aside: 1 rows: customer_id is missing (such as sales.csv line 3: client is missing)\n" in done.stdout
    assert "1 rows: occurred_at is missing or unreadable (such as sales.csv line 4: at is 'soon')\n" in done.stdout
    assert f"kept aside: 1 rows: {batch.NOT_A_ROW} (such as sales.csv line 5)\n" in done.stdout
    assert "from 2 events as of 2017-05-02T00:00:00Z" in done.stdout


def test_without_an_event_that_can_be_used_it_is_said_why_and_no_file_is_left(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("client,at\n,2017-05-01\n,2017-05-02\nann,soon\n")
    business(tmp_path, {"path": "sales.csv"})
    out = tmp_path / "features.parquet"
    done = run_here("features.build", "--dataset", str(tmp_path / "shop.toml"), "--out", str(out))
    assert (done.returncode, done.stdout, out.exists()) == (2, "", False)
    assert done.stderr == (
        "error: dataset 'shop': there is no event that can be used."
        " 2 rows: customer_id is missing; 1 rows: occurred_at is missing or unreadable\n"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--dataset", "complete_jurney"], "there is no dataset 'complete_jurney': "),
        (["--dataset", "complete_jurney"], "Did you mean 'complete_journey'?"),
        (["--dataset", "{part}", "--as-of", "2017-02-30"], "as-of: got '2017-02-30'; an ISO date or time is allowed"),
        (
            ["--dataset", "{part}", "--as-of", "2017-02-01 2017-02-30"],
            "as-of: got '2017-02-30'; an ISO date or time is",
        ),
        (["--dataset", "{part}", "--memory", "1"], "memory: got '1'; 500MB or more is allowed"),
        (["--dataset", "{broken}"], "attributes[0].path: there is no file "),
    ],
)
def test_a_mistake_is_one_line_with_exit_code_2_and_no_file(
    part: Path, tmp_path: Path, options: list[str], message: str
) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text(part.read_text(encoding="utf-8"), encoding="utf-8")
    out = tmp_path / "features.parquet"
    done = run_here(
        "features.build", *(option.format(part=part, broken=broken) for option in options), "--out", str(out)
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.toml"]


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("2017-08-01", "end at 2017-05-02T00:00:00Z, which is more than 28 days before 2017-08-01T00:00:00Z"),
        ("soon", "now: got 'soon'; an ISO date or time is allowed"),
    ],
)
def test_a_dataset_that_speaks_of_now_needs_new_data(tmp_path: Path, now: str, said: str) -> None:
    (tmp_path / "s.csv").write_text("client,at\nann,2017-05-01\n")
    business(tmp_path, {"path": "s.csv"}, as_of='"now"')
    out = tmp_path / "features.parquet"
    done = run_here("features.build", "--dataset", str(tmp_path / "shop.toml"), "--now", now, "--out", str(out))
    assert done.returncode == 2
    assert said in done.stderr
    assert not out.exists()
