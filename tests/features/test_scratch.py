"""Scratch folders and drafts: gone at the end, and after a run that was killed, at the next."""

import subprocess
import sys
from pathlib import Path

import pytest

from features import scratch, settings

KILLED = """
import os, pathlib, signal, sys
from features import scratch
with scratch.folder() as folder, scratch.draft(pathlib.Path(sys.argv[1])) as draft:
    (folder / "events").write_text("half")
    draft.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a home of its own."""
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_is_empty_and_gone_at_the_end() -> None:
    with scratch.folder() as folder, scratch.folder() as other:
        assert folder != other
        assert left(folder) == ["lock"]
        (folder / "events").write_text("some")
    assert left(settings.cache() / "scratch") == []


def test_a_draft_takes_the_place_of_the_file_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "out[1].parquet"
    with scratch.draft(path) as draft:
        draft.write_text("old")
        assert not path.exists()
    with pytest.raises(ZeroDivisionError), scratch.draft(path) as draft:
        draft.write_text(str(1 // 0))
    assert (left(path.parent), path.read_text()) == (["out[1].parquet"], "old")


def test_what_a_killed_run_left_is_removed_by_the_next_but_not_what_is_in_use(tmp_path: Path) -> None:
    path = tmp_path / "out.parquet"
    with scratch.folder() as used, scratch.draft(path) as draft:
        done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
        assert done.returncode < 0
        shelf = settings.cache() / "scratch"
        assert len(left(shelf)) == 2
        assert len(left(tmp_path)) == 3  # home and two drafts
        with scratch.folder() as folder, scratch.draft(path) as again:
            assert left(shelf) == sorted([used.name, folder.name])
            assert draft.exists()
            again.write_text("whole")
        draft.write_text("later")
    assert (left(shelf), left(tmp_path), path.read_text()) == ([], ["home", "out.parquet"], "later")
