"""The need: what a training takes grows with rows and processes, and what does not fit is refused with what does."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.panel.need import MAIN, PROCESS, TooManyRows, largest, need, processes

GB = 10**9


def test_without_rows_there_are_the_processes_alone() -> None:
    assert need(0, 300, 2) == MAIN + 2 * PROCESS


def test_a_row_takes_four_bytes_a_feature_in_the_panel_and_twelve_in_each_fit() -> None:
    assert need(1_000, 100, 2) - need(0, 100, 2) == 1_150 * 100 * (4 + 2 * 12)


def test_as_many_processes_as_fit_and_no_more_than_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    assert processes(1_000, 300, 100 * GB) == 4
    assert processes(1_000, 300, need(1_000, 300, 3)) == 3
    assert processes(1_000, 300, need(1_000, 300, 3) - 1) == 2


def test_too_many_rows_are_refused_with_the_most_that_fit() -> None:
    with pytest.raises(TooManyRows) as refused:
        processes(500_000, 300, 2 * GB)
    expected = "rows: got 500,000, which take 4.2GB of memory; 99,000 rows are the most that fit into MEMORY=2.0GB."
    assert str(refused.value) == expected
    with pytest.raises(TooManyRows, match="no row fits into MEMORY=1"):
        processes(1_000, 300, GB)


@given(st.integers(1, 400), st.integers(MAIN + PROCESS, 64 * GB))
def test_the_largest_that_is_named_fits_and_a_thousand_more_do_not(features: int, memory: int) -> None:
    most = largest(features, memory)
    assert need(most, features, 1) <= memory
    assert need(most + 1_001, features, 1) > memory
