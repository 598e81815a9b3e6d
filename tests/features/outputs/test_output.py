"""Outputs: by the ending of the name, appended to table by table, whole or absent."""

import csv
import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.outputs import output

WHEN = dt.datetime(2017, 10, 8, 23, 30, tzinfo=dt.UTC)
TABLE = pa.table(
    {
        "customer_id": ["a", 'said "b,c"', ""],
        "as_of": pa.array([WHEN, WHEN.replace(microsecond=250_000), None], pa.timestamp("us", "UTC")),
        "spend": pa.array([0.1, float("nan"), None], pa.float32()),
        "chance": pa.array([1 / 3, 2.0, None], pa.float64()),
        "visits": pa.array([3, None, 0], pa.int64()),
    }
)
PLAIN = (
    '"customer_id","as_of","spend","chance","visits"\n'
    '"a","2017-10-08T23:30:00+00:00",0.1,0.3333333333333333,3\n'
    '"said ""b,c""","2017-10-08T23:30:00.250000+00:00",,2,\n'
    '"",,,,0\n'
)


def test_csv_has_times_with_an_offset_the_shortest_numbers_and_nothing_for_what_is_unknown(tmp_path: Path) -> None:
    output.write(TABLE, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == PLAIN


def test_parquet_keeps_types_and_nulls(tmp_path: Path) -> None:
    output.write(TABLE, tmp_path / "out.parquet")
    read = pq.read_table(tmp_path / "out.parquet")
    assert read.schema.equals(TABLE.schema)
    assert read.drop_columns(["spend"]) == TABLE.drop_columns(["spend"])  # NaN is not equal to itself
    assert read["spend"].null_count == 1


def test_parquet_keeps_what_it_says_of_itself_when_somebody_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "said.parquet"
    output.write(pa.table({"customer_id": ["1", "2"]}, metadata={"habitus": "of a shop"}), path)
    assert pq.read_schema(path).metadata == {b"habitus": b"of a shop", b"habitus_rows": b"2"}
    assert output.forget(path, ["customer_id"], lambda _, ids: np.array([one == "1" for one in ids.to_pylist()])) == 1
    assert pq.read_table(path)["customer_id"].to_pylist() == ["2"]
    assert pq.read_schema(path).metadata == {b"habitus": b"of a shop", b"habitus_rows": b"1"}


@pytest.mark.parametrize("ending", output.ENDINGS)
def test_tables_are_appended_in_their_order(ending: str, tmp_path: Path) -> None:
    at_once, one_by_one = tmp_path / f"at_once{ending}", tmp_path / f"one_by_one{ending}"
    output.write(TABLE, at_once)
    with output.opened(one_by_one, TABLE.schema, measured=("spend", "chance")) as out:
        for row in range(3):
            out.write(TABLE.slice(row, 1))
    if ending == ".parquet":
        assert pq.ParquetFile(one_by_one).metadata.num_row_groups == 3
        assert pq.read_table(one_by_one)["visits"].to_pylist() == [3, None, 0]
    else:
        assert list(csv.reader(one_by_one.open())) == list(csv.reader(at_once.open()))


def _broken(path: Path) -> None:
    with output.opened(path, TABLE.schema) as out:
        out.write(TABLE)
        raise ZeroDivisionError


@pytest.mark.parametrize("ending", output.ENDINGS)
def test_a_file_is_whole_or_absent(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"out{ending}"
    with pytest.raises(ZeroDivisionError):
        _broken(path)
    assert list(tmp_path.iterdir()) == []
    output.write(TABLE, path)
    before = path.read_bytes()
    with pytest.raises(ZeroDivisionError):
        _broken(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["scores.xlsx", "scores", "scores.CSV.gz"])
def test_another_ending_is_refused_with_what_is_allowed(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=rf"^OUT: got '{name}'; a name that ends in \.csv or \.parquet is allowed\.$"):
        output.write(TABLE, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_that_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out.csv").mkdir()
    with pytest.raises(ValueError, match=r"^OUT: got 'out\.csv', which is a folder"):
        output.require(tmp_path / "out.csv")


@given(st.lists(st.floats(allow_nan=False, width=32), min_size=1, max_size=20))
def test_a_number_in_csv_reads_back_as_the_same_number(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[float]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "numbers.csv"
    output.write(pa.table({"single": pa.array(numbers, pa.float32()), "double": numbers}), path)
    read = list(csv.reader(path.open()))[1:]
    assert [np.float32(row[0]) for row in read] == [np.float32(number) for number in numbers]
    assert [float(row[1]) for row in read] == numbers
