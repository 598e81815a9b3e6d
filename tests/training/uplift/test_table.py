"""A table as a trial, and the command that reads one."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.training.uplift.trials import made
from training.uplift.chosen import Costs
from training.uplift.job import report
from training.uplift.record import metrics, plain
from training.uplift.table import Columns, read, trial
from training.uplift.trial import NoTrial

SHARES = {"none": 0.5, "mail": 0.5}


def _table(n: int = 4000) -> pa.Table:
    own = made(n)
    arms = [own.arms[place] for place in own.arm]
    where = np.where(own.x[:, 0] > 0, "north", "south")
    return pa.table({"arm": arms, "a": own.x[:, 0], "where": where, "y": own.y, "p": own.probability})


def test_text_becomes_a_column_a_value_and_the_control_comes_first() -> None:
    own = trial(_table(), Columns("arm", "y", ("a", "where"), "p", None, "where", "none"))
    assert own.arms == ("none", "mail")
    assert own.names == ("a", "where=north", "where=south")
    assert own.segments == ("north", "south")
    assert set(own.probability) == {0.5}


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (Columns("arm", "z", ("a",), "p"), "no column 'z'"),
        (Columns("arm", "y", (), "p"), "features: got none"),
        (Columns("arm", "y", ("a",)), "nothing is guessed"),
        (Columns("arm", "y", ("a",), "", {"none": 1.0}), "arms are mail, none|arms are none, mail"),
        (Columns("arm", "y", ("a",), "", {"none": 0.5, "mail": 0.6}), "1.1 together"),
        (Columns("arm", "y", ("a", "y"), "p"), "features: got 'y', which is the arm, the outcome"),
        (Columns("arm", "y", ("arm",), "p"), "features: got 'arm'"),
        (Columns("arm", "y", ("a",), "p", None, "y"), "segment: got 'y'"),
        (Columns("arm", "where", ("a",), "p"), "numbers are needed"),
        (Columns("arm", "y", ("a",), "p", None, "", "fax"), "control: got 'fax'"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(columns: Columns, said: str) -> None:
    with pytest.raises(NoTrial, match=said):
        trial(_table(500), columns)


def test_a_table_without_a_row_is_refused() -> None:
    with pytest.raises(NoTrial, match="the table has no row"):
        trial(_table(500).slice(0, 0), Columns("arm", "y", ("a",), "p", None, "", "none"))


def test_a_report_says_what_it_found_in_words_figures_and_json(tmp_path: Path) -> None:
    pq.write_table(_table(), tmp_path / "t.parquet")
    own = trial(read(tmp_path / "t.parquet"), Columns("arm", "y", ("a", "where"), "", SHARES, "where", "none"))
    told = report(own, Costs(1.0, np.array([0.0, 0.4])), "p", "y")
    lines = list(told.verdict())
    assert any("targeting by response is as good" in line for line in lines)  # who answers is who is helped here
    assert "by segment (south: none; else mail)" in lines[-1]
    assert '"version"' not in plain(told)
    assert metrics(told)["effect/mail"] == pytest.approx(0.5, abs=0.1)
    assert told.budget is not None
    assert told.budget.gain[-1].value > 0
