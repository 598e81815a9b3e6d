"""What a process costs is that of the command with the processes that it starts, and of nothing else."""

import sys

import pytest

from benchmarks.features.process import Cost, Failed, measure, middle

_BLOCK = 150_000_000


def test_the_cost_of_a_child_of_the_command_counts() -> None:
    work = f"x = b'1' * {_BLOCK}; print(sum(x[:5_000_000]))"
    command = [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {work!r}])"]
    cost = measure(command, {})
    assert cost.peak > _BLOCK
    assert cost.cpu > 0
    assert cost.wall > 0


def test_the_memory_of_who_asks_does_not_count() -> None:
    block = b"1" * _BLOCK
    assert measure([sys.executable, "-c", "pass"], {}).peak < len(block) / 2


def test_a_command_that_fails_says_why() -> None:
    with pytest.raises(Failed, match="exited with 3: no such thing"):
        measure([sys.executable, "-c", "import sys; print('no such thing'); sys.exit(3)"], {})


def test_what_is_set_for_the_command_is_set() -> None:
    measure([sys.executable, "-c", "import os; assert os.environ['COLOUR'] == 'blue'"], {"COLOUR": "blue"})


def test_of_repeated_costs_the_median_and_the_largest_peak_count() -> None:
    assert middle([Cost(1, 6, 10), Cost(3, 5, 30), Cost(2, 4, 20)]) == Cost(2, 5, 30)
