"""Retraining: one process at a time, the two steps one after the other, and nothing promoted unasked."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Trained, run_here
from training import retrain
from training.tracking import registry, tracking

HOLDS = (
    "import time\nfrom training import retrain\nwith retrain.alone('held'):\n print('in', flush=True)\n time.sleep(600)"
)


@pytest.fixture
def held() -> subprocess.Popen[str]:
    """Return a process that retrains the dataset `held`, as far as others can see."""
    process = subprocess.Popen([sys.executable, "-c", HOLDS], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "in\n"
    return process


def test_a_second_process_is_told_and_a_killed_one_leaves_nothing(
    held: subprocess.Popen[str], part: Path, tmp_path: Path
) -> None:
    toml = tmp_path / "held.toml"
    toml.write_text(part.read_text(encoding="utf-8").replace('"part"', '"held"', 1), encoding="utf-8")
    done = run_here("training.retrain", "--dataset", str(toml))
    assert done.returncode == retrain.BUSY
    assert done.stderr == "dataset 'held' is being retrained by another process.\n"
    with retrain.alone("another"):
        pass
    held.kill()
    held.wait()
    with retrain.alone("held"):
        pass


@pytest.mark.parametrize(
    "wrong",
    [["--dataset", "no_such"], ["--dataset", "cdnow", "--memory", "1KB"], ["--dataset", "cdnow", "--rows", "-1"]],
)
def test_what_is_at_fault_ends_it_in_one_line_before_anything_is_trained(wrong: list[str]) -> None:
    done = run_here("training.retrain", *wrong)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.long
def test_what_passes_is_promoted_when_asked(retrained: Trained) -> None:
    database = retrained.home / "mlruns" / "mlflow.db"
    champion = registry.champion(tracking.client(tracking.Place(f"sqlite:///{database}", database)), "pair")
    assert champion is not None
    assert f"and is version {champion.version}" in retrained.output
