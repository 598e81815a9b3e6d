"""Hillstrom: what the room says of a public experiment, where its file is there."""

import os
from pathlib import Path

import pytest

from benchmarks.uplift import MEN, NONE, WOMEN, trial
from training.uplift import table
from training.uplift.judged import Scored, judged
from training.uplift.verdict import of_action

FILE = Path(os.environ.get("HABITUS_DATA", ".")) / "hillstrom.parquet"
pytestmark = pytest.mark.skipif(not FILE.is_file(), reason="the data do not come along")


def test_womens_mail_is_targeted_better_than_by_response() -> None:
    told = judged(Scored.of(trial(table.read(FILE), (NONE, WOMEN), "visit"), seed=1), 1)
    assert told.effect.value == pytest.approx(0.0452, abs=0.0005)
    assert told.qini["learned"] >= 0.058
    assert told.of_use


def test_mens_mail_falls_back_to_response_and_says_so() -> None:
    told = judged(Scored.of(trial(table.read(FILE), (NONE, MEN), "visit")), 1)
    assert told.effect.value == pytest.approx(0.0766, abs=0.001)
    assert not told.of_use
    assert any("targeting by response is as good" in line for line in of_action(told))
