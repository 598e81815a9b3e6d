"""The command: KPIs of a real part of a shop by the bundle that is served."""

import re
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from tests.conftest import Trained, run_here
from training.tracking import tracking


def test_figures_of_every_segment_that_agree_with_the_events(trained: Trained, tmp_path: Path) -> None:
    own = ("--dataset", str(trained.toml), "--from", "2017-10-29", "--to", "2017-11-26", "--segmenter", "rfm")
    out = tmp_path / "kpis.parquet"
    done = run_here("training.kpis.__main__", *own, "--out", str(out))
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "KPIs of 2017-10-29 to 2017-11-25 (28 days), of who was in each segment on its first day" in said
    assert re.search(r"not measured: [^:]*margin[^:]*: missing: \[profit\]", said), said
    assert "the data do not reach" not in said
    rows = pq.read_table(out)
    told = rows.filter(pc.equal(rows["kpi"], "revenue"))
    by = {row["segment"]: row for row in told.to_pylist()}
    whole = by.pop("everybody")
    assert sum(row["members"] for row in by.values()) == whole["members"]
    assert sum(row["numerator"] or 0 for row in by.values()) - whole["numerator"] < 1e-6 * whole["numerator"]
    assert whole["value_low"] < whole["value"] < whole["value_high"]
    again = tmp_path / "again.csv"
    assert run_here("training.kpis.__main__", *own, "--out", str(again), "--memory", "600MB").returncode == 0
    assert again.read_text(encoding="utf-8").count("\n") == rows.num_rows + 1


def test_a_rule_segment_is_held_against_the_rest_and_the_run_is_kept(trained: Trained, tmp_path: Path) -> None:
    toml = trained.toml.with_name("kpi_rules.toml")
    rule = "[rules.regulars]\nwhere = \"count('purchase', 28) >= 3\"\n"
    toml.write_text(trained.toml.read_text(encoding="utf-8") + rule, encoding="utf-8")
    out = tmp_path / "kpis.parquet"
    own = ("--dataset", str(toml), "--from", "2017-11-20", "--to", "2017-11-27", "--segmenter", "rule regulars")
    done = run_here("training.kpis.__main__", *own, "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert "rule segments may overlap" in done.stdout
    told = {one["segment"]: one for one in pq.read_table(out).to_pylist() if one["kpi"] == "buyers"}
    everybody = told.pop("everybody")
    assert sum(one["members"] for one in told.values()) == everybody["members"]
    assert told["regulars"]["value_low"] > told["not regulars"]["value_high"]
    client, run_id = tracking.client(tracking.place()), re.findall(r"run (\w+) of MLflow", done.stdout)[0]
    run = client.get_run(run_id)
    assert run.data.metrics["rule regulars/regulars/buyers"] == told["regulars"]["value"]
    assert run.data.metrics["everybody/buyers_low"] == everybody["value_low"]
    assert (run.data.tags["from"], run.data.params["to"]) == ("2017-11-20", "2017-11-27")
    assert [one.path for one in client.list_artifacts(run_id)] == ["kpis.csv"]


def test_what_is_asked_wrongly_is_told_in_a_line(trained: Trained, tmp_path: Path) -> None:
    own = ("--dataset", str(trained.toml), "--out", str(tmp_path / "kpis.csv"))
    for wrong, told in (
        (("--segmenter", "rfn"), "SEGMENTER: got 'rfn'"),
        (("--from", "2017-11-26", "--to", "2017-11-26"), "no day; the data hold"),
        (("--to", "2031-01-01"), "the data hold"),
        (("--from", "then"), "FROM: got 'then'; a day is allowed"),
    ):
        done = run_here("training.kpis.__main__", *own, *wrong)
        assert done.returncode == 2
        assert told in done.stderr
        assert done.stderr.count("\n") == 1
    assert not (tmp_path / "kpis.csv").exists()
