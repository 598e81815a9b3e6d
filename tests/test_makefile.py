"""The Makefile: every target is told by `make help`, and every command that it calls can be asked for help."""

import re
from pathlib import Path

import pytest

from tests.conftest import run_here

TEXT = (Path(__file__).parents[1] / "Makefile").read_text(encoding="utf-8")
CALLED = sorted(set(re.findall(r"\$\(RUN\) ((?:features|training|serving|benchmarks|tests)\.[\w.]+)", TEXT)))
OTHERS = ["features.check", "features.describe", "features.simulator", "training.check", "training.compare"]
"""Commands that README and docs name, without a target of their own."""


def _module(command: str) -> str:
    """Return the module whose `main` a command is: that of a room is its `__main__`."""
    return f"{command}.__main__" if Path(*command.split(".")).is_dir() else command


def test_every_target_is_told_by_help() -> None:
    phony = re.findall(r"^\.PHONY: (.*)$", TEXT, re.MULTILINE)[0].split()
    assert re.findall(r"^([a-z-]+):.*## \S", TEXT, re.MULTILINE) == phony


@pytest.mark.parametrize("command", [*CALLED, *OTHERS])
def test_a_command_tells_what_it_does_and_refuses_an_unknown_option_in_one_line(command: str) -> None:
    helped = run_here(_module(command), "--help", COLUMNS="100")
    assert helped.returncode == 0
    assert "Usage: " in helped.stdout
    refused = run_here(_module(command), "--no-such-option")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert re.fullmatch(r"error: No such option: --no-such-option.* --help tells what is allowed\.\n", refused.stderr)
