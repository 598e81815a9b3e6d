"""Files of every form, as DuckDB then reads them: rows and lines written by hand."""

import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.dataset import DatasetError
from features.sources.files.listing import listed
from features.sources.files.table import Asked, Table, relation, tables

TEXT = "id;name\n1;René\n2;Zoë\n"
PEOPLE = [("1", "René"), ("2", "Zoë")]


def read(folder: Path, name: str = "data", **keys: Any) -> tuple[tuple[Table, ...], list[tuple[Any, ...]]]:
    """Return the tables of a folder's files, and their rows without the number."""
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    with duckdb.connect() as connection:
        found = tables(connection, listed(folder / name, "path").files, scratch, Asked("path", **keys))
        rows: list[tuple[Any, ...]] = []
        for table in found:
            if table.types:
                sql = relation([table], "n", keys.get("each", ""))
                rows += connection.sql(f"SELECT * EXCLUDE n FROM {sql}").fetchall()
    return found, rows


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["a.csv", "A.CSV", "a.tsv", "a.txt", "a.csv.gz", "a.zip"])
def test_text_is_read_in_every_encoding_and_packing(data: Path, name: str, encoding: str) -> None:
    written = TEXT.encode(encoding)
    if name.endswith(".gz"):
        written = gzip.compress(written)
    if name.endswith(".zip"):
        with zipfile.ZipFile(data / name, "w") as archive:
            archive.writestr("deep/inside.csv", written)
            archive.writestr("__MACOSX/deep/._inside.csv", b"\0\1")
    else:
        (data / name).write_bytes(written)
    assert read(data.parent)[1] == PEOPLE


def test_a_byte_that_is_no_text_costs_its_record(data: Path) -> None:
    text = ("id;name\n" + "1;René Zoë Éléonore\n" * 5).encode() + b"2;Jos\xc3\n3;Zo\xc3\xab\n"
    (data / "a.csv").write_bytes(text)
    (table,), rows = read(data.parent)
    assert rows[5:] == [("3", "Zoë")]
    assert table.broken == (7,)
    assert table.lines is not None
    assert table.lines(np.array([6])).tolist() == [8]


def test_json_is_read_as_lines_an_array_or_inside_an_object(data: Path) -> None:
    rows = [{"id": 1, "name": "René"}, {"id": 2, "name": "Zoë"}]
    (data / "a.json").write_text(json.dumps(rows), encoding="utf-8")
    (data / "b.jsonl").write_text("".join(json.dumps(row) + "\r\n" for row in rows), encoding="utf-8")
    assert read(data.parent)[1] == [(1, "René"), (2, "Zoë")] * 2
    (data / "b.jsonl").unlink()
    (data / "a.json").write_text(json.dumps({"page": 1, "data": {"rows": rows}}), encoding="utf-8")
    assert read(data.parent, rows="data.rows")[1] == [(1, "René"), (2, "Zoë")]
    with pytest.raises(DatasetError, match=r"a.json has no 'rows'; it has page, data."):
        read(data.parent, rows="rows")


def test_a_broken_line_of_json_costs_itself(data: Path) -> None:
    lines = ['{"id": 1, "at": "03-04-2024"}', "", '{"id": 2', "[3]", '{"id": 4, "at": "13-04-2024"}']
    (data / "a.ndjson").write_text("\n".join(lines), encoding="utf-8")
    (table,), rows = read(data.parent)
    assert rows == [(1, "03-04-2024"), (4, "13-04-2024")]  # text stays text
    assert table.broken == (3, 4)
    assert table.lines is not None
    assert table.lines(np.array([1, 2])).tolist() == [1, 5]


def test_each_element_of_a_list_is_a_row(data: Path) -> None:
    orders = [{"id": 7, "lines": [{"sku": "a", "n": 1}, {"sku": "b", "n": 2}]}, {"id": 8, "lines": []}]
    (data / "a.json").write_text(json.dumps(orders), encoding="utf-8")
    (table,), rows = read(data.parent, each="lines")
    assert rows == [(7, {"sku": "a", "n": 1}), (7, {"sku": "b", "n": 2})]
    assert (table.rows, table.types["lines"]) == (2, "STRUCT(sku VARCHAR, n BIGINT)")
    with pytest.raises(DatasetError, match=r"each: 'id' is no list in a\.json; got BIGINT"):
        read(data.parent, each="id")


def test_a_folder_holds_files_of_several_forms_and_what_is_passed_over_is_told(data: Path) -> None:
    (data / "a.csv").write_text("id\n1\n", encoding="utf-8")
    pq.write_table(pa.table({"id": [2]}), data / "b.PARQUET")
    (data / "notes.xlsx").write_bytes(b"x")
    (data / ".hidden.csv").write_text("id\n9\n", encoding="utf-8")
    (data / "old").mkdir()
    assert read(data.parent)[1] == [("1",), (2,)]
    assert listed(data, "path").passed_over == (".hidden.csv", "notes.xlsx", "old")


def test_a_pattern_picks_files_and_its_signs_may_be_letters_of_a_name(data: Path) -> None:
    for name in ("a1.csv", "a2.csv", "b1.csv", "c[1].csv"):
        (data / name).write_text(f"id\n{name}\n", encoding="utf-8")
    assert read(data.parent, "data/a*.csv")[1] == [("a1.csv",), ("a2.csv",)]
    assert read(data.parent, "d*/?1.csv")[1] == [("a1.csv",), ("b1.csv",)]
    assert read(data.parent, "data/c[1].csv")[1] == [("c[1].csv",)]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv.gz", b"no gzip", "a.csv.gz cannot be unpacked"),
        ("a.zip", b"no zip", "a.zip is no zip archive"),
        ("a.json", b"{", "a.json is no JSON document"),
        ("a.json", b'{"orders": [{"id": 1}]}', 'is no array of rows; say where by rows, such as rows = "orders"'),
        ("a.jsonl", b"\n", "there is no row in a.jsonl"),
        ("a.parquet", b"PAR1", "a.parquet cannot be read"),
        ("a.xlsx", b"", "there is no file that ends in .csv"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(data: Path, name: str, content: bytes, message: str) -> None:
    (data / name).write_bytes(content)
    with pytest.raises(DatasetError, match=message):
        read(data.parent)


def test_an_unknown_encoding_is_refused(data: Path) -> None:
    (data / "a.csv").write_text("id\n1\n", encoding="utf-8")
    with pytest.raises(DatasetError, match="'klingon' is no encoding"):
        read(data.parent, encoding="klingon")
