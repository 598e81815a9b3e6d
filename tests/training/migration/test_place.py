"""The place: a folder that cannot be written to, or is another dataset's, is refused in a line."""

import json
from pathlib import Path

import pytest

from training.migration.place import made, owner


def test_what_cannot_be_written_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "afile").touch()
    for name, other in (("mine", "membership"), ("yours", "about.json")):
        (tmp_path / name).mkdir()
        (tmp_path / name / other).touch() if name == "mine" else (tmp_path / name / other).mkdir()
    for out, said in (
        ("", "OUT: got ''; the name of a folder is allowed"),
        (" ", "OUT: got ' '"),
        (str(tmp_path / "afile"), "OUT: got 'afile', which is a file"),
        (str(tmp_path / "afile" / "sub"), "OUT: got 'sub', but '.*afile' is a file"),
        (str(tmp_path / "mine"), "OUT: got 'mine', but '.*membership' is a file"),
        (str(tmp_path / "yours"), "OUT: got 'yours', where 'about.json' is a folder"),
        ("/proc/x", "OUT: got 'x', which cannot be made"),
        (str(tmp_path / ("x" * 300)), "OUT: got 'x+'"),
    ):
        with pytest.raises(ValueError, match=said):
            made(out, "shop")


def test_a_folder_is_of_the_dataset_that_it_names(tmp_path: Path) -> None:
    where = made(str(tmp_path / "months"), "shop")
    assert (where / "membership").is_dir()
    assert owner(where) is None
    for text in ("no json", "[]", "{}"):
        (where / "about.json").write_text(text, encoding="utf-8")
        assert owner(where) is None
    (where / "about.json").write_text(json.dumps({"dataset": "bakery"}), encoding="utf-8")
    assert made(str(where), "bakery") == where
    with pytest.raises(ValueError, match="which holds the segments of 'bakery'"):
        made(str(where), "shop")
