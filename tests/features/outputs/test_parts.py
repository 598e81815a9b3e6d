"""Parts: a table that is whole is told of; one that lacks rows, has more, or says nothing of itself is refused."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.outputs import output, parquet, parts

SAID = {"habitus": '{"dataset": "shop"}'}


def _table(*ids: str) -> pa.Table:
    return pa.table({"customer_id": pa.array(ids, pa.string()), "x": pa.array(range(len(ids)), pa.int64())})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file in two pieces."""
    path = tmp_path / "scores.parquet"
    with output.opened(path, _table().schema.with_metadata(SAID)) as opened:
        opened.write(_table("a", "b"))
        opened.write(_table("c"))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of two parts, sealed."""
    path = tmp_path / "everybody.parquet"
    path.mkdir()
    for name, ids in (("part-0", "ab"), ("part-1", "c")):
        pq.write_table(_table(*ids), path / f"{name}.parquet")
    parts.seal(path, SAID)
    return path


@pytest.mark.parametrize("which", ["file", "folder"])
def test_it_tells_what_it_is_of(which: str, request: pytest.FixtureRequest) -> None:
    found = parts.read(request.getfixturevalue(which), "SCORES")
    assert (found.rows, found.columns) == (3, ("customer_id", "x"))
    assert found.metadata[b"habitus"] == SAID["habitus"].encode()


@pytest.mark.parametrize("which", ["file", "folder"])
def test_whoever_was_forgotten_is_not_missing(which: str, request: pytest.FixtureRequest) -> None:
    path: Path = request.getfixturevalue(which)
    part = path / "part-0.parquet" if path.is_dir() else path
    gone = parquet.forget(part, ["customer_id"], lambda _, ids: pa.compute.equal(ids, "a").to_numpy())
    assert gone == 1
    assert parts.read(path, "SCORES").rows == 2


def test_a_file_of_which_rows_were_taken_is_refused(file: Path) -> None:
    pq.write_table(pq.read_table(file).slice(1), file)
    with pytest.raises(parts.NotWhole, match=r"^SCORES: .* has 2 rows and was written with 3: make it anew"):
        parts.read(file, "SCORES")


def _removed(folder: Path) -> None:
    (folder / "part-1.parquet").unlink()


def _added(folder: Path) -> None:
    pq.write_table(_table("d"), folder / "part-2.parquet")


def _shorter(folder: Path) -> None:
    pq.write_table(_table("a"), folder / "part-0.parquet")


def _other(folder: Path) -> None:
    pq.write_table(_table("c").rename_columns(["customer_id", "y"]), folder / "part-1.parquet")


def _cut(folder: Path) -> None:
    part = folder / "part-0.parquet"
    part.write_bytes(part.read_bytes()[:-9])


def _unsealed(folder: Path) -> None:
    (folder / parts.SEAL).unlink()


def _torn(folder: Path) -> None:
    (folder / parts.SEAL).write_text(json.dumps({"parts": {}}), encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_removed, r"part-1.parquet is missing"),
        (_added, r"part-2.parquet is not of it"),
        (_shorter, r"has 1 rows and was written with 2"),
        (_other, r"its parts have other columns"),
        (_cut, r"cannot be read"),
        (_unsealed, r"has no _habitus.json: not all was written"),
        (_torn, r"part-0.parquet is not of it"),
    ],
)
def test_a_folder_that_is_not_as_it_was_written_is_refused(folder: Path, change, why: str) -> None:  # type: ignore[no-untyped-def]
    change(folder)
    with pytest.raises(parts.NotWhole, match=why):
        parts.read(folder, "SCORES")


def test_what_tells_nothing_of_itself_or_is_not_there_is_refused(tmp_path: Path) -> None:
    pq.write_table(_table("a"), tmp_path / "mine.parquet")
    with pytest.raises(parts.NotWhole, match="does not say of what it is"):
        parts.read(tmp_path / "mine.parquet", "SCORES")
    for other in (tmp_path / "none.parquet", Path("s3://bucket/scores.parquet")):
        with pytest.raises(parts.NotWhole, match="a Parquet file or folder of this machine is allowed"):
            parts.read(other, "SCORES")
