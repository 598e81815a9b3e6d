"""Spread: Spark writes the scores that one machine writes, or it is refused."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from features import dataset
from features.outputs import parts
from serving import spread
from tests import spark
from tests.conftest import Trained, run_here
from training import batch


def test_rules_are_refused(trained: Trained, tmp_path: Path) -> None:
    toml = tmp_path / "ruled.toml"
    text = trained.toml.read_text(encoding="utf-8")
    toml.write_text(f'{text}\n[rules.lapsing]\nwhere = "recency_days > 60"\n', encoding="utf-8")
    with pytest.raises(ValueError, match="not told: rules"):
        spread.require(dataset.load(str(toml)), tmp_path / "scores.parquet", live=False)


@pytest.mark.long
def test_spark_writes_the_scores_of_one_machine(trained: Trained, tmp_path: Path) -> None:
    spark.needed()
    tables = []
    for engine in ("here", "spark"):
        out = tmp_path / f"{engine}.parquet"
        asked = ("--dataset", str(trained.toml), "--as-of", "2017-10-08", "--no-live", "--engine", engine)
        done = run_here("serving.score", *asked, "--out", str(out))
        assert done.returncode == 0, done.stderr
        tables.append(pq.read_table(out).sort_by("customer_id"))
    here, there = tables
    assert there.cast(here.schema).equals(here)
    told = [parts.read(tmp_path / f"{engine}.parquet", "SCORES") for engine in ("here", "spark")]
    assert len({(one.rows, one.columns, one.metadata[batch.ABOUT.encode()]) for one in told}) == 1
