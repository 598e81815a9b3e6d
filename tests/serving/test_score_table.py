"""`make score` into PostgreSQL, killed: a reader sees the scores of before or the new ones, never a mix."""

import datetime as dt
import signal
import threading
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from features.outputs import kept, output
from features.remote import postgres
from serving import served
from tests.conftest import Trained
from tests.postgres import server

dying = pytest.importorskip("tests.features.outputs.dying", reason='make setup EXTRAS="postgres" installs the driver')
STEPS = ("COPY", 'DROP TABLE "', "COMMIT", "never")
"""Before the first statement that begins so: the draft is made, filled, and swapped."""
SEEN = "SELECT as_of::text, count(*)::bigint, count(DISTINCT customer_id)::bigint FROM scores GROUP BY 1"


@pytest.fixture
def base() -> Iterator[str]:
    with server() as own:
        yield f"{own}/postgres"


@pytest.fixture
def few(trained: Trained, tmp_path: Path) -> Path:
    """Return the dataset file of a few of the households that were learned from."""
    data = trained.toml.parent / "data"
    (tmp_path / "data").mkdir()
    for path in data.iterdir():
        table = pq.read_table(path)
        if "household_id" in table.column_names:
            ids = pc.unique(pq.read_table(data / "transactions.parquet", columns=["household_id"])["household_id"])
            table = table.filter(pc.is_in(table["household_id"], ids.sort()[:20]))
        pq.write_table(table, tmp_path / "data" / path.name)
    (tmp_path / "few.toml").write_text(trained.toml.read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path / "few.toml"


class Reader(threading.Thread):
    """Who reads the table all the time, and keeps what was seen."""

    def __init__(self, base: str) -> None:
        super().__init__(daemon=True)
        self.seen: set[tuple[Any, ...]] = set()
        self._base, self._over = base, threading.Event()
        self.start()

    def run(self) -> None:
        """Read until `end`."""
        with postgres.opened(self._base, "reader") as cursor:
            while not self._over.wait(0.02):
                self.seen.add(tuple(postgres.rows(cursor, SEEN)))

    def end(self) -> set[tuple[Any, ...]]:
        """Return what was seen."""
        self._over.set()
        self.join()
        return self.seen


@pytest.mark.long
def test_killed_at_any_step_a_reader_sees_the_old_scores_or_the_new(
    base: str, trained: Trained, few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {"HABITUS_HOME": str(few.parent), served.BUNDLE: str(trained.bundle)}
    monkeypatch.setenv("HABITUS_HOME", str(few.parent))
    asked = ["--dataset", str(few), "--no-reasons", "--no-live", "--out", f"{base}/scores"]
    moment = pa.array([dt.datetime(2017, 1, 1, tzinfo=dt.UTC)], pa.timestamp("us", "UTC"))
    output.write(pa.table({"customer_id": ["old"], "as_of": moment}), Path(f"{base}/scores"))
    with postgres.opened(base, "test") as cursor:
        old = tuple(postgres.rows(cursor, SEEN))
    forks = get_context("forkserver")
    forks.set_forkserver_preload(["tests.features.outputs.dying", "serving.score"])
    reader = Reader(base)
    try:
        for step in STEPS:
            run = forks.Process(target=dying.run, args=(environment, "serving.score", asked, step))
            run.start()
            run.join()
            assert run.exitcode == (0 if step == "never" else -signal.SIGKILL), step
            with postgres.opened(base, "test") as cursor:
                now = tuple(postgres.rows(cursor, SEEN))
                drafts = postgres.rows(cursor, "SELECT relname::text FROM pg_class WHERE relname LIKE '% habitus %'")
            assert (now == old) == (step != "never"), step
    finally:
        seen = reader.end()
    assert len(now) == len(old) == 1
    assert now[0][1] == now[0][2] > old[0][1]
    assert {old} <= seen <= {old, now}
    assert not drafts
    assert kept.addresses() == [f"{base}/scores"]
