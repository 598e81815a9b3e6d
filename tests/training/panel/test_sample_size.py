"""The sample size: rows as a command asks for them."""

import subprocess
import sys

import pytest

from training.panel.sample_size import ROWS, WrongRows, told


@pytest.mark.parametrize(
    ("text", "rows"), [(None, ROWS), ("all", None), ("ALL", None), ("250000", 250_000), ("250,000", 250_000)]
)
def test_rows_are_a_number_or_all(text: str | None, rows: int | None) -> None:
    assert told(text) == rows


@pytest.mark.parametrize("text", ["", "many", "-5", "0", "999", "1e6", "2.5"])
def test_other_rows_are_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(WrongRows, match="a number from 1,000 on, such as 500000, or 'all' is allowed"):
        told(text)


def test_it_does_not_import_numpy_whose_threads_a_command_sets_first() -> None:
    code = "import sys, training.train; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
