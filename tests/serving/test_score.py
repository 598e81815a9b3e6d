"""Batch scores: one row for each customer, whole."""

import csv
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from serving import score
from tests.conftest import Trained, run_here
from training import batch
from training.bundle import bundle as bundles


def test_a_row_for_each_customer_with_every_target_and_segmenter(trained: Trained, tmp_path: Path) -> None:
    out = tmp_path / "scores.parquet"
    done = run_here("serving.score", "--dataset", str(trained.toml), "--as-of", "2017-10-08", "--out", str(out))
    assert done.returncode == 0, done.stderr
    table = pq.read_table(out)
    about = json.loads(table.schema.metadata[batch.ABOUT.encode()])
    assert about["version"] == done.stdout.split(" by version ")[1].split(":")[0]
    assert about["bundle"] == bundles.identity(trained.bundle)
    assert about["dataset"] == trained.dataset.name
    assert about["as_of"] == "2017-10-08T00:00:00Z" < about["base"]
    names = table.column_names
    because = [f"churn_28d_because_{n}" for n in (1, 2, 3)]
    assert names[:8] == ["customer_id", "as_of", "churn_28d", "churn_28d_reason", "churn_28d_by", *because]
    assert names[-3:] == ["rfm_segment", "lifecycle_segment", "value_segment"]
    assert {"decline_56d", "spend_28d", "spend_84d", "buys_28d_grocery"} <= set(names)
    rows = table.to_pylist()
    assert len({row["customer_id"] for row in rows}) == len(rows) > 500
    for row in rows:
        assert row["rfm_segment"]
        assert row["value_segment"]
        for target in ("churn_28d", "spend_84d"):
            assert (row[target] is None) != (row[f"{target}_reason"] is None)
            assert (row[target] is None) == (row[f"{target}_by"] is None)
            if row[target] is None:
                assert all(row[f"{target}_because_{n}"] is None for n in (1, 2, 3))
    assert any("; usually every " in (row[because[n]] or "") for row in rows for n in range(3))
    inside = [row for row in rows if row["churn_28d"] is not None]
    assert len({row["churn_28d_by"] for row in inside}) == 2  # few purchases have another recipe than the chosen one
    without = {row["churn_28d_by"] for row in inside if row[because[0]] is None}
    assert without <= {"cohort_rate"}  # what is the same for all has no reason; every other recipe has
    assert any(row["churn_28d_reason"] == "no purchase in the last 56 days" for row in rows)


def test_without_reasons_into_csv_the_values_are_the_same_and_one_short_line_tells_the_end(
    trained: Trained, tmp_path: Path
) -> None:
    whole, bare = tmp_path / "whole.parquet", tmp_path / "bare.csv"
    asked = ("serving.score", "--dataset", str(trained.toml), "--as-of", "2017-10-08", "--out")
    run_here(*asked, str(whole))
    done = run_here(*asked, str(bare), "--no-reasons")
    assert done.returncode == 0, done.stderr
    rows = pq.read_table(whole).to_pylist()
    with bare.open(encoding="utf-8") as file:
        told = list(csv.DictReader(file))
    assert not [name for name in told[0] if "_because_" in name]
    assert [row["customer_id"] for row in told] == [row["customer_id"] for row in rows]
    assert {row["as_of"] for row in told} == {"2017-10-08T00:00:00+00:00"}
    assert [row["churn_28d"] for row in told if not row["churn_28d_by"]] == [""] * sum(
        row["churn_28d"] is None for row in rows
    )
    values = [float(row["churn_28d"]) for row in told if row["churn_28d"]]
    assert values == [row["churn_28d"] for row in rows if row["churn_28d"] is not None]
    *_, earlier, last = done.stdout.splitlines()
    assert earlier.startswith("the bundle has learned from what came after, up to 2017-12-")
    assert earlier.endswith("; levels are those told then")
    assert last.startswith(f"{len(rows):,} customers as of 2017-10-08T00:00:00Z by version ")
    assert str(bare) in last


CONSENT = """
[consent]
purposes = { profiling = "legitimate_interest", mail = "consent" }
[[consent.sources]]
path = "consents.csv"
columns = { customer_id = "id", purpose = "what", answer = "said", valid_from = "when" }
"""


def test_who_may_not_be_profiled_has_no_row_and_a_column_tells_who_may_be_mailed(
    trained: Trained, tmp_path: Path
) -> None:
    toml = trained.toml.with_name("asked.toml")
    toml.write_text(trained.toml.read_text(encoding="utf-8") + CONSENT, encoding="utf-8")
    answers = "id,what,said,when\n1,profiling,no,2018-01-01\n8,mail,yes,2018-01-01\n13,mail,yes,2018-03-01\n"
    (toml.parent / "consents.csv").write_text(answers, encoding="utf-8")
    out = tmp_path / "scores.parquet"
    done = run_here("serving.score", "--dataset", str(toml), "--out", str(out), "--now", "2018-02-01", "--no-reasons")
    assert done.returncode == 0, done.stderr
    mailed = {row["customer_id"]: row["may_mail"] for row in pq.read_table(out).to_pylist()}
    assert "1" not in mailed
    assert [one for one, may in mailed.items() if may] == ["8"]
    assert f"not profiled: 1 of {len(mailed) + 1:,} customers" in done.stdout.splitlines()
    assert ", as permitted at 2018-02-01T00:00:00Z, by version " in done.stdout.splitlines()[-1]


def test_rule_segments_are_columns_of_yes_and_no_and_a_wrong_one_is_told_before_anything_is_read(
    trained: Trained, tmp_path: Path
) -> None:
    toml, out = trained.toml.with_name("scored_rules.toml"), tmp_path / "scores.parquet"
    rules = (
        "[rules.buyers]\nwhere = \"count('purchase', 45) >= 3 and attribute.age != '65+'\"\n"
        '[rules.vines]\nwhere = "bought(\\"category == \'GROCERIES\'\\", 90)"\n'
    )
    toml.write_text(trained.toml.read_text(encoding="utf-8") + rules, encoding="utf-8")
    done = run_here("serving.score", "--dataset", str(toml), "--no-reasons", "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert "rules: no category 'GROCERIES' is known. Did you mean 'GROCERY'?" in done.stdout
    table = pq.read_table(out)
    assert table.column_names[-2:] == ["rule_buyers", "rule_vines"]
    assert 0 < sum(table["rule_buyers"].to_pylist()) < table.num_rows
    assert not any(table["rule_vines"].to_pylist())
    toml.write_text(toml.read_text(encoding="utf-8").replace("'purchase', 45", "'purchases', 45"), encoding="utf-8")
    wrong = run_here("serving.score", "--dataset", str(toml), "--out", str(out))
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("error: dataset 'part': rules.buyers.where: the dataset has no events of kind")


def test_columns_of_one_name_are_refused_with_it() -> None:
    score._require_distinct(["customer_id", "rule_dup", "rule_other"])
    with pytest.raises(
        ValueError, match=r"several columns would be called 'rule_dup': .* rename the rule or the target"
    ):
        score._require_distinct(["customer_id", "rule_dup", "spend_28d", "rule_dup"])
