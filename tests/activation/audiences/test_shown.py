"""Shown: a file of members is its owner's alone, and a CSV holds nothing that a spreadsheet computes."""

import stat
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import csv

from activation.audiences import shown
from activation.audiences.candidates import Found
from features import settings
from features.outputs import kept

MEMBERS = pa.table(
    {
        "customer_id": ["=cmd|' /C calc'!A0", "@x", 'Zoë "🙂", b\nc', None],
        "identifier": ["+49301234567", "-1+1", "+49 (30) 1", "\t=1"],
        "products": pa.array([["=1", "b"], [], None, ["c"]], pa.list_(pa.string())),
        "expected_value": [-1.5, None, 2.0, 3.0],
    }
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the test a home of its own."""
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))


def test_a_csv_holds_no_formula_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("open to all")
    path.chmod(0o644)
    shown.write(MEMBERS, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    read = csv.read_csv(
        path,
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types={"identifier": pa.string()}, strings_can_be_null=True, quoted_strings_can_be_null=False
        ),
    )
    assert read["customer_id"].to_pylist() == ["'=cmd|' /C calc'!A0", "'@x", 'Zoë "🙂", b\nc', None]
    assert read["identifier"].to_pylist() == ["+49301234567", "'-1+1", "'+49 (30) 1", "'\t=1"]
    assert read["products"].to_pylist() == ["'=1, b", "", None, "c"]
    assert read["expected_value"].to_pylist() == [-1.5, None, 2.0, 3.0]
    assert kept.paths() == [path]
    assert settings.home() == tmp_path / "home"


def test_parquet_has_everything_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    shown.write(MEMBERS, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert pq.read_table(path).equals(MEMBERS)


def test_overlaps_that_tell_of_too_few_are_not_told() -> None:
    found = Found(known=1000, sizes={"a": 500, "b": 300, "c": 400}, overlaps={"b": 290, "c": 100})
    assert list(shown.sizes("a", found, 20)) == [
        "audience a: 500 of 1,000 customers are in the rule",
        "  not told how many of them are in b, too",  # of b, ten would be told
        "  100 of them are in c, too",
    ]
    assert "  290 of them are in b, too" in list(shown.sizes("a", found, 0))


def test_of_how_many_the_rule_cannot_tell_is_said() -> None:
    found = Found(known=1000, sizes={"a": 500}, unknown=200)
    said = "  of 200 others it cannot be told: a prediction or an attribute is unknown"
    assert list(shown.sizes("a", found, 20))[1:] == [said]
    assert list(shown.sizes("a", Found(known=1000, sizes={"a": 500}, unknown=490), 20))[1:] == []  # ten would be told
