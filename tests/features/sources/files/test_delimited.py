"""One file of delimited text, as DuckDB then reads it."""

from pathlib import Path

import duckdb
import numpy as np
import pytest

from features.arrow import literal
from features.dataset import DatasetError
from features.sources.files.delimited import Delimited, surveyed
from features.sources.files.listing import File


def file_of(folder: Path, text: str | bytes) -> Delimited:
    path = folder / "orders.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    (folder / "scratch").mkdir(exist_ok=True)
    return surveyed(File(path, "text"), path, folder / "scratch", "sources[0].path")


def rows(found: Delimited) -> list[tuple[str, ...]]:
    read: list[tuple[str, ...]] = duckdb.sql(
        f"SELECT * FROM read_csv({literal(str(found.path))}, {found.options})"
    ).fetchall()
    return read


def test_a_plain_file_is_read_where_it_lies(tmp_path: Path) -> None:
    found = file_of(tmp_path, "client;total\n1;2,50\n2;\n")
    assert found.path == tmp_path / "orders.csv"
    assert (found.names, found.separator, found.broken) == (("client", "total"), ";", [])
    assert rows(found) == [("1", "2,50"), ("2", None)]


def test_what_is_no_record_costs_itself_alone(tmp_path: Path) -> None:
    found = file_of(tmp_path, 'client;total\n1;"2\n2;3\n\n3;4;5\n4;5" pipe\r\n5;"a\nb"\n\x006;7\n')
    assert found.broken == [2, 5, 9]
    assert rows(found) == [("2", "3"), ("4", '5" pipe'), ("5", "a\nb")]
    assert found.lines(np.array([1, 2, 3])).tolist() == [3, 6, 7]


@pytest.mark.parametrize("length", [30, 3_000_000, 40_000_000])
def test_a_line_may_be_long(tmp_path: Path, length: int) -> None:
    letters, quotes = "x" * length, '"y' * (length // 4)
    found = file_of(tmp_path, f"client;note\n1;{letters}\n2;z{quotes}\n")
    assert found.survey.longest == length + 2
    assert [(client, len(note)) for client, note in rows(found)] == [("1", length), ("2", length // 4 * 2 + 1)]


def test_memory_does_not_follow_the_size_of_a_file(tmp_path: Path) -> None:
    found = file_of(tmp_path, "client;note\n" + f"1;{'x' * 1_000}\n" * 200_000)
    with duckdb.connect(config={"memory_limit": "150MB", "threads": 2}) as connection:
        read = connection.sql(f"SELECT count(note) FROM read_csv({literal(str(found.path))}, {found.options})")
        assert read.fetchall() == [(200_000,)]


def test_a_spreadsheet_may_say_its_separator(tmp_path: Path) -> None:
    found = file_of(tmp_path, "\ufeffsep=|\r\na,b|c\r\n1,5|2\r\nx\r\n")
    assert found.names == ("a,b", "c")
    assert rows(found) == [("1,5", "2")]
    assert found.lines(np.array([1])).tolist() == [3]
    assert found.broken == [4]


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("a;b", ("a", "b")),
        (' a ;"b;c"', ("a", "b;c")),
        ("a;;b", ("a", "column 2", "b")),
        ("total;Total;total", ("total (1)", "Total (2)", "total (3)")),  # none of them is taken for the others
        ("\ufeffa;b", ("a", "b")),
        ("it's;{b}", ("it's", "{b}")),
        ('"a\nx";b', ("a\nx", "b")),
    ],
)
def test_columns_have_names_of_their_own(tmp_path: Path, header: str, names: tuple[str, ...]) -> None:
    found = file_of(tmp_path, f"{header}\n" + ";".join("1" * len(names)) + "\n")
    assert found.names == names
    assert rows(found) == [("1",) * len(names)]


def test_a_file_of_one_column_may_have_empty_values(tmp_path: Path) -> None:
    assert rows(file_of(tmp_path, "a\n1\n\n2\n")) == [("1",), ("2",)]


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff"])
def test_an_empty_file_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(DatasetError, match=r"sources\[0\].path: orders.csv is empty."):
        file_of(tmp_path, text)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_may_end_in_either_way_inside_quotes_too(tmp_path: Path, end: str) -> None:
    found = file_of(tmp_path, f'a,b{end}1,"x{end}y"{end}2,z')
    assert found.path == tmp_path / "orders.csv"
    assert rows(found) == [("1", f"x{end}y"), ("2", "z")]
