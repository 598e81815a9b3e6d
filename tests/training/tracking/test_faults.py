"""Places of runs at fault: one line that says what to do, and exit status 2; a folder that was moved is read on."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import typer

from tests.conftest import NAME, Trained, homed
from training import ui
from training.bundle import bundle
from training.tracking import registry, tracking
from training.tracking.answer import Unreachable
from training.tracking.tracking import Tracker


@pytest.fixture
def elsewhere(tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a home of its own, with an empty database."""
    monkeypatch.setenv("HABITUS_HOME", str(homed(tmp_path, database)))
    return tmp_path


def told(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one line with which a command of ours ends."""
    with pytest.raises(typer.Exit) as ended:
        ui.main(dataset="complete_journey")
    assert ended.value.exit_code == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert said.count("\n") == 1
    return said


def test_a_server_that_does_not_answer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv(tracking.ADDRESS, "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    assert "is the server up?" in (said := told(capsys))
    assert "http://127.0.0.1:9" in said


def test_a_database_that_another_program_keeps(elsewhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect(elsewhere / "mlruns" / "mlflow.db")) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        assert "let that end" in told(capsys)


def test_a_file_that_is_no_database(elsewhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (elsewhere / "mlruns" / "mlflow.db").write_text("notes\n" * 1000, encoding="utf-8")
    assert "move it away" in told(capsys)


@pytest.mark.parametrize("letter", ["?", "%", "#"])
def test_a_path_that_no_address_can_hold(
    letter: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / f"a{letter}b"))
    assert f"whose path has {letter}" in told(capsys)
    assert not (tmp_path / f"a{letter}b").exists()


def test_a_home_that_cannot_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "file"))
    assert "it cannot be made" in told(capsys)


@pytest.mark.usefixtures("elsewhere")
def test_an_experiment_that_was_deleted() -> None:
    tracker = Tracker("habitus-gone")
    tracker.client.delete_experiment(tracker.experiment_id)
    with pytest.raises(Unreachable, match=r"'habitus-gone' .* was deleted: restore it") as raised:
        Tracker("habitus-gone")
    assert "\n" not in str(raised.value)


def test_mlruns_that_was_moved(trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = registry.find(tracking.client(tracking.place()), NAME)
    shutil.copytree(trained.home / "mlruns", tmp_path / "100_ways" / "mlruns")
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "100_ways"))
    client = tracking.client(tracking.place())
    after = registry.find(client, NAME)
    assert after.folder.startswith(str(tmp_path))
    assert not before.folder.startswith(str(tmp_path))
    assert bundle.load(Path(after.folder)).bundle.dataset == NAME
    experiment = client.get_experiment_by_name(f"habitus-{NAME}")
    assert experiment is not None
    kept = client.search_runs([experiment.experiment_id])
    assert all(run.info.artifact_uri.removeprefix("file://").startswith(str(tmp_path)) for run in kept)
    assert any(client.list_artifacts(run.info.run_id) for run in kept)
    monkeypatch.undo()
    assert registry.find(tracking.client(tracking.place()), NAME) == before
