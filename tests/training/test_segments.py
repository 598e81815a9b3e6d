"""The command: everybody's segments month by month, by the bundle that is served, whole and twice the same."""

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pyarrow.parquet as pq

from activation.stores import stores
from features import clock, settings
from features.consent import forgetting
from features.log.log import Log
from features.log.spine import Spine
from tests.conftest import Trained, run_here
from training.bundle.bundle import Stored


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_months_histories_and_moves_that_agree(trained: Trained, stored: Stored, log: Log, tmp_path: Path) -> None:
    own = ("--dataset", str(trained.toml), "--months", "2")
    done = run_here("training.segments", *own)
    assert done.returncode == 0, done.stderr
    folder = settings.migration(trained.dataset.name)
    files = _files(folder)
    months = ["2017-10", "2017-11"]
    assert json.loads(files["about.json"])["months"] == months
    tables = [*(f"membership/{month}.parquet" for month in months), "history.parquet"]
    assert set(files) == {*tables, "transitions.csv", "flows.html", "about.json"}
    said = " ".join(done.stdout.split())
    assert "asked about the past: its cuts and centres know what happened up to 2017-12-" in said
    assert "rfm: from the end of 2017-10 (down) to that of 2017-11 (across)" in said
    assert f"2017-10 to 2017-11: {folder}" in said

    as_of = clock.parse("2017-12-01", ZoneInfo(trained.dataset.zone))
    scores = stored.bundle.score(log, Spine.of(log.known_before(as_of), as_of))
    told = scores.to_table(reasons=False).select(
        ["customer_id", *(f"{one.name}_segment" for one in stored.bundle.segmenters)]
    )
    told = told.sort_by("customer_id")
    member = pq.read_table(folder / "membership" / "2017-11.parquet")
    assert member.drop_columns("as_of").rename_columns(told.column_names).cast(told.schema) == told

    history, moves = folder / "history.parquet", folder / "transitions.csv"
    now = f"SELECT customer_id, segment FROM '{history}' WHERE segmenter = 'rfm' AND valid_to IS NULL ORDER BY 1"
    pairs = zip(told["customer_id"].to_pylist(), told["rfm_segment"].to_pylist(), strict=True)
    assert duckdb.sql(now).fetchall() == list(pairs)
    of_moves = f"SELECT \"to\", sum(\"count\") FROM '{moves}' WHERE segmenter = 'rfm' GROUP BY 1 ORDER BY 1"
    sizes = f"SELECT rfm, count(*) FROM '{folder / 'membership' / '2017-11.parquet'}' GROUP BY 1 ORDER BY 1"
    assert duckdb.sql(of_moves).fetchall() == duckdb.sql(sizes).fetchall()

    elsewhere = tmp_path / "months"
    assert run_here("training.segments", *own, "--out", str(elsewhere), "--memory", "600MB").returncode == 0
    assert _files(elsewhere) == files
    kept = settings.kept_outputs().read_text(encoding="utf-8")
    assert all(str(elsewhere / name) in kept and str(folder / name) not in kept for name in tables)
    table = stores(trained.dataset.name)
    covered = {one.name for name in files if (one := forgetting.store_of(folder / name, table))}
    assert covered == {"segments of customers, month by month", "moves between segments"}


def test_what_cannot_be_asked_is_told_in_a_line(trained: Trained, tmp_path: Path) -> None:
    own = ("--dataset", str(trained.toml))
    (tmp_path / "file").touch()
    for wrong, said in (
        (
            ("--from", "2030-01-01"),
            "error: no month ends within the data from 2030-01-01 on: they hold 20",
        ),
        (("--from", "May"), "error: from: got 'May'; an ISO date or time is allowed"),
        (("--out", str(tmp_path / "file")), "error: OUT: got 'file', which is a file"),
        (("--out", ""), "error: OUT: got ''; the name of a folder is allowed."),
    ):
        done = run_here("training.segments", *own, *wrong)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(said)
