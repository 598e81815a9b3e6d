"""The proof finds a planted identifier in every format, also where it is packed, coded, deleted or metadata."""

import gzip
import html
import io
import json
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from features.consent import formats, proof, sought
from features.consent.suppression import CUSTOMER

LONG, SHORT, NUMBER = "zoë.canary@example.org", "c7", "40917253"
SOUGHT = sought.of([(CUSTOMER, LONG), (CUSTOMER, SHORT), (CUSTOMER, NUMBER)])
MANY = sought.of(
    [(CUSTOMER, LONG), (CUSTOMER, SHORT), (CUSTOMER, NUMBER), *((CUSTOMER, f"another{n}") for n in range(99))]
)
Plant = Callable[[Path, str], object]


def _parquet(path: Path, value: str, name: str = "customer_id", **how: object) -> None:
    pq.write_table(pa.table({"other": ["a", "b"], name: ["x", value]}), path, **how)


def _arrow(path: Path, value: str) -> None:
    batch = pa.record_batch({"customer_id": ["x", value]})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, batch.schema) as file:
        file.write_batch(batch)


def _coded(path: Path, value: str) -> None:
    """Write a column whose coding has a word that no row has any more."""
    column = pa.DictionaryArray.from_arrays(pa.array([0], pa.int32()), pa.array(["x", value]))
    batch = pa.record_batch({"customer_id": column})
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, batch.schema, options=options) as file:
        file.write_batch(batch)


def _zip(path: Path, value: str) -> None:
    inner = io.BytesIO()
    pq.write_table(pa.table({"customer_id": [value]}), inner, compression="zstd")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("deep.parquet", inner.getvalue())


def _database(path: Path, value: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE rows (customer_id TEXT, other TEXT)")
        connection.execute("INSERT INTO rows VALUES (?, 'x')", (value,))


FORMATS: dict[str, Plant] = {
    "zstd.parquet": lambda path, value: _parquet(path, value, compression="zstd"),
    "snappy.parquet": lambda path, value: _parquet(path, value, compression="snappy", write_statistics=False),
    "arrow.arrow": _arrow,
    "coded.arrow": _coded,
    "packed.csv.gz": lambda path, value: path.write_bytes(gzip.compress(f"customer_id,x\n{value},1\n".encode())),
    "packed.json.gz": lambda path, value: path.write_bytes(gzip.compress(json.dumps({"customer_id": value}).encode())),
    "in.zip": _zip,
    "rows.db": _database,
    "texts.npz": lambda path, value: np.savez_compressed(path, customers=np.array(["x", value])),
    "customers.npy": lambda path, value: np.save(path, np.array(["x", value])),
    "one.json": lambda path, value: path.write_text(json.dumps({"a": [{"customer_id": value}]})),
    "lines.jsonl": lambda path, value: path.write_text(f'{{"a": 1}}\n{json.dumps({"customer_id": value})}\n'),
    "table.csv": lambda path, value: path.write_text(f'customer_id,x\n"{value}",1\n'),
}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("value", [LONG, SHORT, NUMBER])
def test_a_value_is_found_where_customers_are_named(tmp_path: Path, name: str, value: str) -> None:
    path = tmp_path / name
    FORMATS[name](path, "someone else")
    assert proof.left(path, SOUGHT) is None
    path.unlink()
    FORMATS[name](path, value)
    assert proof.left(path, SOUGHT)
    assert proof.left(path, MANY)
    assert value not in str(proof.left(path, SOUGHT))


@pytest.mark.parametrize("value", [LONG, NUMBER])
def test_a_long_one_is_found_anywhere(tmp_path: Path, value: str) -> None:
    _parquet(tmp_path / "note.parquet", f"a call with {value}, long", "note", compression="zstd")
    table = pa.table({"a": [1]}).replace_schema_metadata({"by": f"for {value}"})
    pq.write_table(table, tmp_path / "metadata.parquet", compression="zstd")
    (tmp_path / "page.html").write_text(f"<p>{html.escape(value)}</p>")
    (tmp_path / "escaped.json").write_text(json.dumps([f"of {value}"]))
    (tmp_path / "plain.log").write_text(f"2026 {value} asked")
    (tmp_path / "wide.bin").write_bytes(b"\x00\x01" + value.encode("utf-16-le") + b"\x00")
    (tmp_path / "large.bin").write_bytes(b"-" * (proof._PIECE - 5) + value.encode() + b"-")
    found = {path.name: proof.left(path, SOUGHT) for path in tmp_path.iterdir()}
    assert all(found.values()), found
    assert all(proof.left(path, MANY) for path in tmp_path.iterdir())


def test_what_was_deleted_is_found_in_free_pages_and_in_the_log_of_writes(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        with connection:
            connection.execute("CREATE TABLE notes (note TEXT)")
            connection.executemany("INSERT INTO notes VALUES (?)", [(f"{LONG} {'x' * 200}",)] * 50)
        with connection:
            connection.execute("DELETE FROM notes")
    assert proof.left(path, SOUGHT) == formats.AS_BYTES
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM")
        connection.execute("PRAGMA journal_mode = WAL")
        with connection:
            connection.execute("INSERT INTO notes VALUES (?)", (LONG,))
        assert proof.left(tmp_path / "runs.db-wal", SOUGHT) == formats.AS_BYTES


def test_a_short_one_is_no_part_of_other_words_and_a_number_no_part_of_a_longer_one(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p>abc7def c7</p>")
    (tmp_path / "note.json").write_text(
        json.dumps({"note": "c7", "customer_id": "c77", "n": 0.40917253, "m": 1409172530})
    )
    _parquet(tmp_path / "note.parquet", "c7", "note")
    (tmp_path / "figures.csv").write_text("a,customer_id\nc7,x\n0.409172531,y\n")
    assert [path.name for path in tmp_path.iterdir() if proof.left(path, SOUGHT)] == []


def test_a_file_that_only_begins_like_its_format_is_not_proved(tmp_path: Path) -> None:
    for name, begins in (
        ("a.parquet", b"PAR1"),
        ("a.gz", b"\x1f\x8b"),
        ("a.db", b"SQLite format 3\0"),
        ("a.zip", b"PK\x03\x04"),
    ):
        (tmp_path / name).write_bytes(begins + b"?" * 400)
        assert proof.left(tmp_path / name, SOUGHT) == formats.UNPROVED


def test_a_text_is_rid_of_long_ones_and_says_the_rest() -> None:
    text = f"{LONG}; {html.escape(LONG)}; {json.dumps(LONG)}; c7; {NUMBER}; 1{NUMBER}"
    assert SOUGHT.redacted(text) == f'[erased]; [erased]; "[erased]"; c7; [erased]; 1{NUMBER}'
