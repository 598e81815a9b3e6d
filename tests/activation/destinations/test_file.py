"""Files: whole or not there, for their owner alone, with a manifest that holds."""

import csv
import gzip
import hashlib
import io
import json
import stat
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq
import pytest

from activation.destinations import file
from activation.destinations.request import Request
from tests.activation.destinations import example

FIELDS = [{"a": 1, "b": "x"}, {"a": 2.5, "c": True}, {"b": 'line\n"two", three'}]


def made(kind: str, folder: Path, number: int = 3) -> Request:
    one = example.destination(kind, settings={"folder": str(folder)})
    operation = one.steps("enter")[0]
    plain = example.rows(kind, "enter", len(FIELDS[:number]))
    rows = [msgspec.structs.replace(row, fields=fields) for row, fields in zip(plain, FIELDS[:number], strict=True)]
    (piece,) = one.pieces(operation, rows)
    return one.request(operation, piece, {}, example.NOW)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))


@pytest.mark.parametrize(
    "kind", ["csv", "parquet", "jsonl", "pardot_import", "dynamic_yield", "optimizely_audience", "mixpanel_cohort"]
)
def test_a_file_is_written_with_its_manifest(kind: str, tmp_path: Path) -> None:
    request = made(kind, tmp_path / "out of here")
    answer = file.written(request)
    assert answer.status == 200
    path, manifest = sorted((tmp_path / "out of here").iterdir())
    told = json.loads(manifest.read_bytes())
    assert told == json.loads(answer.body)
    assert (told["file"], told["rows"], told["bytes"]) == (path.name, 3, path.stat().st_size)
    assert told["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert {stat.S_IMODE(one.stat().st_mode) for one in (path, manifest)} == {0o600}


def test_a_csv_says_what_was_told(tmp_path: Path) -> None:
    text = made("csv", tmp_path).body.decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["b"] for row in rows] == ["x", "", 'line\n"two", three']
    assert [row["a"] for row in rows] == ["1", "2.5", ""]
    packed = made("optimizely_audience", tmp_path).body
    assert gzip.decompress(packed).decode().splitlines()[0] == "email,in_win_back,a,b,c"


def test_a_parquet_has_types_and_a_column_of_several_is_text(tmp_path: Path) -> None:
    table = pq.read_table(io.BytesIO(made("parquet", tmp_path).body))
    assert {name: str(table.schema.field(name).type) for name in "abc"} == {"a": "double", "b": "string", "c": "bool"}
    assert table.column("a").to_pylist() == [1.0, 2.5, None]
    FIELDS.append({"a": "many"})
    try:
        mixed = pq.read_table(io.BytesIO(made("parquet", tmp_path, 4).body))
    finally:
        FIELDS.pop()
    assert mixed.column("a").to_pylist() == ["1", "2.5", None, "many"]


def test_names_tell_files_of_one_moment_apart(tmp_path: Path) -> None:
    names: set[Any] = {made("csv", tmp_path).url, made("csv", tmp_path, 2).url}
    assert len(names) == 2


@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl"])
def test_the_manifest_has_the_columns_with_their_types(kind: str, tmp_path: Path) -> None:
    told = json.loads(file.written(made(kind, tmp_path)).body)
    types = {one["name"]: one["type"] for one in told["columns"]}
    assert {name: types[name] for name in "abc"} == {"a": "double", "b": "string", "c": "bool"}
    assert list(types)[:2] == ["customer_id", "id"]
    if kind == "parquet":
        (path,) = tmp_path.glob("*.parquet")
        assert types == {one.name: str(one.type) for one in pq.read_schema(path)}


def test_one_that_cannot_be_written_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    answer = file.written(made("csv", tmp_path / "taken"))
    assert answer.status == 507
    one = example.destination("csv")
    outcomes = one.answered("change", example.rows("csv", "enter"), answer, example.NOW).rows.values()
    assert {outcome.verdict for outcome in outcomes} == {"again"}
    assert list(tmp_path.iterdir()) == [tmp_path / "taken"]
