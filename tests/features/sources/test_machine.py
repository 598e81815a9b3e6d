"""Machine: rows that a column or a condition says machines made are kept apart; where that cannot be told, aside."""

from pathlib import Path
from typing import Any

import pytest

from features.buckets import intake
from features.dataset import DatasetError
from features.sources.batch import REASONS, UNTOLD
from tests.features.shop import business, parquet

ROWS = "client,at,bot,score\nann,2026-05-04,TRUE,1\nbob,2026-05-04,no,9\ncy,2026-05-04,,\ndee,2026-05-04,perhaps,high\n"


@pytest.mark.parametrize("machine", ["bot", "lower(bot)", {"where": "bot"}, "score < 5"])
def test_a_column_or_a_condition_says_it(machine: Any, tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(ROWS)
    found = intake.take(business(tmp_path, {"path": "s.csv", "event": "mail_open", "machine": machine}))
    assert found.log.customers.to_pylist() == ["bob", "cy"]
    assert "by machines, kept apart: 1 rows of s.csv" in found.said()
    assert found.rejects == {REASONS[UNTOLD]: 1}
    name, value = ("score", "high") if machine == "score < 5" else ("bot", "perhaps")
    given = machine["where"] if isinstance(machine, dict) else name if machine == "score < 5" else machine
    assert found.aside.examples[REASONS[UNTOLD]] == [f"s.csv line 5: {given} is {value!r}"]


def test_a_column_of_yes_and_no_of_parquet_says_it(tmp_path: Path) -> None:
    parquet(tmp_path / "s.parquet", client=["a", "b", "c"], at=["2026-05-04"] * 3, bot=[True, False, None])
    found = intake.take(business(tmp_path, {"path": "s.parquet", "event": "mail_open", "machine": "bot"}))
    assert (found.log.customers.to_pylist(), found.rejects) == (["b", "c"], {})


def test_a_column_that_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(ROWS)
    with pytest.raises(DatasetError, match=r"machine: there is no column 'bt'\. Did you mean 'bot'"):
        intake.take(business(tmp_path, {"path": "s.csv", "event": "mail_open", "machine": "bt"}))
