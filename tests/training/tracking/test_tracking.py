"""Where runs are kept."""

from pathlib import Path

import pytest

from tests.conftest import homed
from training.tracking import tracking


def test_a_client_leaves_the_place_of_others_alone(
    tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tracking.place()
    monkeypatch.setenv("HABITUS_HOME", str(homed(tmp_path, database)))
    there = tracking.place()
    tracking.client(there)
    assert tracking.place() == there
    monkeypatch.undo()
    assert tracking.place() == here != there
